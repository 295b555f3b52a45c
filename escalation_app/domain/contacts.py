"""Calls, meetings and visits that people of ours log on a ticket.

A contact that reached the customer counts as contact with them. It ends those of their waits that
the process names (`Process.contacts_end`), at the instant at which it is logged: what was broken by
then stays broken, so that nobody can make a promise kept by saying when they called. Taking a
contact back starts no clock again for the same reason; the record says both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from escalation_app.domain.clocks import Metric
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.moves import restart_clock
from escalation_app.domain.obligations import do_calls
from escalation_app.domain.path_spec import StopWhen
from escalation_app.domain.paths import note_activity, stop_run
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Decision, Side, Status, Ticket

LONGEST = timedelta(hours=12)
"""A contact longer than this is a mistake."""
EARLIEST = timedelta(days=30)
"""How long ago a contact may have begun."""
LEEWAY = timedelta(minutes=1)
"""A length in whole minutes may end that much later than it did."""


class ContactKind(StrEnum):
    CALL = "call"
    MEETING = "meeting"
    """Seen or heard from afar, with a date."""
    FACE_TO_FACE = "face_to_face"


CHANNEL_OF = {
    ContactKind.CALL: "phone",
    ContactKind.MEETING: "phone",
    ContactKind.FACE_TO_FACE: "face_to_face",
}
"""The channel of a tier that each kind needs."""
WRITTEN = frozenset({"portal", "email", "chat"})
"""The channels that a written answer needs one of."""
KIND_NAMES = {
    ContactKind.CALL: "call",
    ContactKind.MEETING: "meeting",
    ContactKind.FACE_TO_FACE: "visit",
}


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact, numbered within its ticket. `reached`: the customer was spoken with. `is_public`:
    the customer reads the outcome."""

    number: int
    kind: ContactKind
    with_whom: str
    began_at: datetime
    length: timedelta
    outcome: str
    is_public: bool
    reached: bool
    by: int

    @property
    def ended_at(self) -> datetime:
        return self.began_at + self.length


def contact_kinds(ticket: Ticket, process: Process) -> tuple[ContactKind, ...]:
    """What the ticket's tier may log, by the tools the process gives it."""
    has = channels_of(ticket, process)
    return tuple(kind for kind in ContactKind if CHANNEL_OF[kind] in has)


def may_write(ticket: Ticket, process: Process) -> bool:
    """Whether the ticket's tier answers customers in writing."""
    return bool(WRITTEN & channels_of(ticket, process))


def channels_of(ticket: Ticket, process: Process) -> frozenset[str]:
    """The tools of the ticket's tier; all there are where the process does not know the tier."""
    for tier in process.tiers:
        if tier.level == ticket.tier:
            return frozenset(tier.channels)
    return WRITTEN | frozenset(CHANNEL_OF.values())


def log(ticket: Ticket, desk: Desk, contact: Contact) -> Decision:
    """Put a contact on record, with what it ends.

    Raises Invalid on a closed ticket, for a kind that the ticket's tier has no tool for, and for
    one that is not over yet or began before the ticket was opened or too long ago.
    """
    if ticket.status is Status.CLOSED:
        raise Invalid("This ticket is closed.")
    process = desk.process_of(ticket.process_version)
    if contact.kind not in contact_kinds(ticket, process):
        tier = process.tier(ticket.tier).name
        raise Invalid(f"A {KIND_NAMES[contact.kind]} is not among the tools of {tier}.")
    _require_past(ticket, desk, contact)
    draft = begin(ticket, desk)
    draft.record(
        EventKind.CONTACT_LOGGED,
        number=contact.number,
        contact=contact.kind.value,
        with_whom=contact.with_whom,
        began_at=contact.began_at.isoformat(),
        minutes=contact.length // timedelta(minutes=1),
        outcome=contact.outcome,
        is_public=contact.is_public,
        reached=contact.reached,
    )
    if contact.reached:
        _reach(draft, contact)
    return draft.decision()


def _require_past(ticket: Ticket, desk: Desk, contact: Contact) -> None:
    if not timedelta(0) < contact.length <= LONGEST:
        raise Invalid("Say how long it took: from a minute to 12 hours.")
    if contact.began_at > desk.now:
        raise Invalid("It has not begun yet. Log it when it is over.")
    if contact.ended_at > desk.now + LEEWAY:
        raise Invalid("It would not be over yet. Shorten it, or log it when it is.")
    if contact.began_at < desk.now - EARLIEST:
        raise Invalid("It began more than 30 days ago. Write a note about it instead.")
    if contact.ended_at < ticket.created_at:
        raise Invalid("It was over before this ticket was opened. Write a note about it instead.")


def _reach(draft: Draft, contact: Contact) -> None:
    """The customer was spoken with: the waits that the process names end now."""
    ends = draft.process.contacts_end
    latest = draft.ticket.last_contact_at
    ended_at = min(contact.ended_at, draft.now)
    if latest is None or ended_at >= latest:
        draft.change(last_contact_at=ended_at, last_contact_by=Side.US)
    for metric in (Metric.FIRST_RESPONSE, Metric.NEXT_REPLY, Metric.NEXT_UPDATE):
        if metric in ends:
            draft.meet(metric)
    if Metric.NEXT_UPDATE in ends and draft.ticket.is_open:
        restart_clock(draft, Metric.NEXT_UPDATE)
    do_calls(draft, contact.by)
    if draft.ticket.status is Status.NEW:
        draft.change(status=Status.OPEN)
    note_activity(draft)
    if Metric.FIRST_RESPONSE in ends:
        stop_run(draft, StopWhen.ANSWERED)


def take_back(
    ticket: Ticket,
    desk: Desk,
    contact: Contact,
    why: str,
    last: tuple[datetime | None, Side | None],
) -> Decision:
    """A contact was logged by mistake, or wrongly: it counts no more. `last` is the latest contact
    with the customer without it, and whose it was."""
    draft = begin(ticket, desk)
    if contact.reached and draft.ticket.last_contact_by is Side.US:
        draft.change(last_contact_at=last[0], last_contact_by=last[1])
    draft.record(
        EventKind.CONTACT_TAKEN_BACK,
        number=contact.number,
        contact=contact.kind.value,
        with_whom=contact.with_whom,
        why=why,
    )
    return draft.decision()

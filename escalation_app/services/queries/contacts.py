"""Calls, meetings and visits of a ticket as screens show them and ask for them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from escalation_app.domain.contacts import ContactKind, channels_of, contact_kinds
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Ticket
from escalation_app.services.process_names import CHANNEL_NAMES
from escalation_app.services.queries.common import names_of
from escalation_app.views.common import Choice
from escalation_app.views.ticket import ContactView, Fact
from escalation_app.views.words import iso

KINDS: Mapping[ContactKind, str] = {
    ContactKind.CALL: "Call",
    ContactKind.MEETING: "Meeting",
    ContactKind.FACE_TO_FACE: "Visit",
}
_ICONS = {
    ContactKind.CALL: "phone",
    ContactKind.MEETING: "user",
    ContactKind.FACE_TO_FACE: "brief",
}
_COUNTED: Mapping[ContactKind, tuple[str, str]] = {
    ContactKind.CALL: ("call", "calls"),
    ContactKind.MEETING: ("meeting", "meetings"),
    ContactKind.FACE_TO_FACE: ("visit face to face", "visits face to face"),
}


def contact_views(session: Session, actor: Actor, rows: list[Any]) -> tuple[ContactView, ...]:
    """What was logged on a ticket, the latest first."""
    names = names_of(session, [row.logged_by for row in rows])
    may_for_all = actor.may(Permission.ESCALATION_ASSIGN)
    return tuple(
        _view(row, names, is_theirs=may_for_all or row.logged_by == actor.person_id)
        for row in reversed(rows)
    )


def _view(row: Any, names: Mapping[int, str], *, is_theirs: bool) -> ContactView:
    kind = ContactKind(row.kind)
    more = [f"{row.minutes} min", names.get(row.logged_by, "somebody")]
    more += [] if row.reached else ["customer not reached"]
    more += ["customer reads it"] if row.is_public else []
    gone = row.taken_back_at is not None
    return ContactView(
        number=row.number,
        title=f"{KINDS[kind]} with {row.with_whom}",
        text=row.outcome,
        more="taken back" if gone else ", ".join(more),
        at=iso(row.began_at),
        icon=_ICONS[kind],
        is_taken_back=gone,
        can_take_back=is_theirs and not gone,
    )


def contact_facts(rows: Iterable[Any]) -> Iterable[Fact]:
    """How often the customer was spoken with, visits counted for themselves."""
    counts = dict.fromkeys(ContactKind, 0)
    for row in rows:
        if row.reached and row.taken_back_at is None:
            counts[ContactKind(row.kind)] += 1
    said = [f"{number} {_COUNTED[kind][number != 1]}" for kind, number in counts.items() if number]
    if said:
        yield Fact("Spoken with", ", ".join(said))


def kind_choices(ticket: Ticket, process: Process) -> tuple[Choice, ...]:
    """What the ticket's tier may log."""
    return tuple(Choice(kind.value, KINDS[kind]) for kind in contact_kinds(ticket, process))


def tools_of(ticket: Ticket, process: Process) -> str:
    """The tools of the ticket's tier in words."""
    has = channels_of(ticket, process)
    return ", ".join(name for key, name in CHANNEL_NAMES.items() if key in has)

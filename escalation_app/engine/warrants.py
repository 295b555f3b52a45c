"""What a message is judged and written by when it is about to be sent: who gets it, whether it is
still warranted, and what it says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import STAFF_ROLES
from escalation_app.domain.preferences import (
    HOURLY,
    IN_QUIET_HOURS,
    NOTHING_SET,
    NoticePreference,
    Pace,
    next_hour,
    quiet_hours_of,
    why_silent,
)
from escalation_app.domain.process import POST, ChannelSpec, Delivery, Process
from escalation_app.domain.quiet import QuietRule, quiet_until
from escalation_app.domain.tickets import Side
from escalation_app.models import MessageRow, PersonRoleRow, PersonRow, TicketRow
from escalation_app.notifications.letters import Letter
from escalation_app.notifications.texts import DIGEST, notice_text
from escalation_app.routes import status_url, ticket_url
from escalation_app.services.notices import message_key
from escalation_app.services.preferences import preferences_of
from escalation_app.services.process_versions import live_process
from escalation_app.services.tables import columns

MAX_QUOTE = 5_000

_PEOPLE = columns(PersonRow)
_ROLES = columns(PersonRoleRow)
_TICKETS = columns(TicketRow)
_MESSAGES = columns(MessageRow)

NEEDS_CASE = frozenset(
    {
        EventKind.ESCALATION_STARTED,
        EventKind.ESCALATION_JOINED,
        EventKind.ESCALATION_ACKNOWLEDGED,
        EventKind.ESCALATION_ASSIGNED,
        EventKind.PATH_STEP_TAKEN,
        EventKind.CHANNEL_POST,
        EventKind.DECISION_RECORDED,
        EventKind.SPONSOR_NAMED,
        EventKind.NUDGED,
    }
)
NEEDS_OPEN = NEEDS_CASE | {
    EventKind.TICKET_OPENED,
    EventKind.TICKET_ASSIGNED,
    EventKind.TICKET_REOPENED,
    EventKind.TIER_CHANGED,
    EventKind.TICKET_ESCALATED,
    EventKind.SEVERITY_CHANGED,
    EventKind.SLA_WARNING,
    EventKind.SLA_BREACHED,
    EventKind.NO_PATH,
    EventKind.ESCALATION_REQUESTED,
}
QUOTING = (EventKind.MESSAGE_SENT, EventKind.MESSAGE_RECEIVED)
RESOLVED = "The ticket was resolved before this was sent."
REOPENED = "The ticket was reopened before this was sent."
CASE_ENDED = "The escalation ended before this was sent."
DISABLED = "The account is disabled."
NOT_OPEN_TO_THEM = "The ticket is not open to this person any more."


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, or a channel that many people of ours read, which has no address."""

    name: str
    address: str
    is_active: bool
    is_staff: bool
    zone: str = "UTC"
    channel: ChannelSpec | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a list of messages is judged and written by, read at once."""

    process: Process
    people: Mapping[int, Recipient]
    preferences: Mapping[int, NoticePreference]
    tickets: Mapping[int, Any]
    quotes: Mapping[tuple[int, datetime, str], str]
    """Public messages by ticket, instant and side."""

    @classmethod
    def of(cls, session: Session, rows: Sequence[Any]) -> "Surroundings":
        ticket_ids = {row.ticket_id for row in rows if row.ticket_id is not None}
        found = session.execute(
            select(
                _TICKETS.c.id,
                _TICKETS.c.reference,
                _TICKETS.c.subject,
                _TICKETS.c.is_open,
                _TICKETS.c.is_escalated,
                _TICKETS.c.requester_id,
                _TICKETS.c.severity,
            ).where(_TICKETS.c.id.in_(ticket_ids))
        )
        people = {row.person_id for row in rows if row.person_id is not None}
        return cls(
            live_process(session),
            recipients(session, people),
            preferences_of(session, people),
            {row.id: row for row in found},
            _quotes(session, rows),
        )

    def recipient(self, row: Any) -> Recipient | None:
        """Who gets a message; None for somebody, or a channel, that is not known any more."""
        if row.person_id is not None:
            return self.people.get(row.person_id)
        return channel_recipient(self.process, row.channel)

    def why_not(self, row: Any, recipient: Recipient) -> str:
        """Why the message is not warranted any more, or nothing."""
        ticket = self.tickets.get(row.ticket_id)
        if ticket is None:
            return ""
        is_requester = ticket.requester_id == row.person_id
        if not recipient.is_staff and not is_requester:
            return NOT_OPEN_TO_THEM
        if row.kind in NEEDS_OPEN and not ticket.is_open:
            return "" if is_requester and row.kind == EventKind.TICKET_OPENED else RESOLVED
        if row.kind in NEEDS_CASE and not ticket.is_escalated:
            return CASE_ENDED
        if row.kind == EventKind.TICKET_RESOLVED and ticket.is_open:
            return REOPENED
        return ""

    def silenced(self, row: Any) -> str:
        """Why the person does not want this mail, or nothing."""
        if row.channel != Delivery.EMAIL or row.is_forced or row.kind == DIGEST:
            return ""
        preference = self.preferences.get(row.person_id, NOTHING_SET)
        return why_silent(preference, Delivery.EMAIL, row.kind)

    def postponed(
        self, row: Any, recipient: Recipient, now: datetime
    ) -> tuple[datetime, str] | None:
        """Until when this mail waits to be collected, and why; None when it goes at once."""
        if row.channel != Delivery.EMAIL or row.is_forced or row.kind == DIGEST:
            return None
        preference = self.preferences.get(row.person_id, NOTHING_SET)
        ticket = self.tickets.get(row.ticket_id)
        quiet = self.process.quiet
        is_exempt = quiet is not None and ticket is not None and ticket.severity in quiet.exempt
        ends = None if is_exempt else quiet_for(recipient, preference, quiet, now)
        if ends is not None:
            return ends, IN_QUIET_HOURS
        return (next_hour(now), HOURLY) if preference.pace is Pace.HOURLY else None

    def letter(self, row: Any, recipient: Recipient, public_url: str) -> Letter:
        ticket = self.tickets.get(row.ticket_id)
        is_customer = not recipient.is_staff or (
            ticket is not None and ticket.requester_id == row.person_id
        )
        reference = "" if ticket is None else str(ticket.reference)
        subject = "" if ticket is None else str(ticket.subject)
        title, text = notice_text(
            row.kind, row.data, reference, subject, "customer" if is_customer else "staff"
        )
        path = "/" if ticket is None else (status_url if is_customer else ticket_url)(reference)
        return Letter(
            key=message_key(row),
            to_name=recipient.name,
            to_address=recipient.address,
            title=title,
            text=text,
            link=public_url + path,
            thread=reference,
            quote=self._quote(row, recipient),
            kind=row.kind,
            at=(row.happened_at or row.created_at).isoformat(),
        )

    def _quote(self, row: Any, recipient: Recipient) -> str:
        """What was written in the conversation; to a channel only where the process says so."""
        if row.kind not in QUOTING or (recipient.channel and not recipient.channel.quotes):
            return ""
        side = Side.US if row.kind == EventKind.MESSAGE_SENT else Side.THEM
        return self.quotes.get((row.ticket_id, row.happened_at, side.value), "")


def quiet_for(
    recipient: Recipient, preference: NoticePreference, rule: QuietRule | None, now: datetime
) -> datetime | None:
    """When the quiet time that somebody has now ends; None when it is not quiet for them."""
    hours = quiet_hours_of(preference, rule, is_staff=recipient.is_staff)
    return None if hours is None else quiet_until(hours, recipient.zone, now)


def channel_recipient(process: Process, way: str) -> Recipient | None:
    """The channel that a way leads to, as the live process has it."""
    channel = process.channel(way.removeprefix(POST)) if way.startswith(POST) else None
    if channel is None:
        return None
    return Recipient(channel.name, "", is_active=True, is_staff=True, channel=channel)


def recipients(session: Session, ids: Iterable[int]) -> dict[int, Recipient]:
    """These people, by their keys."""
    wanted = sorted(ids)
    staff = set(
        session.execute(
            select(_ROLES.c.person_id).where(
                _ROLES.c.person_id.in_(wanted), _ROLES.c.role.in_(sorted(STAFF_ROLES))
            )
        ).scalars()
    )
    return {
        row.id: Recipient(row.name, row.email, row.is_active, row.id in staff, row.zone)
        for row in session.execute(
            select(
                _PEOPLE.c.id,
                _PEOPLE.c.name,
                _PEOPLE.c.email,
                _PEOPLE.c.is_active,
                _PEOPLE.c.zone,
            ).where(_PEOPLE.c.id.in_(wanted))
        )
    }


def _quotes(session: Session, rows: Sequence[Any]) -> dict[tuple[int, datetime, str], str]:
    """The public messages that the rows are about; a note is never among them."""
    instants: dict[int, set[datetime]] = {}
    for row in rows:
        if row.kind in QUOTING and row.ticket_id is not None and row.happened_at is not None:
            instants.setdefault(row.ticket_id, set()).add(row.happened_at)
    if not instants:
        return {}
    found = session.execute(
        select(
            _MESSAGES.c.ticket_id,
            _MESSAGES.c.at,
            _MESSAGES.c.side,
            func.substr(_MESSAGES.c.body, 1, MAX_QUOTE).label("body"),
        )
        .where(
            _MESSAGES.c.ticket_id.in_(instants),
            _MESSAGES.c.at.in_(set().union(*instants.values())),
            _MESSAGES.c.is_public.is_(True),
        )
        .order_by(_MESSAGES.c.id)
    )
    return {(row.ticket_id, row.at, row.side): row.body for row in found}

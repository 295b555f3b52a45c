"""Rows of the outbox: whom the process's rules tell of an event, and what they read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal_column, select

from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.notices import Told, where_it_is_posted, who_is_told_of_each
from escalation_app.domain.permissions import Actor
from escalation_app.domain.preferences import MUTED
from escalation_app.domain.process import Delivery, post_way
from escalation_app.domain.tickets import Ticket
from escalation_app.models import EventRow, OutboxRow
from escalation_app.notifications.texts import public_data
from escalation_app.services.bulk import Values
from escalation_app.services.tables import columns

_OUTBOX = columns(OutboxRow)
_EVENTS = columns(EventRow)
MESSAGES: Any = _OUTBOX.outerjoin(_EVENTS, _EVENTS.c.id == _OUTBOX.c.event_id)
"""The messages, each beside the event that it tells of."""
DATA: Any = func.coalesce(_OUTBOX.c.data, _EVENTS.c.data).label("data")
"""What a row of MESSAGES says: data of its own, else the event's."""
TOLD: Any = select(
    *(column for column in _OUTBOX.c if column is not _OUTBOX.c.data),
    DATA,
    _EVENTS.c.at.label("happened_at"),
).select_from(MESSAGES)
"""The messages as they are sent: with what they say, and when what they tell of happened."""
IS_UNSENT: Any = _OUTBOX.c.state != literal_column("'sent'")
"""What the index on the outbox's work holds; a query must say so to be answered from it."""


def message_key(row: Any) -> str:
    """By which a receiver knows a row of the outbox again, however often it is sent."""
    return row.dedupe_key or f"{row.event_id}:{row.person_id}:{row.channel}"


Row = dict[str, Any]
_IN_APP = Delivery.IN_APP.value
_MUTED: Row = {"state": "suppressed", "next_attempt_at": None, "sent_at": None, "note": MUTED}
_DUE_BEFORE = frozenset({EventKind.PATH_STEP_TAKEN})
"""Events whose `due_at` says when they should have happened."""


MESSAGE_NAMES = (
    "ticket_id",
    "kind",
    "created_at",
    "data",
    "dedupe_key",
    "channel",
    "person_id",
    "is_forced",
    "state",
    "next_attempt_at",
    "sent_at",
    "note",
)
_OF_EVERY_TICKET = MESSAGE_NAMES[4:]
"""The columns that say the same of any ticket of whose event the same people hear in time."""


class Messages:
    """Rows of the outbox about the events of decisions, in the order of MESSAGE_NAMES, without the
    key of the event; nobody is told of what they did themselves.

    An in_app notice is sent by being written, and suppressed then if the person wants none of its
    kind; mail is judged when it is about to be sent. For people of ours a late event waits for the
    person's digest. The requester's rows hold public data of their own; ours hold none where the
    event's is all they say.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[object, list[Values]]] = {}

    def about(
        self, desk: Desk, actor: Actor, ticket: Ticket, events: Sequence[Event]
    ) -> Iterator[list[Values]]:
        """For each event of one decision, a row per person and way, and one per channel that the
        event is posted on."""
        everybody = who_is_told_of_each(desk, ticket, events, actor.person_id)
        for number, (event, told) in enumerate(zip(events, everybody, strict=True)):
            yield self._about_one(desk, ticket, event, number, told)

    def _about_one(
        self, desk: Desk, ticket: Ticket, event: Event, number: int, told: Told
    ) -> list[Values]:
        """`number` is the event's place in its decision."""
        posted = where_it_is_posted(desk, ticket, event)
        if posted or event.is_late or any(person == ticket.requester_id for person, _ in told):
            rows = _rows(desk, ticket, event, number, told, posted)
            return [tuple(map(row.__getitem__, MESSAGE_NAMES)) for row in rows]
        if not told:
            return []
        # What was kept holds on to both objects, so that no other can get their ids.
        kept = self._known.get((id(desk), id(told)))
        if kept is None:
            rows = _rows(desk, ticket, event, number, told, ())
            same = [tuple(map(row.__getitem__, _OF_EVERY_TICKET)) for row in rows]
            kept = self._known[id(desk), id(told)] = (desk, told), same
        about = (ticket.id, str(event.kind), desk.now, None)
        return [about + row for row in kept[1]]


def _rows(
    desk: Desk,
    ticket: Ticket,
    event: Event,
    number: int,
    told: Told,
    posted: tuple[str, ...],
) -> list[Row]:
    kind = event.kind.value
    since = _late_since(event)
    late = None if since is None else {"late_s": (desk.now - since).total_seconds()}
    same: Row = {"ticket_id": ticket.id, "kind": kind, "created_at": desk.now, "dedupe_key": None}
    ours = {**same, "data": None if late is None else {**event.data, **late}}
    theirs = {**same, "data": public_data(kind, event.data)}
    muted = desk.roster.muted
    rows: list[Row] = []
    for (person_id, delivery), is_forced in told.items():
        way = delivery.value
        is_requester = person_id == ticket.requester_id
        is_muted = way == _IN_APP and not is_forced and kind in muted.get((person_id, delivery), ())
        state = _state(desk, way, None if is_requester else since)
        rows.append(
            {
                "channel": way,
                "person_id": person_id,
                **(theirs if is_requester else ours),
                "is_forced": is_forced,
                **(_MUTED if is_muted else state),
            }
        )
    for key in posted:
        way = post_way(key)
        rows.append(
            {
                **ours,
                "dedupe_key": f"{ticket.id}:{ticket.revision}:{number}:{way}",
                "channel": way,
                "person_id": None,
                "is_forced": False,
                **_state(desk, way, since),
            }
        )
    return rows


def _late_since(event: Event) -> datetime | None:
    """Since when a late event has been due; None for one that came in time."""
    if not event.is_late:
        return None
    fell_due = str(event.data.get("due_at", "")) if event.kind in _DUE_BEFORE else ""
    return min(event.at, datetime.fromisoformat(fell_due)) if fell_due else event.at


def _state(desk: Desk, way: str, late_since: datetime | None) -> Row:
    """Where a new row begins. `next_attempt_at` of one that waits for a digest is when it may be
    collected: what is late may be at once, and what is latest comes first."""
    if late_since is not None:
        return {"state": "digest", "next_attempt_at": late_since, "sent_at": None, "note": ""}
    if way == _IN_APP:
        return {"state": "sent", "next_attempt_at": None, "sent_at": desk.now, "note": ""}
    return {"state": "pending", "next_attempt_at": desk.now, "sent_at": None, "note": ""}

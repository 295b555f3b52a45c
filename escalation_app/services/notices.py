"""Who is told of an event, by the process's notification rules: rows of the outbox."""

from datetime import datetime
from typing import Any

from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.notices import who_is_told
from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Delivery
from escalation_app.domain.tickets import Ticket
from escalation_app.notifications.texts import public_data

Row = dict[str, Any]
_IN_APP = Delivery.IN_APP.value
_DUE_BEFORE = frozenset({EventKind.PATH_STEP_TAKEN})
"""Events whose `due_at` says when they should have happened."""


def outbox_values(desk: Desk, actor: Actor, ticket: Ticket, event: Event, number: int) -> list[Row]:
    """One row per person and channel; nobody is told of what they did themselves.

    The key is the ticket's revision and the event's `number` in its decision: writing the same
    decision twice is impossible. An in_app notice is sent by being written. For people of ours
    a late event waits for the person's digest. The requester's rows hold public data only.
    """
    told = who_is_told(desk, ticket, event, actor.person_id)
    if not told:
        return []
    kind, at = event.kind.value, event.at.isoformat()
    start = f"{ticket.id}:{ticket.revision}:{number}:"
    ours: Row = {"ticket_id": ticket.id, "kind": kind, "created_at": desk.now}
    theirs = {**ours, "data": {**public_data(kind, event.data), "at": at}}
    ours["data"] = {**event.data, "at": at}
    rows: list[Row] = []
    for person_id, delivery in told:
        way = delivery.value
        is_requester = person_id == ticket.requester_id
        rows.append(
            {
                "dedupe_key": f"{start}{person_id}:{way}",
                "channel": way,
                "person_id": person_id,
                **(theirs if is_requester else ours),
                **_state(desk, event, way, is_late=event.is_late and not is_requester),
            }
        )
    return rows


def _state(desk: Desk, event: Event, way: str, *, is_late: bool) -> Row:
    """Where a new row begins; `next_attempt_at` of one that waits for a digest is when the
    event fell due."""
    if is_late:
        fell_due = str(event.data.get("due_at", "")) if event.kind in _DUE_BEFORE else ""
        since = min(event.at, datetime.fromisoformat(fell_due)) if fell_due else event.at
        return {"state": "digest", "next_attempt_at": since, "sent_at": None}
    if way == _IN_APP:
        return {"state": "sent", "next_attempt_at": None, "sent_at": desk.now}
    return {"state": "pending", "next_attempt_at": desk.now, "sent_at": None}

"""Who is told of an event, by the process's notification rules: rows of the outbox."""

from datetime import datetime
from typing import Any

from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.notices import where_it_is_posted, who_is_told
from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Delivery, post_way
from escalation_app.domain.tickets import Ticket
from escalation_app.notifications.texts import public_data

Row = dict[str, Any]
_IN_APP = Delivery.IN_APP.value
_DUE_BEFORE = frozenset({EventKind.PATH_STEP_TAKEN})
"""Events whose `due_at` says when they should have happened."""


def outbox_values(desk: Desk, actor: Actor, ticket: Ticket, event: Event, number: int) -> list[Row]:
    """One row per person and way, and one per channel that the event is posted on; nobody is told
    of what they did themselves.

    The key is the ticket's revision and the event's `number` in its decision: writing the same
    decision twice is impossible. An in_app notice is sent by being written. For people of ours
    a late event waits for the person's digest. The requester's rows hold public data only.
    """
    told = who_is_told(desk, ticket, event, actor.person_id)
    posted = where_it_is_posted(desk, ticket, event)
    if not told and not posted:
        return []
    kind, at = event.kind.value, event.at.isoformat()
    start = f"{ticket.id}:{ticket.revision}:{number}:"
    ours: Row = {"ticket_id": ticket.id, "kind": kind, "created_at": desk.now}
    theirs = {**ours, "data": {**public_data(kind, event.data), "at": at}}
    since = _late_since(event)
    late = {} if since is None else {"late_s": (desk.now - since).total_seconds()}
    ours["data"] = {**event.data, **late, "at": at}
    rows: list[Row] = []
    for (person_id, delivery), is_forced in told.items():
        way = delivery.value
        is_requester = person_id == ticket.requester_id
        rows.append(
            {
                "dedupe_key": f"{start}{person_id}:{way}",
                "channel": way,
                "person_id": person_id,
                **(theirs if is_requester else ours),
                "is_forced": is_forced,
                **_state(desk, way, None if is_requester else since),
            }
        )
    for key in posted:
        way = post_way(key)
        rows.append(
            {
                "dedupe_key": f"{start}{way}",
                "channel": way,
                "person_id": None,
                **ours,
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
        return {"state": "digest", "next_attempt_at": late_since, "sent_at": None}
    if way == _IN_APP:
        return {"state": "sent", "next_attempt_at": None, "sent_at": desk.now}
    return {"state": "pending", "next_attempt_at": desk.now, "sent_at": None}

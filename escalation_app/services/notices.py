"""Who is told of an event, by the process's notification rules: rows of the outbox."""

from typing import Any

from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event
from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Delivery
from escalation_app.domain.tickets import Ticket


def outbox_values(
    desk: Desk, actor: Actor, ticket: Ticket, event: Event, number: int
) -> list[dict[str, Any]]:
    """One row per person and channel; nobody is told of what they did themselves.

    The key is the ticket's revision and the event's `number` in its decision: writing the same
    decision twice is impossible. An in_app notice is sent by being written. A late event waits
    for the person's digest.
    """
    rows: list[dict[str, Any]] = []
    for rule in desk.process_of(ticket.process_version).rules_for(event.kind.value):
        for person_id in desk.roster.resolve(rule.to, ticket, event.told):
            if person_id == actor.person_id:
                continue
            rows.extend(
                _row(desk, ticket, event, number, person_id, channel) for channel in rule.channels
            )
    return list({row["dedupe_key"]: row for row in rows}.values())


def _row(
    desk: Desk, ticket: Ticket, event: Event, number: int, person_id: int, channel: Delivery
) -> dict[str, Any]:
    key = f"{ticket.id}:{ticket.revision}:{number}:{person_id}:{channel.value}"
    is_notice = channel is Delivery.IN_APP and not event.is_late
    state = "digest" if event.is_late else "sent" if is_notice else "pending"
    return {
        "dedupe_key": key,
        "channel": channel.value,
        "person_id": person_id,
        "ticket_id": ticket.id,
        "kind": event.kind.value,
        "data": {**event.data, "at": event.at.isoformat()},
        "state": state,
        "created_at": desk.now,
        "next_attempt_at": None if is_notice else desk.now,
        "sent_at": desk.now if is_notice else None,
    }

"""Who is told of an event, and by which ways: the process's notification rules expanded."""

from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event
from escalation_app.domain.process import Delivery
from escalation_app.domain.tickets import Ticket


def who_is_told(
    desk: Desk, ticket: Ticket, event: Event, actor_id: int | None
) -> tuple[tuple[int, Delivery], ...]:
    """Each person with each way, once; nobody is told of what they did themselves.

    `ticket` is as the event left it, `actor_id` who did it: None for the engine.
    """
    found: dict[tuple[int, Delivery], None] = {}
    for rule in desk.process_of(ticket.process_version).rules_for(event.kind.value):
        for person_id in desk.roster.resolve(rule.to, ticket, event.told):
            if person_id != actor_id:
                for way in rule.channels:
                    found[person_id, way] = None
    return tuple(found)

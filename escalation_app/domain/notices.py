"""Who is told of an event, and by which ways: the process's notification rules expanded."""

from collections.abc import Mapping
from itertools import product

from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.process import Delivery
from escalation_app.domain.tickets import Ticket


def who_is_told(
    desk: Desk, ticket: Ticket, event: Event, actor_id: int | None
) -> Mapping[tuple[int, Delivery], bool]:
    """Each person with each way, once, and whether it is forced: no setting of theirs silences or
    delays it. Nobody is told of what they did themselves.

    `ticket` is as the event left it, `actor_id` who did it: None for the engine.
    """
    found: dict[tuple[int, Delivery], bool] = {}
    process = desk.process_of(ticket.process_version)
    is_forced = event.kind.value in process.must_reach
    for rule in process.rules_for(event.kind.value):
        people = desk.roster.resolve(rule.to, ticket, event.told)
        if actor_id in people:
            people = tuple(person_id for person_id in people if person_id != actor_id)
        forced = is_forced or rule.is_forced
        told = dict.fromkeys(product(people, rule.channels), forced)
        if not found:
            found = told
        elif forced:
            found |= told
        else:
            found = found | told | found
    return found


def where_it_is_posted(desk: Desk, ticket: Ticket, event: Event) -> tuple[str, ...]:
    """The keys of the channels on which an event is posted, each once: those that the rules name,
    and the one that a path's step posts to."""
    rules = desk.process_of(ticket.process_version).rules_for(event.kind.value)
    keys = dict.fromkeys(key for rule in rules for key in rule.posts)
    if event.kind is EventKind.CHANNEL_POST:
        keys[str(event.data["channel"])] = None
    return tuple(keys)

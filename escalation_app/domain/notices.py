"""Who is told of an event, and by which ways: the process's notification rules expanded."""

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from itertools import product
from operator import attrgetter

from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.process import Audience, Delivery, Process
from escalation_app.domain.tickets import Ticket


def who_is_told(
    desk: Desk, ticket: Ticket, event: Event, actor_id: int | None
) -> Mapping[tuple[int, Delivery], bool]:
    """Each person with each way, once, and whether it is forced: no setting of theirs silences or
    delays it. Nobody is told of what they did themselves.

    `ticket` is as the event left it, `actor_id` who did it: None for the engine. Of the tickets
    of one owner and team it gives the same object, as long as the desk's roster is the same.
    """
    process = desk.process_of(ticket.process_version)
    if not process.rules_for(event.kind.value):
        return {}
    known = desk.roster.told
    facts = [fact(ticket) for fact in _facts(process, event.kind)]
    key = (process, event.kind, event.told, actor_id, *facts)
    found = known.get(key)
    if found is None:
        found = known[key] = _expanded(desk, process, ticket, event, actor_id)
    return found


def _nothing(_ticket: Ticket) -> None:
    pass


def _manager(ticket: Ticket) -> int | None:
    return None if ticket.escalation is None else ticket.escalation.manager_id


_SAID_BY: Mapping[Audience, Callable[[Ticket], Hashable]] = {
    Audience.ASSIGNEE: attrgetter("assignee_id"),
    Audience.REQUESTER: attrgetter("requester_id"),
    Audience.TEAM: attrgetter("team"),
    Audience.TEAM_LEAD: attrgetter("team"),
    Audience.CASE_MANAGER: _manager,
    Audience.MANAGERS: _nothing,
    Audience.EXECUTIVES: _nothing,
    Audience.ADMINS: _nothing,
    Audience.OBLIGED: attrgetter("obligations"),
    Audience.TOLD: _nothing,
}
"""What of a ticket says who an audience is."""


@lru_cache(maxsize=1024)
def _facts(process: Process, kind: EventKind) -> tuple[Callable[[Ticket], Hashable], ...]:
    rules = process.rules_for(kind.value)
    said = dict.fromkeys(_SAID_BY[audience] for rule in rules for audience in rule.to)
    return tuple(fact for fact in said if fact is not _nothing)


def _expanded(
    desk: Desk, process: Process, ticket: Ticket, event: Event, actor_id: int | None
) -> Mapping[tuple[int, Delivery], bool]:
    found: dict[tuple[int, Delivery], bool] = {}
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
    keys = _posts(desk.process_of(ticket.process_version), event.kind)
    if event.kind is EventKind.CHANNEL_POST:
        keys = tuple(dict.fromkeys((*keys, str(event.data["channel"]))))
    return keys


@lru_cache(maxsize=1024)
def _posts(process: Process, kind: EventKind) -> tuple[str, ...]:
    rules = process.rules_for(kind.value)
    return tuple(dict.fromkeys(key for rule in rules for key in rule.posts))

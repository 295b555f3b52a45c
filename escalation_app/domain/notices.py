"""Who is told of an event, and by which ways: the process's notification rules expanded."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from operator import attrgetter

from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.path_spec import Audience
from escalation_app.domain.process import Delivery, Process
from escalation_app.domain.tickets import EscalationKind, Ticket

Told = Mapping[tuple[int, Delivery], bool]
"""Each person with each way, once, and whether it is forced: no setting of theirs silences or
delays it."""


def who_is_told_of_each(
    desk: Desk, ticket: Ticket, events: Sequence[Event], actor_id: int | None
) -> list[Told]:
    """`who_is_told` of the events of one decision. Whoever hears of a step of a path hears in that
    message why there is one, and by that way nothing of what began it."""
    told = [who_is_told(desk, ticket, event, actor_id) for event in events]
    for number, step in enumerate(events):
        if step.kind is EventKind.PATH_STEP_TAKEN and told[number]:
            for earlier in range(number):
                if told[earlier] and _is_why(events[earlier], step):
                    told[earlier] = _but(desk, told[earlier], told[number], step.kind)
    return told


def _is_why(event: Event, step: Event) -> bool:
    """Whether an event is part of how the step's path began, so that the step's words say it."""
    if event.is_late is not step.is_late:
        return False
    if event.kind is EventKind.ESCALATION_STARTED:
        return event.data["escalation"] == EscalationKind.AUTOMATIC
    if event.kind not in (EventKind.SLA_BREACHED, EventKind.SLA_WARNING):
        return False
    metric = str(step.data["trigger"]).partition(" ")[0]
    return (event.data["metric"], event.data["cycle"]) == (metric, step.data["cycle"])


def _but(desk: Desk, told: Told, more: Told, kind: EventKind) -> Told:
    """Those of `told` who do not hear as loudly of the `kind` that `more` are told of. Both are
    kept with the roster, so that the same two give the same object."""
    roster = desk.roster
    key = (id(told), id(more), kind)
    found = roster.told.get(key)
    if found is None:
        found = roster.told[key] = {
            one: is_forced
            for one, is_forced in told.items()
            if more.get(one, False) < is_forced
            or one not in more
            or kind.value in roster.muted.get(one, ())
        }
    return found


def who_is_told(desk: Desk, ticket: Ticket, event: Event, actor_id: int | None) -> Told:
    """Whom the process's rules name; nobody is told of what they did themselves.

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
) -> Told:
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

"""What the demo's people do for escalated cases: managers ask, decide and promise; whoever owes
something accepts it and does it, mostly in time."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from escalation_app.demo.chance import Chance, Choice, bounded, share_of
from escalation_app.demo.duties import (
    ALL_THE_SAME,
    HINDRANCES,
    KEPT,
    MOVED,
    TELLS,
    Duty,
    casework_of,
)
from escalation_app.demo.owed import Pledge, Promised, Task
from escalation_app.demo.scene import Scene, Seen
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.services import cases
from escalation_app.services.unit_of_work import UnitOfWork

AT_WORK = 10
"""As many tickets as people owe something to, that the acts steer to."""
PROMISED = 8
MOST_ASKED = 4
"""Nobody is asked for more in one case, nor more promised than MOST_PROMISED."""
MOST_PROMISED = 2
TIME_TO_ACCEPT = timedelta(minutes=2)
TIME_TO_DO, TIME_TO_KEEP, TIME_TO_MOVE = 0.6, 0.55, 0.75
"""The share of the time that is used when people see to it."""
FORGOTTEN = 5
"""One of so many things is done late, by LATE_BY, or once its person was nudged."""
LATE_BY = timedelta(minutes=70)
NUDGED = 10
"""How much more a nudge presses than all of the time."""
PRESSED = 1.3
"""The share that counts for what a ticket waits for that should be solved by now."""
HINDERED, RENEGOTIATED = 9, 8
"""One of so many people is blocked for a while, and one of so many promises is moved."""


def ask(chance: Chance, scene: Scene) -> Choice | None:
    """A manager asks somebody for something; in a case in which nobody was asked yet two people,
    with a decision on record."""
    ticket = chance.pick(
        scene.open,
        lambda each: (
            _is_led(scene, each)
            and len(each.owed) < 2
            and len(each.work) < MOST_ASKED
            and not each.is_about_to_escalate(scene.now)
        ),
    )
    if ticket is None or ticket.manager_id is None:
        return None
    people = {person.key: person.id for person in scene.people.values()}
    asked = [duty for duty in _not_asked(ticket) if duty.who in people]
    wanted = asked[: 1 if ticket.work else 2]
    if not wanted:
        return None
    due = [_ahead(chance, scene.now, 0.5, 2.5) for _ in wanted]

    def do(uow: UnitOfWork) -> None:
        for duty, due_at in zip(wanted, due, strict=True):
            text, who = ticket.details.tell(duty.text), people[duty.who]
            cases.give_obligation(uow, ticket.reference, who, text, due_at, duty.part)
        if not ticket.work:
            _decide(uow, ticket, 0)

    weight = bounded(0.35 * (AT_WORK / max(scene.at_work, 1)) ** 6, 0, 3)
    return Choice("ask_for", weight, ticket.manager_id, do)


def accept(chance: Chance, scene: Scene) -> Choice | None:
    waiting = [
        (ticket, task)
        for ticket, task in _owed(scene)
        if task.state is ObligationState.OPEN and scene.now - _from(task) > TIME_TO_ACCEPT
    ]
    if not waiting:
        return None
    ticket, task = chance.rng.choice(waiting)
    weight = bounded(0.1 * len(waiting), 0, 0.6)
    return _changed("accept", weight, ticket, task, ObligationState.ACCEPTED)


def finish(_chance: Chance, scene: Scene) -> Choice | None:
    """Whoever owes something has done it; first what somebody was nudged for, then what has used
    most of its time."""
    ready = [
        (ticket, task)
        for ticket, task in _owed(scene)
        if task.state is not ObligationState.OPEN
        and (_is_time(task, scene.now) or _is_pressed(scene, ticket))
    ]
    if not ready:
        return None
    ticket, task = max(ready, key=lambda each: _presses(scene, *each))
    weight = bounded(0.1 + 0.3 * _presses(scene, ticket, task) ** 4, 0, 3)
    return _changed("finish", weight, ticket, task, ObligationState.DONE)


def be_blocked(chance: Chance, scene: Scene) -> Choice | None:
    found = [
        (ticket, task)
        for ticket, task in _owed(scene)
        if task.state is ObligationState.ACCEPTED
        and (ticket.id + task.number) % HINDERED == 0
        and 0.2 < share_of(task.clock, scene.now) < TIME_TO_DO
    ]
    if not found:
        return None
    ticket, task = chance.rng.choice(found)
    reason = chance.rng.choice(HINDRANCES)
    return _changed("be_blocked", 0.3, ticket, task, ObligationState.BLOCKED, reason)


def promise(chance: Chance, scene: Scene) -> Choice | None:
    """A manager promises something, which the customer is told; the second time with a decision."""
    ticket = chance.pick(
        scene.open,
        lambda each: (
            _is_led(scene, each)
            and bool(each.owed)
            and len(each.pledges) < MOST_PROMISED
            and all(pledge.clock is None for pledge in each.pledges)
            and not each.is_about_to_escalate(scene.now)
        ),
    )
    if ticket is None or ticket.manager_id is None:
        return None
    number, promises = len(ticket.pledges), casework_of(ticket.story).promises
    text = ticket.details.tell(promises[(ticket.details.n + number) % len(promises)])
    due_at, why = _ahead(chance, scene.now, 0.7, 5), chance.rng.choice(ALL_THE_SAME)

    def do(uow: UnitOfWork) -> None:
        cases.make_promise(uow, ticket.reference, text, due_at, override=why, message=TELLS)
        if number:
            _decide(uow, ticket, number)

    weight = bounded(0.2 * (PROMISED / max(scene.promised, 1)) ** 3, 0, 2)
    return Choice("promise", weight, ticket.manager_id, do)


def keep(_chance: Chance, scene: Scene) -> Choice | None:
    """What was promised has happened, and the customer is told."""
    ready = [
        (ticket, pledge)
        for ticket, pledge in _promised(scene)
        if _is_ready(ticket.id + pledge.number, pledge.clock, TIME_TO_KEEP, scene.now)
        or _is_pressed(scene, ticket)
    ]
    if not ready:
        return None
    ticket, pledge = max(ready, key=lambda each: share_of(each[1].clock, scene.now))
    weight = bounded(0.1 + 0.5 * share_of(pledge.clock, scene.now) ** 4, 0, 3)

    def do(uow: UnitOfWork) -> object:
        return cases.keep_promise(uow, ticket.reference, pledge.number, KEPT)

    return Choice("keep", weight, pledge.owner_id, do)


def move(chance: Chance, scene: Scene) -> Choice | None:
    """Another time is agreed with the customer before the promise is due; once for each."""
    found = [
        (ticket, pledge)
        for ticket, pledge in _promised(scene)
        if pledge.state is PromiseState.OPEN
        and pledge.replaces is None
        and (ticket.id + pledge.number) % RENEGOTIATED == 0
        and TIME_TO_MOVE < share_of(pledge.clock, scene.now) < 1
    ]
    if not found:
        return None
    ticket, pledge = chance.rng.choice(found)
    due_at, reason = _ahead(chance, scene.now, 1, 3), chance.rng.choice(MOVED)
    why = chance.rng.choice(ALL_THE_SAME)

    def do(uow: UnitOfWork) -> object:
        return cases.renegotiate_promise(
            uow, ticket.reference, pledge.number, due_at, reason, why, TELLS
        )

    return Choice("move", 0.4, pledge.owner_id, do)


# What there is to do ---------------------------------------------------------------------------


def _is_led(scene: Scene, ticket: Seen) -> bool:
    return ticket.is_acknowledged and ticket.manager_id in scene.people


def _owed(scene: Scene) -> Iterator[tuple[Seen, Task]]:
    """What those who are no visitors owe, on the visitors' tickets too."""
    for ticket in (*scene.open, *scene.visited):
        for task in ticket.owed:
            if task.person_id in scene.people and task.clock is not None:
                yield ticket, task


def _promised(scene: Scene) -> Iterator[tuple[Seen, Pledge]]:
    """What those who are no visitors have promised, and neither kept nor moved."""
    for ticket in (*scene.open, *scene.visited):
        for pledge in ticket.pledges:
            if pledge.owner_id in scene.people and pledge.clock is not None:
                yield ticket, pledge


def _from(task: Task) -> datetime:
    assert task.clock is not None
    return task.clock.from_at


def _is_time(task: Task, now: datetime) -> bool:
    """Whether its person does it now: a little sooner or later in each case."""
    if task.nudged_at is not None:
        return True
    chosen = task.ticket_id + task.number
    share = TIME_TO_DO + chosen % 4 / 10
    return _is_ready(chosen, task.clock, share, now)


def _presses(scene: Scene, ticket: Seen, task: Task) -> float:
    share = share_of(task.clock, scene.now)
    if _is_pressed(scene, ticket):
        share = max(share, PRESSED)
    return share + (NUDGED if task.nudged_at else 0)


def _is_ready(chosen: int, clock: Promised | None, share: float, now: datetime) -> bool:
    if clock is None:
        return False
    if clock.due_at < now or chosen % FORGOTTEN == 0:
        return now - clock.due_at > LATE_BY
    return clock.share(now) > share


def _is_pressed(scene: Scene, ticket: Seen) -> bool:
    """Whether the ticket should be solved by now, and no visitor sees to it."""
    is_free = all(ticket is not each for each in scene.visited)
    return is_free and ticket.is_over(scene.now)


def _not_asked(ticket: Seen) -> Iterator[Duty]:
    asked = {task.text for task in ticket.work}
    for duty in casework_of(ticket.story).team(ticket.details, MOST_ASKED + 1):
        if ticket.details.tell(duty.text) not in asked:
            yield duty


def _ahead(chance: Chance, now: datetime, least: float, most: float) -> datetime:
    """So many hours ahead, on a full five minutes."""
    at = now + chance.rng.uniform(least, most) * timedelta(hours=1)
    return at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)


# Doing it --------------------------------------------------------------------------------------


def _changed(
    name: str, weight: float, ticket: Seen, task: Task, state: ObligationState, reason: str = ""
) -> Choice:
    def do(uow: UnitOfWork) -> object:
        return cases.update_obligation(uow, ticket.reference, task.number, state, reason)

    return Choice(name, weight, task.person_id, do)


def _decide(uow: UnitOfWork, ticket: Seen, number: int) -> None:
    decisions = casework_of(ticket.story).decisions
    text, why = decisions[(ticket.details.n + number) % len(decisions)]
    details = ticket.details
    cases.record_decision(uow, ticket.reference, details.tell(text), details.tell(why))

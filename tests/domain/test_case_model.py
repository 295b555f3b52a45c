"""A ticket, its clocks and its path beside a model of them that goes minute by minute.

The model knows nothing of due instants or of calendars: it counts the minutes that are open, and of
the path it knows what may not have been taken yet and what must have been.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from escalation_app.domain import cases, escalations, lifecycle
from escalation_app.domain.clocks import ClockState, Metric, Threshold, settle, used
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import Audience, Repeat
from escalation_app.domain.tickets import EscalationKind, PathRun, Status, StepOutcome, StepTaken
from tests.support.casework import AGENT, LEAD, MONDAY, SPECIALIST, Casework, casework
from tests.support.small_paths import (
    A_MOMENT,
    HOUR,
    MINUTE,
    after,
    at,
    path,
    promising,
    step,
)

FIRST, RESOLUTION = Metric.FIRST_RESPONSE, Metric.RESOLUTION
HALF, LATE, NEXT = range(3)
EVERY, DELAY, HOLD = 20 * MINUTE, 45 * MINUTE, 30 * MINUTE
ZERO = timedelta(0)
CAUGHT_UP = 4 * MINUTE
"""In that long an engine that keeps up has taken whatever it had missed, a step a minute."""
CLOSE_AFTER = timedelta(days=5)


PATH = path(
    step(
        "half",
        at(50),
        acknowledge_within=HOLD,
        repeat=Repeat(EVERY, at_most=1),
        otherwise=(Audience.MANAGERS,),
    ),
    step("late", at(100)),
    step("next", after(minutes=45)),
)
PROCESSES = {
    calendar: promising(PATH, calendar=calendar, warnings=(Threshold(75), Threshold(100, -HOUR)))
    for calendar in ("always", "nine_to_five")
}


def is_open(calendar: str, now: datetime) -> bool:
    return calendar == "always" or (now.weekday() < 5 and 9 <= now.hour < 17)


# The model -----------------------------------------------------------------------------------


@dataclass
class Stopwatch:
    """One clock: it counts, or it stands, or it is over."""

    target: timedelta
    state: ClockState = ClockState.RUNNING
    used: timedelta = timedelta(0)
    breached_at: datetime | None = None
    half_at: datetime | None = None
    """When half of the target was first used up."""
    is_muted: bool = False

    @property
    def is_over(self) -> bool:
        return self.state in (ClockState.MET, ClockState.CANCELLED)

    @property
    def is_half_used(self) -> bool:
        return 2 * self.used >= self.target and (bool(self.target) or self.breached_at is not None)

    def tick(self, now: datetime, *, is_open: bool) -> None:
        """A minute goes by, from `now` on."""
        if self.state is not ClockState.RUNNING:
            return
        left, left_to_half = self.target - self.used, self.target / 2 - self.used
        if self.breached_at is None and (left <= ZERO or (is_open and left < MINUTE)):
            self.breached_at = now + max(left, ZERO)
        self.look(now)
        if self.half_at is None and is_open and left_to_half < MINUTE:
            self.half_at = now + left_to_half
        self.used += MINUTE if is_open else ZERO

    def look(self, now: datetime) -> None:
        if self.half_at is None and self.is_half_used:
            self.half_at = now


@dataclass
class Case:
    """The path of one cycle of the resolution: what it has done, and when the rest may come."""

    is_acknowledged: bool = False
    taken: dict[tuple[int, int], datetime] = field(default_factory=dict[tuple[int, int], datetime])
    is_asking: bool = False
    reminder_at: datetime | None = None
    next_at: datetime | None = None
    is_held: bool = False

    def take(self, taken: StepTaken, clock: Stopwatch) -> None:
        """It has taken a step; it must have been due."""
        now, key = taken.taken_at, (taken.step, taken.loop)
        assert key not in self.taken
        self.taken[key] = now
        if taken.step == HALF and taken.loop == 0:
            assert clock.half_at is not None and now >= clock.half_at
            self.is_acknowledged, self.is_asking, self.is_held = False, True, False
            self.reminder_at = now + EVERY
        elif taken.step == HALF:
            assert self.is_asking and self.reminder_at is not None and now >= self.reminder_at
            assert (taken.outcome is StepOutcome.UNANSWERED) == (taken.loop == 2)
            self.reminder_at = now + EVERY if taken.loop == 1 else None
        elif taken.step == LATE:
            assert (HALF, 0) in self.taken
            assert clock.breached_at is not None and now > clock.breached_at
            self.next_at, self.is_held = now + DELAY, False
        else:
            assert self.next_at is not None and now >= self.next_at
            self.next_at, self.is_held = None, False

    def acknowledge(self, now: datetime) -> None:
        if self.is_acknowledged:
            return
        self.is_acknowledged = True
        if self.is_asking:
            self.is_asking, self.reminder_at, self.is_held = False, None, True
            self.stir(now)

    def stir(self, now: datetime) -> None:
        """Something is done about it."""
        if self.is_held and self.next_at is not None:
            self.next_at = max(self.next_at, now + HOLD)

    def owed(self, clock: Stopwatch, by: datetime) -> set[tuple[int, int]]:
        """The steps that had to be taken by then."""
        owed = {(HALF, 0)} if clock.half_at is not None and clock.half_at <= by else set()
        if self.is_asking and self.reminder_at is not None and self.reminder_at <= by:
            owed.add((HALF, 2 if (HALF, 1) in self.taken else 1))
        if clock.breached_at is not None and clock.breached_at < by:
            owed.add((LATE, 0))
        if self.next_at is not None and self.next_at <= by:
            owed.add((NEXT, 0))
        return owed


class Model:
    def __init__(self, severity: int, calendar: str, now: datetime) -> None:
        self.now, self.calendar, self.severity = now, calendar, severity
        self.status = Status.NEW
        self.first = Stopwatch(severity * HOUR)
        self.cycles = [Stopwatch(8 * severity * HOUR)]
        self.case: Case | None = None
        self.floor_used = False
        self.close_at: datetime | None = None

    @property
    def resolution(self) -> Stopwatch:
        return self.cycles[-1]

    @property
    def is_open(self) -> bool:
        return self.status not in (Status.RESOLVED, Status.CLOSED)

    def go_to(self, now: datetime) -> None:
        while self.now < now:
            is_open_now = is_open(self.calendar, self.now)
            self.first.tick(self.now, is_open=is_open_now)
            self.resolution.tick(self.now, is_open=is_open_now)
            self.now += MINUTE
        self.resolution.look(self.now)
        if self.close_at is not None and self.close_at <= self.now:
            self.status, self.close_at = Status.CLOSED, None

    def be(self, status: Status) -> None:
        self.status = status
        waits = status is Status.WAITING_CUSTOMER
        self.resolution.state = ClockState.PAUSED if waits else ClockState.RUNNING

    def grade(self, severity: int) -> None:
        self.severity = severity
        if not self.first.is_over:
            self.first.target = severity * HOUR
        self.resolution.target = 8 * severity * HOUR
        self.resolution.look(self.now)

    def resolve(self) -> None:
        if not self.first.is_over:
            self.first.state = ClockState.CANCELLED
        self.resolution.state = ClockState.MET
        self.status, self.case = Status.RESOLVED, None
        self.close_at = self.now + CLOSE_AFTER

    def reopen(self) -> None:
        left = max(self.resolution.target - self.resolution.used, ZERO)
        floor = ZERO if self.floor_used else self.resolution.target / 4
        self.floor_used = self.floor_used or floor > left
        self.cycles.append(Stopwatch(max(left, floor)))
        self.status, self.close_at = Status.OPEN, None


# The two side by side ------------------------------------------------------------------------

Pause = tuple[int, bool]
LENGTHS = [1, 4, 19, 20, 45, 61, 120, 239, 480, 961, 1500]
PAUSES = st.tuples(st.sampled_from([0, *LENGTHS]), st.booleans())
"""Minutes that go by before a click, and whether the engine keeps up meanwhile."""


class TicketBesideItsModel(RuleBasedStateMachine):
    work: Casework
    model: Model

    @initialize(
        severity=st.integers(1, 2),
        calendar=st.sampled_from(sorted(PROCESSES)),
        start=st.sampled_from([0, 60, 470, 480, 700, 4 * 1440 + 300, 5 * 1440]),
    )
    def open(self, severity: int, calendar: str, start: int) -> None:
        now = MONDAY + start * MINUTE
        self.work = casework(severity, process=PROCESSES[calendar], at=now)
        self.model = Model(severity, calendar, now)
        self.seen = 0

    def observe(self) -> None:
        """Tell the model which steps have been taken since it last looked."""
        for _, taken in self.work.steps[self.seen :]:
            if self.model.case is None:
                self.model.case = Case()
            assert not self.model.resolution.is_muted
            self.model.case.take(taken, self.model.resolution)
        self.seen = len(self.work.steps)

    def fire(self) -> None:
        self.work.fire()
        self.observe()
        woken = self.work.wakes_at
        assert woken is None or woken > self.work.now
        assert not self.work.fire().is_change
        model, clock = self.model, self.model.resolution
        if model.is_open and clock.is_half_used and not clock.is_muted:
            assert model.case is not None and (HALF, 0) in model.case.taken
        for each in self.work.ticket.clocks:
            assert settle(each, self.work.now) == each

    # Time ----------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from(LENGTHS))
    def nobody_does_anything(self, minutes: int) -> None:
        self.work.wait(minutes=minutes)
        self.model.go_to(self.work.now)

    @rule()
    def the_engine_fires_late(self) -> None:
        self.fire()

    @rule(minutes=st.sampled_from(LENGTHS))
    def the_engine_keeps_up(self, minutes: int) -> None:
        self.keep_up(minutes)

    def keep_up(self, minutes: int) -> None:
        before, known = self.work.now, self.seen
        self.work.run_until(self.work.now + minutes * MINUTE)
        self.model.go_to(self.work.now)
        self.observe()
        self.fire()
        case, clock = self.model.case, self.model.resolution
        if case is None or not self.model.is_open or clock.is_muted:
            return
        if before + CAUGHT_UP <= self.work.now:
            assert case.owed(clock, self.work.now - CAUGHT_UP) <= set(case.taken)
        in_time = before + CAUGHT_UP
        for _, taken in self.work.steps[known:]:
            due_at = clock.breached_at if taken.step == LATE else None
            if due_at is not None and due_at >= in_time:
                assert taken.taken_at == due_at + A_MOMENT

    def let(self, pause: Pause) -> None:
        minutes, is_kept_up = pause
        if is_kept_up:
            self.keep_up(minutes)
        else:
            self.work.wait(minutes=minutes)
            self.model.go_to(self.work.now)

    # Clicks --------------------------------------------------------------------------------

    @rule(pause=PAUSES)
    @precondition(lambda self: self.model.status is not Status.CLOSED)
    def answer(self, pause: Pause) -> None:
        self.let(pause)
        if self.model.status is Status.CLOSED:
            return
        self.work.answer()
        self.observe()
        if not self.model.first.is_over:
            self.model.first.state = ClockState.MET
        if self.model.status is Status.NEW:
            self.model.be(Status.OPEN)
        if self.model.case is not None:
            self.model.case.stir(self.work.now)
        self.fire()

    @rule(pause=PAUSES)
    @precondition(lambda self: self.model.status is not Status.CLOSED)
    def customer_writes(self, pause: Pause) -> None:
        self.let(pause)
        if self.model.status is Status.CLOSED:
            return
        self.work.hear()
        self.observe()
        if self.model.status is Status.RESOLVED:
            self.model.reopen()
        elif self.model.status is Status.WAITING_CUSTOMER:
            self.model.be(Status.OPEN)
        self.fire()

    @rule(pause=PAUSES)
    @precondition(lambda self: self.model.status is not Status.CLOSED)
    def note(self, pause: Pause) -> None:
        self.let(pause)
        if self.model.status is Status.CLOSED:
            return
        now = self.work.now
        message = lifecycle.message_from_us(now, AGENT, "Agent", "A note", is_public=False)
        self.work.decide(lifecycle.add_message, message)
        self.observe()
        self.fire()

    @rule(
        status=st.sampled_from([Status.WAITING_CUSTOMER, Status.WAITING_SUPPLIER, Status.OPEN]),
        pause=PAUSES,
    )
    @precondition(lambda self: self.model.is_open)
    def wait_or_go_on(self, status: Status, pause: Pause) -> None:
        self.let(pause)
        if not self.model.is_open:
            return
        if status is self.model.status:
            return
        self.work.decide(lifecycle.set_status, status)
        self.observe()
        self.model.be(status)
        self.fire()

    @rule(person=st.sampled_from([AGENT, SPECIALIST]), pause=PAUSES)
    @precondition(lambda self: self.model.is_open)
    def take(self, person: int, pause: Pause) -> None:
        self.let(pause)
        if not self.model.is_open:
            return
        is_change = self.work.decide(lifecycle.assign, person, "Somebody").is_change
        self.observe()
        if is_change and self.model.status is Status.NEW:
            self.model.be(Status.OPEN)
        if is_change and self.model.case is not None:
            self.model.case.stir(self.work.now)
        self.fire()

    @rule(severity=st.integers(1, 4), pause=PAUSES)
    @precondition(lambda self: self.model.is_open)
    def grade(self, severity: int, pause: Pause) -> None:
        self.let(pause)
        if not self.model.is_open:
            return
        is_change = self.work.decide(cases.grade, severity, "Looked at").is_change
        self.observe()
        if is_change:
            self.model.grade(severity)
        self.fire()

    @rule(pause=PAUSES)
    @precondition(lambda self: self.model.is_open)
    def escalate(self, pause: Pause) -> None:
        self.let(pause)
        if not self.model.is_open:
            return
        self.work.decide(
            escalations.escalate, kind=EscalationKind.HIERARCHICAL, reason="x", requested_by=AGENT
        )
        self.observe()
        if self.model.status is Status.NEW:
            self.model.be(Status.OPEN)
        self.model.case = self.model.case or Case()
        self.fire()

    @rule(pause=PAUSES)
    @precondition(lambda self: self.model.case is not None)
    def acknowledge(self, pause: Pause) -> None:
        self.let(pause)
        if self.model.case is None:
            return
        was_acknowledged = self.model.case.is_acknowledged
        self.work.decide(escalations.acknowledge, LEAD)
        self.observe()
        if not was_acknowledged:
            self.model.case.acknowledge(self.work.now)
        self.fire()

    @rule(pause=PAUSES)
    @precondition(lambda self: self.model.case is not None)
    def deescalate(self, pause: Pause) -> None:
        self.let(pause)
        if self.model.case is None:
            return
        self.work.decide(escalations.deescalate, "calm")
        self.observe()
        self.model.case = None
        self.model.resolution.is_muted = True
        self.fire()

    @rule(pause=PAUSES)
    @precondition(lambda self: self.model.is_open)
    def resolve(self, pause: Pause) -> None:
        self.let(pause)
        if not self.model.is_open:
            return
        self.work.decide(lifecycle.resolve)
        self.observe()
        self.model.resolve()
        self.fire()

    @rule(pause=PAUSES)
    @precondition(lambda self: self.model.status is Status.RESOLVED)
    def reopen(self, pause: Pause) -> None:
        self.let(pause)
        if self.model.status is not Status.RESOLVED:
            return
        self.work.decide(lifecycle.reopen)
        self.observe()
        self.model.reopen()
        self.fire()

    # What always holds ---------------------------------------------------------------------

    @invariant()
    def the_clocks_are_the_models(self) -> None:
        work, now = self.work, self.work.now
        pairs = [(FIRST, 1, self.model.first)]
        pairs += [(RESOLUTION, n + 1, clock) for n, clock in enumerate(self.model.cycles)]
        assert len(work.ticket.clocks) == len(pairs)
        for metric, cycle, expected in pairs:
            clock = work.ticket.clock_of(metric, cycle)
            assert clock is not None
            calendar = work.process.calendar(clock.calendar)
            assert clock.state is expected.state
            assert clock.target == expected.target
            assert used(clock, calendar, now) == expected.used
            assert settle(clock, now).breached_at == expected.breached_at

    @invariant()
    def breaches_are_on_record_once_at_their_instant_and_none_is_lost(self) -> None:
        told = {
            (event.data["metric"], event.data["cycle"]): event.at
            for event in self.work.of_kind(EventKind.SLA_BREACHED)
        }
        assert len(told) == len(self.work.of_kind(EventKind.SLA_BREACHED))
        no_path = [event.data["metric"] for event in self.work.of_kind(EventKind.NO_PATH)]
        for clock in self.work.ticket.clocks:
            assert told.get((clock.metric.value, clock.cycle)) == clock.breached_at
            if clock.breached_at is not None:
                has_run = any(run.cycle == clock.cycle for run in self.runs())
                assert clock.metric.value in no_path or (clock.metric is RESOLUTION and has_run)
        assert no_path.count(FIRST.value) == int(self.work.ticket.clocks[0].is_breached)

    @invariant()
    def there_is_one_run_at_most_and_no_step_twice(self) -> None:
        keys = [run.id for run in self.runs()]
        assert len(set(keys)) == len(keys)
        kinds = self.work.kinds()
        is_escalated = self.work.ticket.escalation is not None
        started = kinds.count(EventKind.ESCALATION_STARTED)
        assert started - kinds.count(EventKind.ESCALATION_ENDED) == int(is_escalated)
        assert is_escalated or self.work.ticket.run is None
        assert is_escalated == (self.model.case is not None)
        steps = [(key, taken.step, taken.loop) for key, taken in self.work.steps]
        assert len(set(steps)) == len(steps)

    @invariant()
    def the_status_is_the_models_once_the_engine_has_looked(self) -> None:
        is_closing = self.model.status is Status.CLOSED
        assert self.work.ticket.status is self.model.status or is_closing

    @invariant()
    def what_clocks_tell_is_told_in_the_order_in_which_it_happened(self) -> None:
        marks = [
            event.at
            for event in self.work.events
            if event.kind in (EventKind.SLA_WARNING, EventKind.SLA_BREACHED)
        ]
        assert marks == sorted(marks)
        assert all(event.at <= self.work.now for event in self.work.events)

    def runs(self) -> list[PathRun]:
        found = [ended for ended in self.work.ended if isinstance(ended, PathRun)]
        return found if self.work.ticket.run is None else [*found, self.work.ticket.run]


TestTicketBesideItsModel = TicketBesideItsModel.TestCase
TestTicketBesideItsModel.settings = settings(
    max_examples=100, stateful_step_count=30, derandomize=True
)

"""A simulation, counted as it goes: from what happened to findings."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TypeVar

from escalation_app.domain.clocks import Clock, ClockState, Metric, left
from escalation_app.domain.events import EventKind
from escalation_app.domain.findings import (
    BusiestHour,
    DayLoad,
    Findings,
    PathFindings,
    PersonFindings,
    PromiseFindings,
    Spread,
    StepFindings,
    TierFindings,
)
from escalation_app.domain.path_spec import PathStep
from escalation_app.domain.process import Delivery, Process
from escalation_app.domain.roster import StaffMember
from escalation_app.domain.simulation import Happened, Recorded, Told, walk
from escalation_app.domain.tickets import EscalationKind, PathRun, Status, StepOutcome, Ticket

T = TypeVar("T")
DAY = timedelta(days=1)


def simulate(
    recorded: Iterable[Recorded],
    process: Process,
    staff: Mapping[int, StaffMember],
    until: datetime,
) -> Findings:
    """Run the engine over the record and say what would have happened by `until`.

    Raises what `walk` raises.
    """
    tally = Tally(process, staff)
    for happened in walk(recorded, process, staff, until):
        tally.add(happened)
    return tally.findings(until)


class Tally:
    """Adds up what happens, in order of time; holds the tickets that are not closed yet."""

    def __init__(self, process: Process, staff: Mapping[int, StaffMember]) -> None:
        self._process = process
        self._begins_at: datetime | None = None
        self._tickets: dict[int, Ticket] = {}
        self._opened = 0
        self._promises = _Promises(process)
        self._load = {tier.level: _TierLoad() for tier in process.tiers}
        self._messages = _Messages(staff)
        self._posts: Counter[str] = Counter()
        self._events: Counter[EventKind] = Counter()
        self._kinds: Counter[EscalationKind] = Counter()
        self._runs: Counter[str] = Counter()
        self._steps: Counter[tuple[str, str, StepOutcome]] = Counter()
        self._repeats: Counter[tuple[str, str]] = Counter()
        self._no_recipient = 0
        self._no_path: Counter[str] = Counter()
        self._moved_up: Counter[bool] = Counter()

    def add(self, happened: Happened) -> None:
        """One more decision."""
        at, decision = happened.at, happened.decision
        before, after = decision.before, decision.after
        self._begins_at = self._begins_at or at
        self._opened += before is None
        is_engine = happened.by is None
        for event in decision.events:
            self._events[event.kind] += 1
            self._add_event(event.kind, event.data, is_engine=is_engine)
        runs = [ended for ended in decision.ended if isinstance(ended, PathRun)]
        known = None if before is None else before.run
        for run in (*runs, *(() if after.run is None else (after.run,))):
            if known is None or (run.path, run.started_at) != (known.path, known.started_at):
                self._runs[run.path] += 1
        self._add_stay(before, after, at)
        self._posts.update(happened.posts)
        for told in happened.told:
            self._messages.add(told, at)
        if after.status is Status.CLOSED:
            self._tickets.pop(after.id, None)
            self._end(after, at)
        else:
            self._tickets[after.id] = after

    def _add_event(self, kind: EventKind, data: Mapping[str, object], *, is_engine: bool) -> None:
        match kind:
            case EventKind.ESCALATION_STARTED:
                self._kinds[EscalationKind(str(data["escalation"]))] += 1
            case EventKind.PATH_STEP_TAKEN:
                path, step = str(data["path"]), str(data["step"])
                outcome = StepOutcome(str(data["outcome"]))
                self._no_recipient += outcome is StepOutcome.NO_RECIPIENT
                if data.get("loop") and outcome is not StepOutcome.UNANSWERED:
                    self._repeats[path, step] += 1
                else:
                    self._steps[path, step, outcome] += 1
            case EventKind.NO_PATH:
                self._no_path[str(data["why"])] += 1
            case EventKind.TICKET_ESCALATED:
                self._moved_up[is_engine] += 1
            case _:
                pass

    def _add_stay(self, before: Ticket | None, after: Ticket, at: datetime) -> None:
        was_on = before.tier if before is not None and before.is_open else None
        is_on = after.tier if after.is_open else None
        if was_on == is_on:
            return
        if was_on is not None:
            self._load[was_on].leave(after.id, at)
        if is_on is not None:
            self._load[is_on].enter(after.id, at)

    def _end(self, ticket: Ticket, at: datetime) -> None:
        self._promises.add(ticket, at)
        for load in self._load.values():
            load.end(ticket.id)

    def findings(self, until: datetime) -> Findings:
        """What it comes to at `until`."""
        still_open = sum(ticket.is_open for ticket in self._tickets.values())
        for ticket in self._tickets.values():
            if ticket.is_open:
                self._load[ticket.tier].stop(ticket.id, until)
            self._end(ticket, until)
        self._tickets.clear()
        messages = self._messages
        messages.end_hour()
        return Findings(
            process=self._process.name,
            begins_at=self._begins_at,
            ends_at=until,
            tickets=self._opened,
            still_open=still_open,
            promises=self._promises.findings(),
            escalations=_frozen(self._kinds),
            moved_up_by_engine=self._moved_up[True],
            moved_up_by_people=self._moved_up[False],
            paths=tuple(self._path(path.key) for path in self._process.paths),
            no_path=_frozen(self._no_path),
            no_recipient=self._no_recipient,
            tiers=tuple(self._tier(tier.level, until) for tier in self._process.tiers),
            messages=messages.in_all(),
            people=messages.people(),
            posts=_frozen(self._posts),
            customers=messages.customers(),
            customers_told=messages.customers_told(),
            busiest_hour=messages.busiest_hour(),
            events=_frozen(self._events),
        )

    def _path(self, key: str) -> PathFindings:
        path = self._process.path(key)
        assert path is not None
        steps = tuple(self._step(key, step) for step in path.steps)
        return PathFindings(key, path.name, self._runs[key], steps)

    def _step(self, path: str, step: PathStep) -> StepFindings:
        came_to = {outcome: self._steps[path, step.key, outcome] for outcome in StepOutcome}
        passed_over = came_to[StepOutcome.NOT_FITTING]
        unanswered = came_to[StepOutcome.UNANSWERED]
        return StepFindings(
            key=step.key,
            name=step.name,
            taken=sum(came_to.values()) - passed_over - unanswered,
            no_recipient=came_to[StepOutcome.NO_RECIPIENT],
            nothing_above=came_to[StepOutcome.NOTHING_ABOVE],
            passed_over=passed_over,
            repeated=self._repeats[path, step.key],
            unanswered=unanswered,
        )

    def _tier(self, level: int, until: datetime) -> TierFindings:
        tier, load = self._process.tier(level), self._load[level]
        days = load.days(self._begins_at or until, until)
        return TierFindings(
            level=level,
            name=tier.name,
            volume_target=tier.volume_target,
            reached=load.reached,
            stay=_spread(load.stays),
            average=load.average(self._begins_at or until, until),
            most=max((day.most for day in days), default=0),
            days=days,
        )


class _Promises:
    """Clocks of tickets that are over, or at the end, by severity and metric."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._counts: Counter[tuple[int, Metric, str]] = Counter()
        self._late: defaultdict[tuple[int, Metric], array[float]] = defaultdict(_lengths)

    def add(self, ticket: Ticket, at: datetime) -> None:
        cycles: dict[Metric, list[Clock]] = {}
        for clock in ticket.clocks:
            cycles.setdefault(clock.metric, []).append(clock)
        for metric, clocks in cycles.items():
            missed = [clock for clock in clocks if clock.is_breached]
            self._counts[ticket.severity, metric, _came_to(clocks)] += 1
            if missed:
                over = [-left(c, self._process.calendar(c.calendar), at) for c in missed]
                self._late[ticket.severity, metric].append(max(over).total_seconds())

    def findings(self) -> tuple[PromiseFindings, ...]:
        keys = sorted({(severity, metric) for severity, metric, _ in self._counts})
        return tuple(
            PromiseFindings(
                severity,
                metric,
                **{came_to: self._counts[severity, metric, came_to] for came_to in _ENDS},
                late_by=_spread(self._late[severity, metric]),
            )
            for severity, metric in keys
        )


_ENDS = ("met", "missed", "underway", "withdrawn")


def _came_to(cycles: list[Clock]) -> str:
    if any(clock.is_breached for clock in cycles):
        return "missed"
    match max(cycles, key=lambda clock: clock.cycle).state:
        case ClockState.MET:
            return "met"
        case ClockState.CANCELLED:
            return "withdrawn"
        case ClockState.RUNNING | ClockState.PAUSED:
            return "underway"


class _TierLoad:
    """Who is on a tier, for how long, and how many at once, day by day."""

    def __init__(self) -> None:
        self.reached = 0
        self.stays = _lengths()
        self._since: dict[int, datetime] = {}
        self._stayed: dict[int, timedelta] = {}
        self._count = 0
        self._counted_at: datetime | None = None
        self._days: dict[date, tuple[timedelta, int]] = {}

    def enter(self, ticket_id: int, at: datetime) -> None:
        self._go_on(at)
        self._count += 1
        self._since[ticket_id] = at
        if ticket_id not in self._stayed:
            self.reached += 1
            self._stayed[ticket_id] = timedelta()
        spent, most = self._days.get(at.date(), (timedelta(), 0))
        self._days[at.date()] = spent, max(most, self._count)

    def leave(self, ticket_id: int, at: datetime) -> None:
        self._go_on(at)
        self._count -= 1
        self._stayed[ticket_id] += at - self._since.pop(ticket_id)

    def stop(self, ticket_id: int, at: datetime) -> None:
        """The time is up and the ticket still there."""
        self._go_on(at)
        self._stayed[ticket_id] += at - self._since.pop(ticket_id)

    def end(self, ticket_id: int) -> None:
        """The ticket comes no more."""
        stayed = self._stayed.pop(ticket_id, None)
        if stayed is not None:
            self.stays.append(stayed.total_seconds())

    def _go_on(self, at: datetime) -> None:
        """As many as there are have been there until now."""
        since = self._counted_at
        self._counted_at = at
        while self._count and since is not None and since < at:
            on = since.date()
            midnight = since.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
            until = min(at, midnight)
            spent, most = self._days.get(on, (timedelta(), 0))
            self._days[on] = spent + self._count * (until - since), max(most, self._count)
            since = until

    def average(self, begins_at: datetime, ends_at: datetime) -> float:
        """Open tickets on average. Whatever is still there counts up to `ends_at`."""
        if ends_at <= begins_at:
            return float(self._count)
        self._go_on(ends_at)
        spent = sum((spent for spent, _ in self._days.values()), timedelta())
        return spent / (ends_at - begins_at)

    def days(self, begins_at: datetime, ends_at: datetime) -> tuple[DayLoad, ...]:
        """Every date between, also those on which nobody was there."""
        self._go_on(ends_at)
        found: list[DayLoad] = []
        on = begins_at.replace(hour=0, minute=0, second=0, microsecond=0)
        while on < ends_at:
            length = min(on + DAY, ends_at) - max(on, begins_at)
            spent, most = self._days.get(on.date(), (timedelta(), 0))
            found.append(DayLoad(on.date(), spent / length, most))
            on += DAY
        return tuple(found)


class _Messages:
    """Who was told how often by which way, and in which hour most."""

    def __init__(self, staff: Mapping[int, StaffMember]) -> None:
        self._staff = staff
        self._told: Counter[tuple[int, Delivery]] = Counter()
        self._hour: datetime | None = None
        self._this_hour: Counter[tuple[int, Delivery]] = Counter()
        self._most: dict[int, int] = {}
        self._busiest: BusiestHour | None = None

    def add(self, told: Told, at: datetime) -> None:
        if not told:
            return
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self.end_hour()
            self._hour = hour
        self._this_hour.update(told)

    def end_hour(self) -> None:
        """Count what the hour at hand has brought."""
        if self._hour is None:
            return
        self._told.update(self._this_hour)
        people: Counter[int] = Counter()
        for (person_id, _), count in self._this_hour.items():
            people[person_id] += count
        for person_id, count in people.items():
            if count > self._most.get(person_id, 0):
                self._most[person_id] = count
        in_all = people.total()
        if self._busiest is None or in_all > self._busiest.messages:
            self._busiest = BusiestHour(self._hour, in_all)
        self._this_hour.clear()

    def in_all(self) -> Mapping[Delivery, int]:
        return _by_way(self._told)

    def people(self) -> tuple[PersonFindings, ...]:
        """Those of ours who were told something, most first."""
        told: defaultdict[int, dict[tuple[int, Delivery], int]] = defaultdict(dict)
        for (person_id, way), count in self._told.items():
            if person_id in self._staff:
                told[person_id][person_id, way] = count
        people = [
            PersonFindings(key, self._staff[key].name, _by_way(ways), self._most[key])
            for key, ways in told.items()
        ]
        return tuple(sorted(people, key=lambda person: (-person.total, person.name, person.id)))

    def customers(self) -> Mapping[Delivery, int]:
        return _by_way({key: n for key, n in self._told.items() if key[0] not in self._staff})

    def customers_told(self) -> int:
        return len({person_id for person_id, _ in self._told if person_id not in self._staff})

    def busiest_hour(self) -> BusiestHour | None:
        return self._busiest


def _by_way(told: Mapping[tuple[int, Delivery], int]) -> Mapping[Delivery, int]:
    ways: Counter[Delivery] = Counter()
    for (_, way), count in told.items():
        ways[way] += count
    return _frozen(ways)


def _frozen(counts: Mapping[T, int]) -> Mapping[T, int]:
    return MappingProxyType(dict(sorted(counts.items(), key=lambda entry: str(entry[0]))))


def _lengths() -> "array[float]":
    return array("d")


def _spread(seconds: "array[float]") -> Spread | None:
    """By nearest rank; None for no lengths at all."""
    if not seconds:
        return None
    ranked = sorted(seconds)
    median, ninetieth, most = (
        timedelta(seconds=ranked[-(-len(ranked) * share // 100) - 1]) for share in (50, 90, 100)
    )
    return Spread(len(ranked), median, ninetieth, most)

"""A decision being made: the ticket as it will be, and what is recorded on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from escalation_app.domain.calendar_days import CalendarChange
from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import (
    Clock,
    Metric,
    cancel_clock,
    meet_clock,
    retarget_clock,
    settle,
    start_clock,
)
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.process import TARGET_METRICS, Process, SlaPolicy
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import Decision, Escalation, NewMessage, PathRun, Ticket
from escalation_app.domain.values import changed


@dataclass(slots=True)
class Desk:
    """What a decision is made with: the process versions, the people, and one instant (UTC).

    With `is_history` the decision tells what happened long ago elsewhere: clocks break as they
    did, but no path starts and no step is taken.
    """

    process_of: Callable[[int], Process]
    load_roster: Callable[[], Roster]
    now: datetime
    is_history: bool = False
    load_changes: Callable[[], tuple[CalendarChange, ...]] = tuple
    """Calendars of which not every clock has been counted again."""
    _roster: Roster | None = field(default=None, init=False)
    _changes: tuple[CalendarChange, ...] | None = field(default=None, init=False)

    @property
    def roster(self) -> Roster:
        """The people, loaded when the first decision asks for them."""
        if self._roster is None:
            self._roster = self.load_roster()
        return self._roster

    @property
    def changes(self) -> tuple[CalendarChange, ...]:
        if self._changes is None:
            self._changes = () if self.is_history else self.load_changes()
        return self._changes


class Draft:
    """Collects one decision at one instant. The ticket in it is always a whole, valid one."""

    def __init__(self, ticket: Ticket, desk: Desk, *, is_new: bool = False) -> None:
        self.before = None if is_new else ticket
        self.ticket = ticket
        self.desk = desk
        self.now = desk.now
        self.process = desk.process_of(ticket.process_version)
        self.is_late = False
        """Whether what is recorded now was noticed too long after it was due."""
        self.broken: list[Clock] = []
        """Clocks that were found to be breached, whose paths nobody has seen to yet."""
        self._events: list[Event] = []
        self._messages: list[NewMessage] = []
        self._ended: list[PathRun | Escalation] = []

    def decision(self) -> Decision:
        """What was decided. Whatever is on record gives the ticket a new revision, by which
        notices of one decision are told from those of another."""
        is_change = self.ticket is not self.before or self._events or self._messages
        if self.before is not None and is_change:
            self.ticket = changed(
                self.ticket, updated_at=self.now, revision=self.before.revision + 1
            )
        return Decision(
            self.before,
            self.ticket,
            tuple(self._events),
            tuple(self._messages),
            tuple(self._ended),
        )

    def change(self, **values: object) -> None:
        self.ticket = changed(self.ticket, **values)

    def end(self, ended: PathRun | Escalation) -> None:
        """Put away a run or an escalation that is over; the ticket no longer holds it."""
        self._ended.append(ended)

    def record(
        self,
        kind: EventKind,
        *,
        at: datetime | None = None,
        told: tuple[int, ...] = (),
        **data: object,
    ) -> None:
        self._events.append(Event(kind, at or self.now, data, told, self.is_late))

    def say(self, message: NewMessage) -> None:
        self._messages.append(message)

    # Clocks -----------------------------------------------------------------------------

    def put_clock(self, clock: Clock) -> None:
        """Put a clock in its place. If it has turned out to be breached, whatever else happened to
        it, that is put on record."""
        known = self.ticket.clock_of(clock.metric, clock.cycle)
        self.ticket = self.ticket.with_clock(clock)
        if clock.is_breached and known is not None and not known.is_breached:
            self.record_breach(clock)
            self.broken.append(clock)

    def record_breach(self, clock: Clock) -> None:
        assert clock.breached_at is not None
        self.record(
            EventKind.SLA_BREACHED,
            at=clock.breached_at,
            metric=clock.metric.value,
            cycle=clock.cycle,
            due_at=clock.breached_at.isoformat(),
        )

    def start_clocks(self) -> None:
        """The clocks a ticket starts with, by the policy of its plan and severity."""
        for metric in (*TARGET_METRICS, Metric.TEAM):
            self.start_clock(metric)

    def start_clock(self, metric: Metric) -> None:
        """A new cycle of a metric, if the ticket's policy promises it a time."""
        policy = self.policy
        target = policy.target(self.ticket.severity, metric)
        if target is None:
            return
        earlier = self.ticket.clock(metric)
        cycle = 1 if earlier is None else earlier.cycle + 1
        calendar = self._calendar(metric, policy)
        self.put_clock(start_clock(metric, target, calendar, policy.key, self.now, cycle))

    @property
    def policy(self) -> SlaPolicy:
        """The policy of the ticket's plan and severity, as they are now."""
        return self.process.policy_for(self.ticket.plan, self.ticket.severity)

    def _calendar(self, metric: Metric, policy: SlaPolicy) -> BusinessCalendar:
        if metric is Metric.TEAM:
            return self.process.team_calendar(self.ticket.team, policy)
        return self.process.calendar(policy.calendar)

    def retarget_clocks(self) -> None:
        """Give the running and paused clocks the targets of the ticket's present policy. What the
        policy promises no more is cancelled, what it promises now and did not before starts with
        the next cycle; a request's triage, an obligation and a promise keep their own time."""
        policy = self.policy
        for clock in self.ticket.clocks:
            if clock.is_over or clock.metric not in _BY_POLICY:
                continue
            target = policy.target(self.ticket.severity, clock.metric)
            calendar = self._calendar(clock.metric, policy)
            if target is None:
                self.cancel(clock)
            else:
                self.put_clock(retarget_clock(clock, target, calendar, policy.key, self.now))

    def count_again(self) -> None:
        """Let the running and paused clocks follow their calendar if its days have changed.

        A due time that had passed before the change still stands, and breaks first. Doing it
        again changes nothing.
        """
        for change in self.desk.changes:
            for clock in self.ticket.clocks:
                if not clock.is_over and clock.calendar == change.calendar:
                    self._follow(clock, change)

    def _follow(self, clock: Clock, change: CalendarChange) -> None:
        if settle(clock, change.changed_at) is not clock:
            return
        calendar = self.process.calendar(clock.calendar)
        moved = retarget_clock(
            clock, clock.target, calendar, clock.policy, self.now, change.changed_at
        )
        if moved is not clock:
            self.put_clock(moved)
            self._record_move(clock, moved, change)

    def _record_move(self, before: Clock, after: Clock, change: CalendarChange) -> None:
        self.record(
            EventKind.DUE_MOVED,
            metric=after.metric.value,
            cycle=after.cycle,
            was_due_at=before.due_at.isoformat() if before.due_at else "",
            due_at=after.due_at.isoformat() if after.due_at else "",
            why=change.why,
        )

    def meet(self, metric: Metric, cycle: int | None = None) -> None:
        """Meet the clock of the metric's latest cycle, or of the one given."""
        ticket = self.ticket
        clock = ticket.clock(metric) if cycle is None else ticket.clock_of(metric, cycle)
        if clock is not None and not clock.is_over:
            self.put_clock(meet_clock(clock, self.process.calendar(clock.calendar), self.now))

    def cancel(self, clock: Clock) -> None:
        self.put_clock(cancel_clock(clock, self.process.calendar(clock.calendar), self.now))

    def cancel_open_clocks(self) -> None:
        for clock in self.ticket.clocks:
            if not clock.is_over:
                self.cancel(clock)


_BY_POLICY = frozenset({*TARGET_METRICS, Metric.NEXT_REPLY, Metric.NEXT_UPDATE, Metric.TEAM})
"""The clocks whose target follows the ticket's severity and plan."""

"""What happened to a ticket at another desk, told again with this desk's own arithmetic.

Clocks run, pause, break and end where the other desk's log says that something happened; no path
starts and nobody is told. A promise that broke counts as noticed when it broke: how long the
other desk took to see it is not known, and it is no delay of our engine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from escalation_app.domain import lifecycle
from escalation_app.domain.clocks import Clock, Metric, settle
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.firing import A_MOMENT, begin
from escalation_app.domain.moves import move_to, move_up
from escalation_app.domain.path_spec import ShareAnchor, StopWhen
from escalation_app.domain.paths import change_severity, note_activity, stop_run
from escalation_app.domain.playbooks import path_of
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import (
    OPEN_STATUSES,
    Decision,
    NewMessage,
    Side,
    Status,
    Ticket,
)
from escalation_app.domain.values import changed

NOBODY = 0
"""As an assignee: nobody has the ticket."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A ticket when it was opened. `severity` is None where impact and urgency decide; `group` is
    the other desk's own word for who holds it, of which `team` is made."""

    at: datetime
    reference: str
    subject: str
    organisation_id: int
    requester_id: int
    requester_name: str
    plan: str
    impact: str
    urgency: str
    team: str
    severity: int | None = None
    group: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """How a ticket stood from `at` on, and by whom; what is None or empty stays as it was.

    `answers` is the first response, if there was none before. `moves_up` hands the ticket to the
    tier above. `resolved_at` is when a ticket that is closed here had been resolved.
    """

    at: datetime
    by: str = ""
    status: Status | None = None
    impact: str = ""
    urgency: str = ""
    severity: int | None = None
    team: str = ""
    group: str = ""
    assignee_id: int | None = None
    answers: bool = False
    moves_up: bool = False
    resolved_at: datetime | None = None


def tell(opening: Opening, moments: Sequence[Moment], desk: Desk, process_version: int) -> Decision:
    """The ticket as it stands at the desk's `now`, with everything that led there on record.

    An open ticket that is late is left so that the engine starts its path, one step at a time.
    Raises Invalid for moments that are not in order of time, lie before the opening or after
    `now`, and KeyError for keys that the process does not know.
    """
    require_order(opening, moments, desk.now)
    then = Desk(desk.process_of, desk.load_roster, opening.at, is_history=True)
    record = _Record()
    story = Story(opening, then, process_version, record.keep)
    for moment in closed_once(moments):
        then.now = moment.at
        story.go_on(moment)
    then.now = desk.now
    return record.decision(story.ticket, then)


def require_order(opening: Opening, moments: Sequence[Moment], now: datetime) -> None:
    """Raise Invalid for moments that are not in order of time between the opening and `now`."""
    times = [opening.at, *(moment.at for moment in moments), now]
    if any(later < earlier for earlier, later in pairwise(times)):
        raise Invalid("These events are not in order of time, or lie in the future.")


def closed_once(moments: Sequence[Moment]) -> list[Moment]:
    """Closed is for good here, so a ticket that went on after being closed was only resolved."""
    last_open = max(
        (index for index, moment in enumerate(moments) if moment.status in OPEN_STATUSES),
        default=-1,
    )
    return [
        changed(moment, status=Status.RESOLVED)
        if moment.status is Status.CLOSED and index < last_open
        else moment
        for index, moment in enumerate(moments)
    ]


Keep = Callable[[Decision, str], Ticket]
"""Hears what was decided, and by whom, and gives the ticket to go on with."""


class Story:
    """The ticket so far, taken through one moment after the other at a desk whose `now` it is."""

    def __init__(self, opening: Opening, desk: Desk, process_version: int, keep: Keep) -> None:
        self._desk = desk
        self._process = desk.process_of(process_version)
        self._group = opening.group
        self._hear = keep
        self.ticket = self._opened(opening, process_version)

    def _opened(self, opening: Opening, process_version: int) -> Ticket:
        matrix = self._process.severity_for(opening.impact, opening.urgency)
        ticket = Ticket(
            id=0,
            reference=opening.reference,
            subject=opening.subject,
            organisation_id=opening.organisation_id,
            requester_id=opening.requester_id,
            plan=opening.plan,
            impact=opening.impact,
            urgency=opening.urgency,
            severity=opening.severity or matrix,
            status=Status.NEW,
            tier=self._process.team(opening.team).tier,
            team=opening.team,
            assignee_id=None,
            process_version=process_version,
            created_at=opening.at,
            updated_at=opening.at,
            last_contact_at=opening.at,
            last_contact_by=Side.THEM,
        )
        draft = Draft(ticket, self._desk, is_new=True)
        draft.start_clocks()
        draft.record(EventKind.TICKET_OPENED, subject=opening.subject, severity=ticket.severity)
        if opening.description:
            draft.say(
                lifecycle.message_from_customer(
                    opening.at, opening.requester_id, opening.requester_name, opening.description
                )
            )
        return self._keep(draft.decision(), opening.requester_name)

    def go_on(self, moment: Moment) -> None:
        """Take up what happens now; what a closed ticket is said to go through is left out."""
        if self.ticket.status is Status.RESOLVED and moment.status in OPEN_STATUSES:
            self._keep(lifecycle.reopen(self.ticket, self._desk), moment.by)
        if self.ticket.is_open:
            self._change(moment)
        self._change_status(moment)

    def _change(self, moment: Moment) -> None:
        """Everything but the status, in one decision. A first response is judged before a pause."""
        if not self._is_news(moment):
            return
        draft = begin(self.ticket, self._desk)
        if moment.answers:
            _answer(draft)
        _grade(draft, moment)
        self._move(draft, moment)
        self._assign(draft, moment)
        self._keep(draft.decision(), moment.by)

    def _is_news(self, moment: Moment) -> bool:
        """Whether the moment says anything that is not so already; many rows of a log do not."""
        ticket, assignee = self.ticket, moment.assignee_id
        response = ticket.clock(Metric.FIRST_RESPONSE)
        return (
            moment.moves_up
            or (moment.answers and response is not None and not response.is_over)
            or moment.impact not in ("", ticket.impact)
            or moment.urgency not in ("", ticket.urgency)
            or moment.severity not in (None, ticket.severity)
            or moment.team not in ("", ticket.team)
            or moment.group not in ("", self._group)
            or (assignee is not None and (assignee or None) != ticket.assignee_id)
        )

    def _move(self, draft: Draft, moment: Moment) -> None:
        ticket = draft.ticket
        regrouped = bool(moment.group and self._group) and moment.group != self._group
        self._group = moment.group or self._group
        if moment.moves_up:
            move_up(draft, "the other desk escalated it")
        elif moment.team and (regrouped or moment.team != ticket.team):
            team = self._process.team(moment.team)
            heir = ticket.assignee_id if moment.assignee_id is None else moment.assignee_id
            why = f"given to {moment.group or team.name}"
            move_to(draft, team, heir or None, why)

    def _assign(self, draft: Draft, moment: Moment) -> None:
        assignee = moment.assignee_id
        if moment.moves_up or assignee is None or (assignee or None) == draft.ticket.assignee_id:
            return
        draft.change(assignee_id=assignee or None)
        if assignee != NOBODY:
            name = self._desk.roster.name(assignee)
            draft.record(EventKind.TICKET_ASSIGNED, told=(assignee,), assignee=name)
            note_activity(draft)
            stop_run(draft, StopWhen.ASSIGNED)

    def _change_status(self, moment: Moment) -> None:
        status, ticket = moment.status, self.ticket
        if status is None or status is ticket.status or ticket.status is Status.CLOSED:
            return
        if status is Status.RESOLVED:
            self._resolve(moment)
        elif status is Status.CLOSED:
            self._close(moment)
        elif status is not Status.NEW:
            self._keep(lifecycle.set_status(ticket, self._desk, status), moment.by)

    def _close(self, moment: Moment) -> None:
        if self.ticket.is_open:
            resolved_at = moment.resolved_at
            if resolved_at is not None and self.ticket.updated_at <= resolved_at < moment.at:
                self._desk.now = resolved_at
            self._resolve(moment)
            self._desk.now = moment.at
        self._keep(lifecycle.close_now(self.ticket, self._desk), moment.by)

    def _resolve(self, moment: Moment) -> None:
        """When it closes is for the log to say, so nothing closes it by itself meanwhile."""
        self._keep(lifecycle.resolve(self.ticket, self._desk), moment.by)
        self.ticket = changed(self.ticket, close_at=None)

    def _keep(self, decision: Decision, by: str) -> Ticket:
        self.ticket = self._hear(decision, by)
        return self.ticket


class _Record:
    """What a history leaves on record."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._messages: list[NewMessage] = []

    def keep(self, decision: Decision, by: str) -> Ticket:
        """Go on from here. Everything but a broken promise was done by somebody."""
        self._events.extend(
            Event(event.kind, event.at, {**event.data, "by": by}, event.told, event.is_late)
            if by and event.kind is not EventKind.SLA_BREACHED
            else event
            for event in decision.events
        )
        self._messages.extend(decision.messages)
        return decision.after

    def decision(self, ticket: Ticket, desk: Desk) -> Decision:
        """End the history at the desk's `now`."""
        last_at, revision = ticket.updated_at, ticket.revision
        process, now = desk.process_of(ticket.process_version), desk.now
        ticket = self.keep(begin(ticket, desk).decision(), "")
        clocks = tuple(_handed_over(clock, ticket, process, now) for clock in ticket.clocks)
        close_at = None
        if ticket.status is Status.RESOLVED and ticket.resolved_at is not None:
            close_at = ticket.resolved_at + process.close_after
        after = changed(
            ticket, clocks=clocks, close_at=close_at, updated_at=last_at, revision=revision
        )
        events = self._with_every_breach(Draft(ticket, desk), clocks)
        return Decision(None, after, events, tuple(self._messages))

    def _with_every_breach(self, draft: Draft, clocks: Sequence[Clock]) -> tuple[Event, ...]:
        """All events in order of time, with every breach that a change settled by itself."""
        told = {
            (event.data["metric"], event.data["cycle"])
            for event in self._events
            if event.kind is EventKind.SLA_BREACHED
        }
        for clock in clocks:
            if clock.is_breached and (clock.metric.value, clock.cycle) not in told:
                draft.record_breach(clock)
        events = (*self._events, *draft.decision().events)
        return tuple(sorted(events, key=lambda event: event.at))


def _answer(draft: Draft) -> None:
    clock = draft.ticket.clock(Metric.FIRST_RESPONSE)
    if clock is not None and not clock.is_over:
        draft.meet(Metric.FIRST_RESPONSE)
        draft.change(last_contact_at=draft.now, last_contact_by=Side.US)
        note_activity(draft)
        stop_run(draft, StopWhen.ANSWERED)


def _grade(draft: Draft, moment: Moment) -> None:
    """Impact, urgency and severity; a severity that the log gives beats the matrix."""
    ticket = draft.ticket
    impact, urgency = moment.impact or ticket.impact, moment.urgency or ticket.urgency
    is_regraded = (impact, urgency) != (ticket.impact, ticket.urgency)
    if is_regraded:
        draft.change(impact=impact, urgency=urgency)
    severity = moment.severity
    if severity is None and is_regraded:
        severity = draft.process.severity_for(impact, urgency)
    if severity is not None and severity != ticket.severity:
        change_severity(draft, severity, "as the other desk graded it")


def _handed_over(clock: Clock, ticket: Ticket, process: Process, now: datetime) -> Clock:
    """The clock as our engine takes it over.

    Its mark is left just below the point at which its path would have started, if that is past:
    the engine then starts the path late, and a path that is late takes one step at a time.
    """
    settled = settle(clock, now)
    settled = changed(settled, noticed_at=settled.breached_at)
    if settled.is_over:
        return settled
    path = path_of(process, ticket, clock.metric)
    first = None if path is None else path.steps[0].anchor
    use = first.threshold.use_of(settled.target) if isinstance(first, ShareAnchor) else None
    if use is not None and settled.mark >= use:
        return changed(settled, mark=use - A_MOMENT)
    return settled

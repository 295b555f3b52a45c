"""What people decide about a case: what they owe to it, what is promised, how it is graded.

Raises Invalid, with what to change, for what cannot be; a second time changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation_app.domain.clocks import Metric, used
from escalation_app.domain.commitments import (
    Obligation,
    ObligationState,
    Promise,
    PromiseState,
)
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import Invalid, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.obligations import (
    change_obligation,
    change_promise,
    oblige,
    promise,
    triage,
)
from escalation_app.domain.paths import change_severity, note_activity, stop_run
from escalation_app.domain.permissions import Role
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Decision, Ticket
from escalation_app.domain.values import changed

LATE_SHARE = 75
"""Once that much of the time to resolution is used, lowering the severity needs a permission."""
LONGEST = timedelta(days=366)


def give_obligation(
    ticket: Ticket,
    desk: Desk,
    *,
    person_id: int,
    text: str,
    due_at: datetime,
    given_by: int,
    role: str = "",
) -> Decision:
    """Somebody of ours is to do something for the escalated case by an instant ahead. It goes to
    who stands in for somebody who is away, and says so."""
    if ticket.escalation is None:
        raise Invalid("Only an escalated ticket has a team with obligations.")
    if person_id not in desk.roster.staff:
        raise Invalid("Only people of ours can owe something to a case.")
    _require_ahead(desk, due_at)
    there = desk.roster.stand_in(person_id)
    if there is None:
        name = desk.roster.name(person_id)
        raise Invalid(f"{name} is away and nobody stands in. Choose somebody else.")
    draft = begin(ticket, desk)
    oblige(
        draft,
        there,
        text,
        due_at - desk.now,
        created_by=given_by,
        role=role,
        instead_of=None if there == person_id else person_id,
    )
    note_activity(draft)
    return draft.decision()


_FROM_PERSON = frozenset({ObligationState.ACCEPTED, ObligationState.BLOCKED, ObligationState.DONE})


def update_obligation(
    ticket: Ticket, desk: Desk, number: int, state: ObligationState, reason: str = ""
) -> Decision:
    """Accept it, be blocked by something, have done it, or release its person from it. Being
    blocked and a release need a reason. It can be done late; the clock remembers."""
    if state not in (*_FROM_PERSON, ObligationState.RELEASED):
        raise Invalid("An obligation is accepted, blocked, done or released.")
    if state in (ObligationState.BLOCKED, ObligationState.RELEASED) and not reason:
        raise Invalid("Say why, so that everybody knows.")
    given = _obligation(ticket, number)
    if given.state is state:
        return Decision(ticket, ticket)
    if not given.is_owed:
        raise Invalid(f"This obligation is {given.state.value} already.")
    draft = begin(ticket, desk)
    change_obligation(draft, _obligation(draft.ticket, number), state, reason)
    note_activity(draft)
    stop_run(draft)
    return draft.decision()


def record_decision(
    ticket: Ticket, desk: Desk, *, text: str, reason: str, decided_by: int
) -> Decision:
    """Put on record what one of ours has decided about the escalated case, and why."""
    if ticket.escalation is None:
        raise Invalid("Only an escalated ticket has a log of decisions.")
    if decided_by not in desk.roster.staff:
        raise Invalid("Only people of ours decide about a case.")
    draft = begin(ticket, desk)
    draft.record(
        EventKind.DECISION_RECORDED,
        text=text,
        why=reason,
        decided_by=desk.roster.name(decided_by),
    )
    return draft.decision()


def name_sponsor(ticket: Ticket, desk: Desk, executive_id: int) -> Decision:
    """Make an executive stand for the escalated case. Raises Invalid for anybody else."""
    if ticket.escalation is None:
        raise Invalid("This ticket is not escalated any more.")
    if executive_id not in desk.roster.in_role(Role.EXECUTIVE):
        raise Invalid("Only an executive can sponsor a case.")
    if ticket.escalation.executive_id == executive_id:
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    case_ = draft.ticket.escalation
    draft.change(escalation=changed(case_, executive_id=executive_id))
    draft.record(
        EventKind.SPONSOR_NAMED, told=(executive_id,), sponsor=desk.roster.name(executive_id)
    )
    return draft.decision()


def make_promise(
    ticket: Ticket,
    desk: Desk,
    *,
    owner_id: int,
    text: str,
    due_at: datetime,
    made_by: int,
    doubts: str = "",
    override_reason: str = "",
) -> Decision:
    """Promise the customer something by an instant ahead. The owner is one of ours."""
    require_promise(ticket, desk, owner_id, due_at)
    draft = begin(ticket, desk)
    promise(draft, owner_id, text, due_at, made_by, doubts=doubts, override_reason=override_reason)
    return draft.decision()


def keep_promise(ticket: Ticket, desk: Desk, number: int) -> Decision:
    """What was promised has happened. Exactly at its due instant it is kept; later it was broken,
    and stays so."""
    made = _promise(ticket, number)
    if made.state is PromiseState.KEPT:
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    made = _promise(draft.ticket, number)
    if made.state is PromiseState.BROKEN:
        draft.meet(Metric.PROMISE, number)
        stop_run(draft)
        return draft.decision()
    if made.state is not PromiseState.OPEN:
        raise Invalid(f"This promise is {made.state.value} already.")
    change_promise(draft, made, PromiseState.KEPT)
    stop_run(draft)
    return draft.decision()


def renegotiate_promise(
    ticket: Ticket,
    desk: Desk,
    number: int,
    *,
    due_at: datetime,
    reason: str,
    made_by: int,
    doubts: str = "",
    override_reason: str = "",
) -> Decision:
    """The customer agrees to another time. A promise that is broken already stays broken; the new
    one stands beside it."""
    made = require_renegotiable(ticket, desk, number, due_at)
    draft = begin(ticket, desk)
    made = _promise(draft.ticket, number)
    if made.state is PromiseState.OPEN:
        change_promise(draft, made, PromiseState.RENEGOTIATED, reason)
    else:
        draft.meet(Metric.PROMISE, number)
    promise(
        draft,
        made.owner_id,
        made.text,
        due_at,
        made_by,
        replaces=number,
        doubts=doubts,
        override_reason=override_reason,
    )
    stop_run(draft)
    return draft.decision()


def triage_requests(ticket: Ticket, desk: Desk, person_id: int, outcome: str) -> Decision:
    """Say what comes of the escalations the customer asked for."""
    if not any(asked.is_open for asked in ticket.requests):
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    triage(draft, person_id, outcome)
    stop_run(draft)
    return draft.decision()


def grade(ticket: Ticket, desk: Desk, severity: int, reason: str) -> Decision:
    """Set the severity by hand, with the reason on record. Raises Invalid for a severity that the
    process does not know."""
    if not ticket.is_open:
        raise Invalid("The severity of a resolved ticket does not change.")
    process = desk.process_of(ticket.process_version)
    if severity not in {level.level for level in process.severities}:
        raise Invalid("Choose a severity from the list.")
    if severity == ticket.severity:
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    change_severity(draft, severity, reason)
    return draft.decision()


@dataclass(frozen=True, slots=True)
class Grades:
    """What a ticket is about and how bad it is. Without a `severity` that of the process's matrix
    counts."""

    category: str
    impact: str
    urgency: str
    severity: int | None = None


def severity_of(ticket: Ticket, desk: Desk, grades: Grades) -> int:
    """The severity these grades give. Raises Invalid for what the process does not know."""
    process = desk.process_of(ticket.process_version)
    try:
        by_matrix = process.severity_for(grades.impact, grades.urgency)
    except KeyError:
        raise Invalid("Choose an impact and an urgency from the lists.") from None
    wanted = by_matrix if grades.severity is None else grades.severity
    if wanted not in {level.level for level in process.severities}:
        raise Invalid("Choose a severity from the list.")
    return wanted


def regrade(ticket: Ticket, desk: Desk, grades: Grades, reason: str) -> Decision:
    """Set what the ticket is about, its impact and urgency, and with them its severity.

    Another severity than the ticket has needs a reason, and so does one that is not the matrix's.
    """
    if not ticket.is_open:
        raise Invalid("A resolved ticket is not graded any more.")
    wanted = severity_of(ticket, desk, grades)
    process = desk.process_of(ticket.process_version)
    is_override = wanted != process.severity_for(grades.impact, grades.urgency)
    changes = _changes(ticket, process, grades)
    if wanted == ticket.severity and not changes:
        return Decision(ticket, ticket)
    if not reason and (wanted != ticket.severity or is_override):
        raise Invalid("Another severity needs a reason. Say why.")
    draft = begin(ticket, desk)
    draft.change(category=grades.category, impact=grades.impact, urgency=grades.urgency)
    if changes:
        draft.record(EventKind.TICKET_GRADED, changes=", ".join(changes), why=reason)
    if wanted != draft.ticket.severity:
        change_severity(draft, wanted, reason)
    return draft.decision()


def _changes(ticket: Ticket, process: Process, grades: Grades) -> list[str]:
    """What becomes another, in words."""
    names = {grade.key: grade.name for grade in (*process.impacts, *process.urgencies)}
    found: list[str] = []
    if grades.category != ticket.category:
        found.append(f"nature {ticket.category or 'unknown'} to {grades.category or 'unknown'}")
    for what, was, now in (
        ("impact", ticket.impact, grades.impact),
        ("urgency", ticket.urgency, grades.urgency),
    ):
        if was != now:
            found.append(f"{what} {names.get(was, was)} to {names.get(now, now)}".lower())
    return found


def is_late_lowering(ticket: Ticket, desk: Desk, severity: int) -> bool:
    """Whether this severity is lower than the ticket's although LATE_SHARE of the time to its
    resolution is used up."""
    clock = ticket.clock(Metric.RESOLUTION)
    if severity <= ticket.severity or clock is None or clock.is_over:
        return False
    calendar = desk.process_of(ticket.process_version).calendar(clock.calendar)
    return used(clock, calendar, desk.now) >= clock.target * LATE_SHARE / 100


def require_renegotiable(ticket: Ticket, desk: Desk, number: int, due_at: datetime) -> Promise:
    """The promise, if another for that instant can take its place."""
    made = _promise(ticket, number)
    if made.state not in (PromiseState.OPEN, PromiseState.BROKEN):
        raise Invalid(f"This promise is {made.state.value} already.")
    require_promise(ticket, desk, made.owner_id, due_at)
    return made


def require_promise(ticket: Ticket, desk: Desk, owner_id: int, due_at: datetime) -> None:
    """Raise Invalid for what cannot be promised at all."""
    if not ticket.is_open:
        raise Invalid("A resolved ticket needs no promise.")
    if owner_id not in desk.roster.staff:
        raise Invalid("Only people of ours can promise something.")
    _require_ahead(desk, due_at)


def _require_ahead(desk: Desk, due_at: datetime) -> None:
    if due_at <= desk.now:
        raise Invalid("This time is past already. Choose one ahead.")
    if due_at - desk.now > LONGEST:
        raise Invalid("This is more than a year ahead. Choose a nearer time.")


def _obligation(ticket: Ticket, number: int) -> Obligation:
    for given in ticket.obligations:
        if given.number == number:
            return given
    raise NotFound("That obligation")


def _promise(ticket: Ticket, number: int) -> Promise:
    for made in ticket.promises:
        if made.number == number:
            return made
    raise NotFound("That promise")

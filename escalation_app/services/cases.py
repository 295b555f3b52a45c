"""What people owe to a case and promise to its customer, and how a ticket is graded by hand."""

from dataclasses import replace
from datetime import datetime

from escalation_app.domain import cases
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import Doubtful, Invalid, NotAllowed, NotFound
from escalation_app.domain.permissions import Permission, require
from escalation_app.domain.tickets import NewMessage, Ticket
from escalation_app.domain.undoing import DutyDone, duty_done, undo_duty
from escalation_app.services.customer_time import day_and_time, zone_of_customer
from escalation_app.services.feasibility import doubts_in_words
from escalation_app.services.tickets import (
    MAX_BODY,
    MAX_REASON,
    clean,
    one_line,
    public_message,
    seen,
    tell,
    told_with,
)
from escalation_app.services.unit_of_work import UnitOfWork

MAX_TEXT = 500
MAX_OUTCOME = 300
MAX_CATEGORY = 120


def give_obligation(
    uow: UnitOfWork, reference: str, person_id: int, text: str, due_at: datetime, role: str = ""
) -> Ticket:
    """Oblige somebody of ours to do something for the escalated case by an instant ahead.

    Raises Invalid for a ticket that is not escalated, a person who is not of ours, an empty text,
    or a time that is past or more than a year ahead.
    """
    ticket = seen(uow, reference, Permission.OBLIGATION_GIVE)
    assert uow.actor.person_id is not None
    decision = cases.give_obligation(
        ticket,
        uow.desk,
        person_id=person_id,
        text=one_line(text, "The obligation", MAX_TEXT),
        due_at=due_at,
        given_by=uow.actor.person_id,
        role=role[:120],
    )
    return uow.apply_one(decision)


def update_obligation(
    uow: UnitOfWork, reference: str, number: int, state: ObligationState, reason: str = ""
) -> Ticket:
    """Accept one's obligation, be blocked by something, or have done it; who gives obligations
    may do so for anybody, and release somebody from theirs.

    Raises NotAllowed for an obligation that is somebody else's, Invalid for what cannot be.
    """
    ticket = _with_obligation(uow, reference, number)
    if state is ObligationState.RELEASED:
        require(uow.actor, Permission.OBLIGATION_GIVE, ticket)
    why = clean(reason, "The reason", MAX_REASON) if reason.strip() else ""
    return uow.apply_one(cases.update_obligation(ticket, uow.desk, number, state, why))


def answer_obligation(
    uow: UnitOfWork, reference: str, number: int, state: ObligationState
) -> DutyDone | None:
    """As `update_obligation`; what can be taken back of it, None when it was so already."""
    ticket = _with_obligation(uow, reference, number)
    decision = cases.update_obligation(ticket, uow.desk, number, state)
    uow.apply_one(decision)
    return duty_done(number, decision) if decision.is_change else None


def take_back_answer(uow: UnitOfWork, done: DutyDone) -> str:
    """Let an obligation be owed as before; what to say then. Raises as `update_obligation` does,
    and Stale when anything has happened to the ticket since."""
    ticket = _with_obligation(uow, done.reference, done.was.number)
    uow.apply_one(undo_duty(ticket, uow.desk, done))
    return f"Undone. It is owed to {done.reference} as before."


def _with_obligation(uow: UnitOfWork, reference: str, number: int) -> Ticket:
    """The ticket, when the actor may say something of the obligation."""
    ticket = seen(uow, reference, Permission.OBLIGATION_UPDATE)
    owed = next((each for each in ticket.obligations if each.number == number), None)
    if owed is None:
        raise NotFound("That obligation")
    if not uow.actor.may(Permission.OBLIGATION_GIVE):
        stand_in = uow.desk.roster.stand_in(owed.person_id)
        if uow.actor.person_id not in (owed.person_id, stand_in):
            raise NotAllowed("This is for somebody else to do.")
    return ticket


def record_decision(
    uow: UnitOfWork, reference: str, text: str, reason: str, decided_by: int | None = None
) -> Ticket:
    """Put on record what was decided about the case and why; without somebody else, by oneself."""
    ticket = seen(uow, reference, Permission.DECISION_RECORD)
    me = uow.actor.person_id
    assert me is not None
    decision = cases.record_decision(
        ticket,
        uow.desk,
        text=one_line(text, "The decision", MAX_TEXT),
        reason=one_line(reason, "The reason", MAX_TEXT),
        decided_by=me if decided_by is None else decided_by,
    )
    return uow.apply_one(decision)


def name_sponsor(uow: UnitOfWork, reference: str, executive_id: int) -> Ticket:
    """Make an executive stand for the case."""
    ticket = seen(uow, reference, Permission.ESCALATION_ASSIGN)
    return uow.apply_one(cases.name_sponsor(ticket, uow.desk, executive_id))


def make_promise(
    uow: UnitOfWork,
    reference: str,
    text: str,
    due_at: datetime,
    owner_id: int | None = None,
    override: str = "",
    message: str = "",
) -> Ticket:
    """Promise the customer something by an instant ahead; without an owner it is one's own. With a
    `message`, in which "{what}" and "{until}" stand for the promise, they are told.

    Raises Doubtful where something speaks against it (domain.feasibility) and `override` does not
    say why it is promised all the same; both then stand on record.
    """
    ticket = seen(uow, reference, Permission.PROMISE_MAKE)
    told = told_with(uow, ticket, message)
    me = uow.actor.person_id
    assert me is not None
    owner = me if owner_id is None else owner_id
    said = one_line(text, "The promise", MAX_TEXT)
    cases.require_promise(ticket, uow.desk, owner, due_at)
    doubts, why = _settled(doubts_in_words(uow.session, uow.desk, ticket, owner, due_at), override)
    decision = cases.make_promise(
        ticket,
        uow.desk,
        owner_id=owner,
        text=said,
        due_at=due_at,
        made_by=me,
        doubts=doubts,
        override_reason=why,
    )
    return tell(uow, uow.apply_one(decision), _filled(uow, ticket, told, said, due_at))


def _filled(
    uow: UnitOfWork, ticket: Ticket, told: NewMessage | None, what: str, until: datetime
) -> NewMessage | None:
    """What is told of a promise, with the promise in it, as the customer's own clocks show it."""
    if told is None:
        return None
    when = day_and_time(until, zone_of_customer(uow.session, ticket))
    body = told.body.replace("{what}", what.rstrip(".")).replace("{until}", when)
    return replace(told, body=body)


def _settled(doubts: tuple[str, ...], override: str) -> tuple[str, str]:
    """The doubts as one text, and why they do not count; raises Doubtful without a reason."""
    if not doubts:
        return "", ""
    if not override.strip():
        raise Doubtful(doubts)
    return " ".join(doubts), one_line(override, "The reason", MAX_TEXT)


def keep_promise(uow: UnitOfWork, reference: str, number: int, message: str = "") -> Ticket:
    """Say that what was promised has happened. With a `message` the customer is told, as in
    `make_promise`; raises Invalid instead of telling them twice."""
    ticket = seen(uow, reference, Permission.PROMISE_MAKE)
    told = told_with(uow, ticket, message)
    decision = cases.keep_promise(ticket, uow.desk, number)
    if told is not None and not decision.is_change:
        raise Invalid("This promise is kept already, and nothing was sent.")
    kept = uow.apply_one(decision)
    made = next(one for one in ticket.promises if one.number == number)
    return tell(uow, kept, _filled(uow, ticket, told, made.text, made.due_at))


def renegotiate_promise(
    uow: UnitOfWork,
    reference: str,
    number: int,
    due_at: datetime,
    reason: str,
    override: str = "",
    message: str = "",
) -> Ticket:
    """Agree on another time with the customer, with the reason on record; tells them, and raises
    Doubtful, as `make_promise` does."""
    ticket = seen(uow, reference, Permission.PROMISE_MAKE)
    told = told_with(uow, ticket, message)
    assert uow.actor.person_id is not None
    why_moved = clean(reason, "The reason", MAX_REASON)
    made = cases.require_renegotiable(ticket, uow.desk, number, due_at)
    found = doubts_in_words(uow.session, uow.desk, ticket, made.owner_id, due_at, number)
    doubts, why = _settled(found, override)
    decision = cases.renegotiate_promise(
        ticket,
        uow.desk,
        number,
        due_at=due_at,
        reason=why_moved,
        made_by=uow.actor.person_id,
        doubts=doubts,
        override_reason=why,
    )
    return tell(uow, uow.apply_one(decision), _filled(uow, ticket, told, made.text, due_at))


def triage_requests(uow: UnitOfWork, reference: str, outcome: str, *, tells: bool = True) -> Ticket:
    """Say what comes of the escalation that the customer asked for: it ends the time to triage,
    and the customer reads it as a public message, unless they are told by other means.

    Raises Invalid when somebody has looked at every request already.
    """
    ticket = seen(uow, reference, Permission.ESCALATION_TRIAGE)
    if not any(asked.is_open for asked in ticket.requests):
        raise Invalid("Somebody has looked at this request already.")
    assert uow.actor.person_id is not None
    message = public_message(uow, ticket, outcome) if tells else None
    said = one_line(outcome, "The answer", MAX_BODY)[:MAX_OUTCOME]
    looked = cases.triage_requests(ticket, uow.desk, uow.actor.person_id, said)
    return tell(uow, uow.apply_one(looked), message)


def set_severity(
    uow: UnitOfWork, reference: str, severity: int, reason: str, revision: int | None = None
) -> Ticket:
    """Override the severity that impact and urgency gave, with a reason. To lower it once most of
    the time is used up needs a permission of its own (domain.cases.LATE_SHARE)."""
    ticket = seen(uow, reference, Permission.SEVERITY_SET, revision)
    if cases.is_late_lowering(ticket, uow.desk, severity):
        require(uow.actor, Permission.SEVERITY_LOWER_LATE, ticket)
    why = clean(reason, "The reason", MAX_REASON)
    return uow.apply_one(cases.grade(ticket, uow.desk, severity, why))


def regrade(
    uow: UnitOfWork,
    reference: str,
    grades: cases.Grades,
    reason: str = "",
    revision: int | None = None,
    message: str = "",
) -> Ticket:
    """Say what the ticket is about and how bad it is, with a reason where the severity becomes
    another or is not that of impact and urgency; lowering it late as in `set_severity`. With a
    `message` the customer is told.

    Raises Invalid for what the process does not know, NotAllowed, Stale.
    """
    ticket = seen(uow, reference, Permission.SEVERITY_SET, revision)
    told = told_with(uow, ticket, message)
    severity = cases.severity_of(ticket, uow.desk, grades)
    if cases.is_late_lowering(ticket, uow.desk, severity):
        require(uow.actor, Permission.SEVERITY_LOWER_LATE, ticket)
    why = clean(reason, "The reason", MAX_REASON) if reason.strip() else ""
    kept = replace(grades, category=" ".join(grades.category.split())[:MAX_CATEGORY])
    return tell(uow, uow.apply_one(cases.regrade(ticket, uow.desk, kept, why)), told)

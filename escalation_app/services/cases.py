"""What people owe to a case and promise to its customer, and how a ticket is graded by hand."""

from dataclasses import replace
from datetime import datetime

from escalation_app.domain import cases, lifecycle
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import Doubtful, Invalid, NotAllowed, NotFound
from escalation_app.domain.permissions import Permission, require
from escalation_app.domain.tickets import Ticket
from escalation_app.services.feasibility import doubts_in_words
from escalation_app.services.store import load_ticket
from escalation_app.services.tickets import MAX_REASON, clean, message_of, one_line, seen
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
    ticket = seen(uow, reference, Permission.OBLIGATION_UPDATE)
    owed = next((each for each in ticket.obligations if each.number == number), None)
    if owed is None:
        raise NotFound("That obligation")
    if state is ObligationState.RELEASED:
        require(uow.actor, Permission.OBLIGATION_GIVE, ticket)
    elif not uow.actor.may(Permission.OBLIGATION_GIVE):
        stand_in = uow.desk.roster.stand_in(owed.person_id)
        if uow.actor.person_id not in (owed.person_id, stand_in):
            raise NotAllowed("This is for somebody else to do.")
    why = clean(reason, "The reason", MAX_REASON) if reason.strip() else ""
    return uow.apply_one(cases.update_obligation(ticket, uow.desk, number, state, why))


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
) -> Ticket:
    """Promise the customer something by an instant ahead; without an owner it is one's own.

    Raises Doubtful where something speaks against it (domain.feasibility) and `override` does not
    say why it is promised all the same; both then stand on record.
    """
    ticket = seen(uow, reference, Permission.PROMISE_MAKE)
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
    return uow.apply_one(decision)


def _settled(doubts: tuple[str, ...], override: str) -> tuple[str, str]:
    """The doubts as one text, and why they do not count; raises Doubtful without a reason."""
    if not doubts:
        return "", ""
    if not override.strip():
        raise Doubtful(doubts)
    return " ".join(doubts), one_line(override, "The reason", MAX_TEXT)


def keep_promise(uow: UnitOfWork, reference: str, number: int) -> Ticket:
    """Say that what was promised has happened."""
    ticket = seen(uow, reference, Permission.PROMISE_MAKE)
    return uow.apply_one(cases.keep_promise(ticket, uow.desk, number))


def renegotiate_promise(
    uow: UnitOfWork,
    reference: str,
    number: int,
    due_at: datetime,
    reason: str,
    override: str = "",
) -> Ticket:
    """Agree on another time with the customer, with the reason on record; raises Doubtful as
    `make_promise` does."""
    ticket = seen(uow, reference, Permission.PROMISE_MAKE)
    assert uow.actor.person_id is not None
    why_moved = clean(reason, "The reason", MAX_REASON)
    owner = cases.require_renegotiable(ticket, uow.desk, number, due_at).owner_id
    found = doubts_in_words(uow.session, uow.desk, ticket, owner, due_at, number)
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
    return uow.apply_one(decision)


def triage_requests(uow: UnitOfWork, reference: str, outcome: str) -> Ticket:
    """Say what comes of the escalation that the customer asked for: it ends the time to triage,
    and the customer reads it as a public message.

    Raises Invalid when somebody has looked at every request already.
    """
    ticket = seen(uow, reference, Permission.ESCALATION_TRIAGE)
    require(uow.actor, Permission.MESSAGE_SEND, ticket)
    if not any(asked.is_open for asked in ticket.requests):
        raise Invalid("Somebody has looked at this request already.")
    assert uow.actor.person_id is not None
    message = message_of(uow, outcome, is_public=True)
    said = " ".join(message.body.split())[:MAX_OUTCOME]
    ticket = uow.apply_one(cases.triage_requests(ticket, uow.desk, uow.actor.person_id, said))
    ticket = load_ticket(uow.session, ticket.id)
    return uow.apply_one(lifecycle.add_message(ticket, uow.desk, message))


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
) -> Ticket:
    """Say what the ticket is about and how bad it is, with a reason where the severity becomes
    another or is not that of impact and urgency; lowering it late as in `set_severity`.

    Raises Invalid for what the process does not know, NotAllowed, Stale.
    """
    ticket = seen(uow, reference, Permission.SEVERITY_SET, revision)
    severity = cases.severity_of(ticket, uow.desk, grades)
    if cases.is_late_lowering(ticket, uow.desk, severity):
        require(uow.actor, Permission.SEVERITY_LOWER_LATE, ticket)
    why = clean(reason, "The reason", MAX_REASON) if reason.strip() else ""
    kept = replace(grades, category=" ".join(grades.category.split())[:MAX_CATEGORY])
    return uow.apply_one(cases.regrade(ticket, uow.desk, kept, why))

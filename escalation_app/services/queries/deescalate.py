"""What ending an escalation, or taking it up again, would do: the decision itself, in words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from escalation_app.domain import escalations
from escalation_app.domain.clocks import Metric
from escalation_app.domain.commitments import PromiseState
from escalation_app.domain.drafts import Desk
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.tickets import Decision, Ticket
from escalation_app.services.escalations import last_escalation
from escalation_app.services.queries.record import listed
from escalation_app.services.queries.seen_ticket import message_for, see_ticket
from escalation_app.services.unit_of_work import make_desk
from escalation_app.views.common import Sentence
from escalation_app.views.linking import EscalationTurn
from escalation_app.views.words import iso

TOLD_ENDED = (
    "What your ticket was escalated for is in hand, so the escalation is over. We go on working on "
    "it. You can ask for an escalation again at any time."
)
TOLD_AGAIN = (
    "We have escalated your ticket again, and it is looked after with priority. You will hear from "
    "us here."
)
STAYS = " What we promised you stays as it is."
"""Said too where a promise is still to be kept."""


def escalation_turn(
    session: Session, actor: Actor, reference: str, now: datetime
) -> EscalationTurn:
    """Of an escalated ticket what ending that does, else what taking up the last one again does.

    Raises NotFound as `see_ticket` does, NotAllowed, and Invalid where neither can be.
    """
    seen = see_ticket(session, actor, reference)
    ticket = seen.ticket
    require(actor, Permission.ESCALATION_END, ticket)
    desk = make_desk(session, now)
    person = actor.person_id or 0
    about = EscalationTurn(ticket.reference, ticket.subject, seen.customer, ticket.revision)
    if ticket.escalation is not None:
        ended = escalations.deescalate(ticket, desk, "", person)
        told = message_for(ticket, seen.process, TOLD_ENDED + _stays(ticket))
        return replace(about, kind="end", effects=tuple(_ends(ended, desk)), message=told)
    last = last_escalation(session, ticket.id)
    if last is None:
        return about
    again = escalations.reescalate(ticket, desk, last, reason="", requested_by=person)
    return replace(
        about,
        kind="again",
        effects=tuple(_begins(again, desk)),
        message=message_for(ticket, seen.process, TOLD_AGAIN + _stays(ticket)),
        ended_because=last.end_reason,
    )


def _stays(ticket: Ticket) -> str:
    is_promised = any(made.state is PromiseState.OPEN for made in ticket.promises)
    return STAYS if is_promised else ""


def _ends(ended: Decision, desk: Desk) -> Iterator[Sentence]:
    assert ended.before is not None
    before = ended.before
    path = None
    if before.run is not None:
        path = desk.process_of(before.run.process_version).path(before.run.path)
    if path is not None:
        yield Sentence(f"The path “{path.name}” stops; none of its steps comes any more.")
    owing = [desk.roster.name(owed.person_id) for owed in before.obligations if owed.is_owed]
    if owing:
        yield Sentence(f"What is still owed to the case is dropped: by {listed(owing)}.")
    if any(asked.is_open for asked in before.requests):
        yield Sentence("What the customer asked for counts as looked at.")
    yield from _clock_goes_on(before)
    if any(made.state is PromiseState.OPEN for made in before.promises):
        yield Sentence("What was promised to the customer is still due.")
    yield Sentence("The clocks that run now escalate nobody again; a breach stays on record.")


def _clock_goes_on(ticket: Ticket) -> Iterator[Sentence]:
    clock = ticket.clock(Metric.RESOLUTION)
    if clock is not None and clock.due_at is not None and clock.is_running:
        was = "it was due" if clock.is_breached else "due"
        yield Sentence(f"The customer's clock is not touched: {was}", iso(clock.due_at), ".")


def _begins(again: Decision, desk: Desk) -> Iterator[Sentence]:
    after = again.after
    case_ = after.escalation
    if case_ is not None and case_.manager_id is not None:
        yield Sentence(f"{desk.roster.name(case_.manager_id)} owns the case, and is told.")
    if case_ is not None and case_.executive_id is not None:
        yield Sentence(f"{desk.roster.name(case_.executive_id)} sponsors it.")
    if after.run is not None:
        path = desk.process_of(after.run.process_version).path(after.run.path)
        name = path.name if path is not None else after.run.path
        yield Sentence(f"The path “{name}” starts with its first step at once.")
    else:
        yield Sentence("Its clocks start paths again when they come to their first step.")
    yield from _clock_goes_on(after)
    yield Sentence("What was owed to the case before and dropped stays dropped.")

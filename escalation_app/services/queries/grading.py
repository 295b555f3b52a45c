"""What a person sees before they grade a ticket: the choices, and what it does to the clocks."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain import cases
from escalation_app.domain.clocks import Clock, Metric
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Ticket
from escalation_app.services.customer_time import day_and_time, zone_of_customer
from escalation_app.services.process_words import length_in_words
from escalation_app.services.queries.common import METRIC_NAMES
from escalation_app.services.queries.scope import TICKETS
from escalation_app.services.queries.seen_ticket import message_for, see_ticket
from escalation_app.services.unit_of_work import make_desk
from escalation_app.views.common import Choice
from escalation_app.views.ticket_dialogs import ClockChange, GradingChoices, GradingPreview
from escalation_app.views.words import iso

BY_MATRIX = ""
"""The value of the choice that leaves the severity to impact and urgency."""
_WHY = "A preview"


def grading_choices(session: Session, actor: Actor, reference: str) -> GradingChoices:
    """What can be chosen, and what the ticket has. Raises NotFound, NotAllowed."""
    seen = see_ticket(session, actor, reference)
    ticket, process = seen.ticket, seen.process
    require(actor, Permission.SEVERITY_SET, ticket)
    by_matrix = process.matrix.get((ticket.impact, ticket.urgency))
    known = select(TICKETS.c.category).where(TICKETS.c.category != "").distinct()
    return GradingChoices(
        categories=tuple(sorted(session.execute(known.limit(100)).scalars())),
        impacts=tuple(Choice(g.key, f"{g.name}: {g.meaning}") for g in process.impacts),
        urgencies=tuple(Choice(g.key, f"{g.name}: {g.meaning}") for g in process.urgencies),
        severities=(
            Choice(BY_MATRIX, "As impact and urgency say"),
            *(Choice(str(s.level), f"{s.key} {s.name}: {s.meaning}") for s in process.severities),
        ),
        category=ticket.category,
        impact=ticket.impact,
        urgency=ticket.urgency,
        severity=BY_MATRIX if by_matrix == ticket.severity else str(ticket.severity),
    )


def grading_preview(
    session: Session, actor: Actor, reference: str, now: datetime, grades: cases.Grades
) -> GradingPreview:
    """What grading so would do, decided as it will be and not written."""
    seen = see_ticket(session, actor, reference)
    ticket, process = seen.ticket, seen.process
    require(actor, Permission.SEVERITY_SET, ticket)
    desk = make_desk(session, now)
    try:
        after = cases.regrade(ticket, desk, grades, _WHY).after
    except BusinessError as refusal:
        return GradingPreview(words=str(refusal))
    severity = process.severity(after.severity)
    is_late = cases.is_late_lowering(ticket, desk, after.severity)
    may_not = is_late and not actor.may(Permission.SEVERITY_LOWER_LATE)
    told = _told(ticket, after, process, zone_of_customer(session, ticket))
    return GradingPreview(
        severity=severity.key,
        severity_name=severity.name.capitalize(),
        words=_words(ticket, after, process, may_not=may_not),
        changes=tuple(_changes(ticket, after)),
        needs_reason=after.severity != ticket.severity
        or after.severity != process.matrix.get((after.impact, after.urgency)),
        message=message_for(ticket, process, told) if told else "",
        has_news=bool(told) and not may_not,
    )


def _told(before: Ticket, after: Ticket, process: Process, zone: ZoneInfo) -> str:
    """What the customer could be told: of another severity, and when it is to be solved then."""
    if after.severity == before.severity:
        return ""
    name = process.severity(after.severity).name
    said = [f"We have looked at your ticket again and treat it as {name} now."]
    clock = after.clock(Metric.RESOLUTION)
    if clock is not None and clock.due_at is not None and not clock.due_by_retarget:
        said.append(f"We aim to solve it by {day_and_time(clock.due_at, zone)}.")
    if after.severity > before.severity:
        said.append("If it is more urgent for you than that, tell us here.")
    return " ".join(said)


def _words(ticket: Ticket, after: Ticket, process: Process, *, may_not: bool) -> str:
    if may_not:
        return (
            f"{cases.LATE_SHARE} % of the time to resolution is used up: only a manager lowers "
            "the severity now."
        )
    if after.severity == ticket.severity:
        return "The severity stays, and with it every clock."
    was = process.severity(ticket.severity)
    policy = process.policy_for(after.plan, after.severity)
    return f"The severity was {was.key} {was.name}. {policy.name} counts; what is used stays used."


def _changes(before: Ticket, after: Ticket) -> list[ClockChange]:
    found: list[ClockChange] = []
    for clock in after.clocks:
        earlier = before.clock_of(clock.metric, clock.cycle)
        if earlier is None or earlier.is_over:
            continue
        if (clock.target, clock.due_at, clock.is_over) != (
            earlier.target,
            earlier.due_at,
            earlier.is_over,
        ):
            found.append(_change(earlier, clock))
    return found


def _change(earlier: Clock, clock: Clock) -> ClockChange:
    return ClockChange(
        name=METRIC_NAMES[clock.metric],
        was=length_in_words(earlier.target),
        now="no longer promised" if clock.is_over else length_in_words(clock.target),
        was_at=iso(earlier.due_at),
        due_at=iso(clock.due_at),
        is_over_at_once=clock.due_by_retarget and not clock.is_over,
    )

"""The replies and macros that fit a ticket, filled in for it."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.permissions import Actor, Permission, covers, require
from escalation_app.domain.process import Process
from escalation_app.domain.replies import Macro, Placeholder, Stage, filled, stages_of
from escalation_app.domain.resolution import missing, rules_for
from escalation_app.domain.tickets import Ticket
from escalation_app.models import OrganisationRow
from escalation_app.services.criteria import resolution_of
from escalation_app.services.queries.seen_ticket import SeenTicket, message_for, see_ticket
from escalation_app.services.tables import columns
from escalation_app.views.ticket import MacroChoice, ReplyChoice

_ORGANISATIONS = columns(OrganisationRow)
SOLVED = "We believe that your ticket is solved. If it is not, answer here and it opens again."
"""What is said where the process has no reply for it."""


def reply_choices(
    session: Session, actor: Actor, reference: str, now: datetime
) -> tuple[tuple[ReplyChoice, ...], tuple[MacroChoice, ...]]:
    """What may be written on a ticket, those that fit its stage first, and the macros. A template
    that needs what the ticket has not is left out, and so is a macro that uses it.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    seen = see_ticket(session, actor, reference)
    require(actor, Permission.MESSAGE_SEND, seen.ticket)
    values = _values(session, actor, seen, now)
    stages = stages_of(seen.ticket)
    replies = [
        ReplyChoice(
            key=template.key,
            name=template.name,
            hint=f"{template.stage.replace('_', ' ')}, {template.tone}",
            text=text,
            is_suggested=template.stage in stages,
        )
        for template in seen.process.replies
        if (text := filled(template.text, values)) is not None
    ]
    replies.sort(key=lambda one: not one.is_suggested)
    texts = {one.key: one.text for one in replies}
    macros = tuple(
        MacroChoice(
            key=macro.key,
            name=macro.name,
            text=texts.get(macro.reply, ""),
            steps=tuple(_steps(session, macro, seen)),
        )
        for macro in seen.process.macros
        if (not macro.reply or macro.reply in texts) and _may(actor, macro, seen.ticket)
    )
    return tuple(replies), macros


def solved_text(session: Session, actor: Actor, seen: SeenTicket, now: datetime) -> str:
    """What resolving proposes to tell the customer: the first of the process's replies for what is
    solved, "" where the ticket's tier does not write."""
    values = _values(session, actor, seen, now)
    texts = (
        filled(template.text, values)
        for template in seen.process.replies
        if template.stage is Stage.SOLVED
    )
    found = next((text for text in texts if text is not None), SOLVED)
    return message_for(seen.ticket, seen.process, found)


def _may(actor: Actor, macro: Macro, ticket: Ticket) -> bool:
    needed = {
        Permission.TICKET_TAKE: macro.takes,
        Permission.TICKET_TAG: bool(macro.tags),
        Permission.TICKET_WAIT: macro.status is not None,
        Permission.TICKET_RESOLVE: macro.resolves,
    }
    return ticket.is_open and all(
        covers(actor, permission, ticket) for permission, is_needed in needed.items() if is_needed
    )


def _steps(session: Session, macro: Macro, seen: SeenTicket) -> Iterator[str]:
    """What a macro does, in sentences."""
    if macro.takes:
        yield "The ticket is yours."
    if macro.tags:
        yield f"It has the tags {', '.join(sorted(macro.tags))}."
    if macro.reply:
        yield f"{seen.customer} reads the text below."
    if macro.status is not None:
        name = seen.process.status_name(macro.status.value)
        yield f"The status is “{name}”, and its clocks follow."
    if macro.resolves:
        yield "It is resolved: its clocks stop, and it closes by itself later."
        if lacks := _lacking(session, macro, seen):
            yield f"Not yet: {'; '.join(lacks)}. Use Resolve for that first."


def _lacking(session: Session, macro: Macro, seen: SeenTicket) -> tuple[str, ...]:
    """What still keeps a macro from resolving an escalated ticket."""
    rules = rules_for(seen.ticket, seen.process)
    if rules is None:
        return ()
    return missing(rules, resolution_of(session, seen.ticket), macro.reply)


def _values(
    session: Session, actor: Actor, seen: SeenTicket, now: datetime
) -> dict[Placeholder, str]:
    zone = session.execute(
        select(_ORGANISATIONS.c.zone).where(_ORGANISATIONS.c.id == seen.ticket.organisation_id)
    ).scalar_one()
    return {
        Placeholder.REQUESTER: seen.requester,
        Placeholder.ORGANISATION: seen.customer,
        Placeholder.REFERENCE: seen.ticket.reference,
        Placeholder.SUBJECT: seen.ticket.subject,
        Placeholder.ME: actor.name,
        Placeholder.NEXT_UPDATE: _next_update(seen.ticket, seen.process, now, ZoneInfo(zone)),
    }


def _next_update(ticket: Ticket, process: Process, now: datetime, zone: ZoneInfo) -> str:
    """By when the customer hears from us again if they are written to now, in their own zone."""
    policy = process.policy_for(ticket.plan, ticket.severity)
    target = policy.target(ticket.severity, Metric.NEXT_UPDATE)
    if target is None:
        return ""
    due = process.calendar(policy.calendar).add(now, target).astimezone(zone)
    return f"{due:%H:%M} on {due.day} {due:%B} ({due:%Z})"

"""A ticket's page for people of ours: head, conversation, clocks, path, facts, what they may do."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Clock, Metric
from escalation_app.domain.contacts import contact_kinds, may_write
from escalation_app.domain.permissions import Actor, Permission, Role, covers
from escalation_app.domain.process import Grade, Process
from escalation_app.domain.resolution import SIDE_NAMES, CauseSide
from escalation_app.domain.tickets import WAITING_STATUSES, Status, Ticket
from escalation_app.models import (
    PersonRoleRow,
    PersonRow,
)
from escalation_app.routes import case_url, ticket_url
from escalation_app.services.contacts import contacts_of
from escalation_app.services.criteria import every_resolution
from escalation_app.services.escalations import is_concerned, last_escalation
from escalation_app.services.people import load_roster
from escalation_app.services.queries.clock_views import clock_time_left, clock_views, fold
from escalation_app.services.queries.common import (
    names_of,
    person_mark,
    severity_key,
)
from escalation_app.services.queries.contacts import contact_facts, contact_views, tools_of
from escalation_app.services.queries.conversation import PART, timeline_of
from escalation_app.services.queries.fields import field_views
from escalation_app.services.queries.links import linked_tickets
from escalation_app.services.queries.path_views import path_view
from escalation_app.services.queries.record import KIND_NAMES
from escalation_app.services.queries.seen_ticket import SeenTicket, see_ticket, team_name, tier_name
from escalation_app.services.tables import columns
from escalation_app.views.common import Sentence, TimeLeft
from escalation_app.views.ticket import (
    Fact,
    RequestView,
    TicketAbilities,
    TicketHead,
    TicketPage,
)
from escalation_app.views.words import iso

_PEOPLE = columns(PersonRow)
_ROLES = columns(PersonRoleRow)
_ENDS = Permission.ESCALATION_END


def ticket_page(
    session: Session, actor: Actor, reference: str, now: datetime, shown: int = PART
) -> TicketPage:
    """The page of a ticket with its latest `shown` messages and events.

    Raises NotFound for a reference nobody has, and for a ticket the actor does not see.
    """
    seen = see_ticket(session, actor, reference)
    ticket, process = seen.ticket, seen.process
    may = abilities(actor, ticket, process)
    if may.can_acknowledge and not is_concerned(session, actor, ticket, load_roster(session, now)):
        may = replace(may, can_acknowledge=False)
    if ticket.is_open and ticket.escalation is None and covers(actor, _ENDS, ticket):
        may = replace(may, can_reescalate=last_escalation(session, ticket.id) is not None)
    timeline, earlier = timeline_of(session, actor, seen, shown)
    logged = contacts_of(session, ticket.id)
    path = path_view(session, ticket, now, may_acknowledge=may.can_acknowledge)
    goes_on, links = linked_tickets(session, ticket.id)
    clocks, more_clocks = fold(clock_views(ticket, process, now, _owing(session, ticket)))
    return TicketPage(
        head=_head(session, seen, has_path=path.is_active),
        may=may,
        timeline=timeline,
        earlier=earlier,
        clocks=clocks,
        more_clocks=more_clocks,
        calendar=_calendar_name(ticket, process),
        path=path,
        facts=(*_facts(session, seen), *contact_facts(logged)),
        audience=_audience(session, seen),
        reply_effect=_reply_effect(actor, ticket),
        note_effect=_note_effect(ticket),
        request=request_view(session, seen, now),
        fields=field_views(session, ticket, process),
        contacts=contact_views(session, actor, logged),
        tools=tools_of(ticket, process),
        goes_on_in=goes_on,
        links=links,
    )


def abilities(actor: Actor, ticket: Ticket, process: Process) -> TicketAbilities:
    """What the actor may do with the ticket as it stands; the services decide again."""

    def may(permission: Permission) -> bool:
        return covers(actor, permission, ticket)

    is_open = ticket.is_open
    case = ticket.escalation
    is_ours = ticket.status is not Status.CLOSED
    return TicketAbilities(
        can_assign=is_open and may(Permission.TICKET_ASSIGN),
        can_take=is_open and may(Permission.TICKET_TAKE) and ticket.assignee_id != actor.person_id,
        can_reply=is_ours and may(Permission.MESSAGE_SEND) and may_write(ticket, process),
        can_note=is_ours and may(Permission.NOTE_WRITE),
        can_wait=is_open and may(Permission.TICKET_WAIT),
        can_resume=ticket.status in WAITING_STATUSES and may(Permission.TICKET_WAIT),
        can_resolve=is_open and may(Permission.TICKET_RESOLVE),
        can_reopen=ticket.status is Status.RESOLVED and may(Permission.TICKET_RESOLVE),
        can_escalate=is_open and may(Permission.TICKET_ESCALATE),
        can_acknowledge=case is not None
        and case.acknowledged_at is None
        and may(Permission.ESCALATION_ACKNOWLEDGE),
        can_deescalate=case is not None and may(Permission.ESCALATION_END),
        can_triage=any(asked.is_open for asked in ticket.requests)
        and may(Permission.ESCALATION_TRIAGE),
        is_gated=is_open and case is not None and process.resolution is not None,
        can_grade=is_open and may(Permission.SEVERITY_SET),
        can_log=is_ours and may(Permission.CONTACT_LOG) and bool(contact_kinds(ticket, process)),
        can_fill=is_ours and may(Permission.FIELDS_FILL),
        can_link=is_ours and may(Permission.TICKET_LINK),
        can_split=is_open and may(Permission.TICKET_SPLIT),
        can_merge=is_open and may(Permission.TICKET_MERGE),
    )


def _head(session: Session, seen: SeenTicket, *, has_path: bool) -> TicketHead:
    ticket, process = seen.ticket, seen.process
    severity, severity_name = severity_key(process, ticket.severity)
    names = names_of(session, [ticket.assignee_id])
    return TicketHead(
        ref=ticket.reference,
        url=ticket_url(ticket.reference),
        subject=ticket.subject,
        severity=severity,
        severity_name=severity_name.capitalize(),
        customer=seen.customer,
        plan=process.plan(ticket.plan).name,
        tier=f"T{ticket.tier}",
        tier_name=tier_name(process, ticket.tier),
        team=team_name(process, ticket.team),
        status=ticket.status.value,
        status_name=process.status_name(ticket.status.value).capitalize(),
        assignee=person_mark(ticket.assignee_id, names.get(ticket.assignee_id or 0)),
        has_path=has_path,
        is_escalated=ticket.escalation is not None,
        case_url="" if ticket.escalation is None else case_url(ticket.reference),
        version=ticket.revision,
    )


def _owing(session: Session, ticket: Ticket) -> dict[int, str]:
    """The names of those who owe something to the case or promised something to the customer."""
    owing = [owed.person_id for owed in ticket.obligations]
    return names_of(session, [*owing, *(made.owner_id for made in ticket.promises)])


def _calendar_name(ticket: Ticket, process: Process) -> str:
    policy = process.policy_for(ticket.plan, ticket.severity)
    return next(spec.name for spec in process.calendars if spec.key == policy.calendar)


def request_view(session: Session, seen: SeenTicket, now: datetime) -> RequestView:
    """The latest request that waits, with the clock of the earliest."""
    waiting = [asked for asked in seen.ticket.requests if asked.is_open]
    if not waiting:
        return RequestView()
    latest = waiting[-1]
    names = names_of(session, [latest.requested_by])
    clock = seen.ticket.clock_of(Metric.TRIAGE, waiting[0].number)
    left = TimeLeft()
    if clock is not None:
        left = clock_time_left(clock, seen.process.calendar(clock.calendar), now)
    return RequestView(
        who=f"{names.get(latest.requested_by, 'Somebody')}, {seen.customer}",
        at=iso(latest.requested_at),
        reason=latest.reason,
        time_left=left,
    )


# Facts -----------------------------------------------------------------------------------------


def _facts(session: Session, seen: SeenTicket) -> tuple[Fact, ...]:
    ticket, process = seen.ticket, seen.process
    impact, urgency = (
        _grade(process.impacts, ticket.impact),
        _grade(process.urgencies, ticket.urgency),
    )
    facts = [
        Fact("Impact", impact),
        Fact("Urgency", urgency),
        Fact("Requester", f"{seen.requester}, {seen.customer}"),
        Fact("Channel", seen.channel.replace("_", " ")),
    ]
    if seen.category:
        facts.append(Fact("Category", seen.category))
    facts.append(Fact("Opened", at=iso(ticket.created_at)))
    if ticket.resolved_at is not None:
        facts.append(Fact("Resolved", at=iso(ticket.resolved_at)))
    if ticket.close_at is not None:
        facts.append(Fact("Closes by itself", at=iso(ticket.close_at)))
    facts += _case_facts(session, ticket)
    facts += _resolution_facts(session, ticket, process)
    facts.append(Fact("Policy", process.why_policy(ticket.plan, ticket.severity)))
    facts.append(Fact("Process", f"version {ticket.process_version}", url="/process"))
    if seen.source_ref:
        facts.append(Fact("Comes from", f"{seen.source} {seen.source_ref}"))
    return tuple(facts)


def _case_facts(session: Session, ticket: Ticket) -> Iterable[Fact]:
    case = ticket.escalation
    if case is None:
        return
    names = names_of(session, [case.manager_id, case.executive_id, case.acknowledged_by])
    yield Fact("Escalated", f"{KIND_NAMES[case.kind]}, since ", at=iso(case.started_at))
    for label, key in (
        ("Case owner", case.manager_id),
        ("Executive", case.executive_id),
        ("Acknowledged", case.acknowledged_by),
    ):
        if key is not None:
            yield Fact(label, names.get(key, "somebody"))


def _resolution_facts(session: Session, ticket: Ticket, process: Process) -> Iterable[Fact]:
    """The latest root cause that is written down, and all that is to keep it away."""
    every = every_resolution(session, ticket)
    noted = next((one for one in every if one.cause), None)
    if noted is not None:
        side = SIDE_NAMES[CauseSide(noted.side)] if noted.side else "side not known"
        category = noted.category or "no category"
        if process.resolution is not None:
            category = process.resolution.causes.get(category, category)
        yield Fact("Root cause", f"{noted.cause} ({category}, {side})")
    prevented = [one for one in every if one.prevention]
    names = names_of(session, [one.prevention_owner_id for one in prevented])
    for one in prevented:
        owner = names.get(one.prevention_owner_id or 0, "somebody")
        what = f"{one.prevention.rstrip('.')}: {owner}, by "
        yield Fact("Prevention", what, at=iso(one.prevention_due_at))


def _grade(grades: Iterable[Grade], key: str) -> str:
    return next((grade.name for grade in grades if grade.key == key), key)


def _audience(session: Session, seen: SeenTicket) -> str:
    """Who reads a public reply: the requester, and those who see all of their organisation's."""
    leads = session.execute(
        select(func.count())
        .select_from(_PEOPLE)
        .join(_ROLES, _ROLES.c.person_id == _PEOPLE.c.id)
        .where(
            _PEOPLE.c.organisation_id == seen.ticket.organisation_id,
            _PEOPLE.c.is_active.is_(True),
            _PEOPLE.c.id != seen.ticket.requester_id,
            _ROLES.c.role == Role.CUSTOMER_LEAD.value,
        )
    ).scalar_one()
    return f"{seen.requester} and {leads} more" if leads else seen.requester


def _reply_effect(actor: Actor, ticket: Ticket) -> Sentence:
    """What the next public message of the actor ends, the most wanted first."""
    for clock, on_time, late in _ended_by_reply(actor, ticket):
        if clock is not None and clock.is_running:
            is_late = clock.is_breached
            return Sentence(late) if is_late else Sentence(f"{on_time}, due", iso(clock.due_at))
    return Sentence()


def _ended_by_reply(actor: Actor, ticket: Ticket) -> Iterator[tuple[Clock | None, str, str]]:
    """The clocks that a public message may end, and what is said of it in time and too late."""
    yield (
        ticket.clock(Metric.FIRST_RESPONSE),
        "Meets the first response",
        "Ends the wait for a first response.",
    )
    for owed in ticket.obligations:
        if owed.is_call and owed.is_owed and owed.person_id == actor.person_id:
            call = ticket.clock_of(Metric.OBLIGATION, owed.number)
            yield call, "Says that you have called", "Says that you have called, though late."
    yield ticket.clock(Metric.NEXT_REPLY), "Answers the customer", "Ends the wait for an answer."
    yield ticket.clock(Metric.NEXT_UPDATE), "Is the next update", "Ends the silence."


def _note_effect(ticket: Ticket) -> Sentence:
    clock = ticket.clock(Metric.FIRST_RESPONSE)
    if clock is None or not clock.is_running:
        return Sentence()
    was = "was" if clock.is_breached else "stays"
    return Sentence(f"The first response {was} due", iso(clock.due_at))

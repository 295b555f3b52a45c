"""The tickets of a customer, page by page."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.permissions import Actor, Permission, Scope, require
from escalation_app.domain.tickets import Status
from escalation_app.models import EscalationRow, OrganisationRow, PersonRow
from escalation_app.routes import status_url
from escalation_app.services.queries.common import pressing_time_left
from escalation_app.services.queries.customer_reader import in_their_words
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.tables import columns
from escalation_app.views.common import TimeLeft
from escalation_app.views.customer import CustomerPage, CustomerTicketRow
from escalation_app.views.words import iso

_CASES = columns(EscalationRow)
_ORGANISATIONS = columns(OrganisationRow)
_PEOPLE = columns(PersonRow)

PAGE = 25
"""Tickets on one page of the list."""
STATUS_WORDS: Mapping[Status, str] = {
    Status.NEW: "received",
    Status.OPEN: "being worked on",
    Status.WAITING_CUSTOMER: "waiting for your answer",
    Status.WAITING_SUPPLIER: "waiting for a supplier",
    Status.RESOLVED: "solved",
    Status.CLOSED: "closed",
}
_DONE = (Status.RESOLVED, Status.CLOSED)


def my_tickets(session: Session, actor: Actor, view: str = "open", number: int = 0) -> CustomerPage:
    """A page of the tickets the actor reported; of all their organisation's for a lead.

    `view`: open, done, or mine (a lead's own, open and done). `number` counts pages from 0; one
    past the end gives the last. What waits for an answer comes first, then the latest news.
    """
    require(actor, Permission.TICKET_OPEN)
    counts = {
        bool(is_open): int(count)
        for is_open, count in session.execute(
            select(TICKETS.c.is_open, func.count())
            .where(visible(actor))
            .group_by(TICKETS.c.is_open)
        )
    }
    wanted = _wanted(actor, view)
    total = int(session.execute(select(func.count()).where(wanted)).scalar_one())
    number = max(0, min(number, (total - 1) // PAGE))
    rows = _ticket_rows(session, actor, wanted, number)
    return CustomerPage(
        rows=rows,
        view=view,
        open=counts.get(True, 0),
        done=counts.get(False, 0),
        total=total,
        number=number,
        first=number * PAGE + 1 if rows else 0,
        last=number * PAGE + len(rows),
        has_previous=number > 0,
        has_next=(number + 1) * PAGE < total,
        empty="" if rows else "nothing_yet" if not counts else "nothing_here",
        organisation=_organisation_of_lead(session, actor),
    )


def _wanted(actor: Actor, view: str) -> ColumnElement[bool]:
    if view == "mine":
        return and_(visible(actor), TICKETS.c.requester_id == actor.person_id)
    return and_(visible(actor), TICKETS.c.is_open.is_(view != "done"))


def _ticket_rows(
    session: Session, actor: Actor, wanted: ColumnElement[bool], number: int
) -> tuple[CustomerTicketRow, ...]:
    news_at: Any = func.coalesce(
        TICKETS.c.closed_at, TICKETS.c.resolved_at, TICKETS.c.last_contact_at, TICKETS.c.created_at
    )
    waits = case((TICKETS.c.status == Status.WAITING_CUSTOMER, 0), (TICKETS.c.is_open, 1), else_=2)
    rows = session.execute(
        select(
            TICKETS,
            _PEOPLE.c.name.label("reporter"),
            _has_manager().label("has_manager"),
        )
        .join(_PEOPLE, _PEOPLE.c.id == TICKETS.c.requester_id)
        .where(wanted)
        .order_by(waits, news_at.desc(), TICKETS.c.id.desc())
        .limit(PAGE)
        .offset(number * PAGE)
    )
    return tuple(_ticket_row(row, actor) for row in rows)


def _has_manager() -> ColumnElement[bool]:
    """SQL: a manager answers for the ticket, which its customer is told."""
    return exists().where(
        _CASES.c.ticket_id == TICKETS.c.id,
        _CASES.c.ended_at.is_(None),
        _CASES.c.manager_id.is_not(None),
    )


_TO_HEAR = (Metric.FIRST_RESPONSE, Metric.NEXT_REPLY, Metric.NEXT_UPDATE)
"""The clocks that end with a message of ours."""


def _ticket_row(row: Any, actor: Actor) -> CustomerTicketRow:
    status = Status(row.status)
    awaits_answer = row.pressing_metric in _TO_HEAR
    return CustomerTicketRow(
        ref=row.reference,
        url=status_url(row.reference),
        subject=row.subject,
        status_words=STATUS_WORDS[status],
        reporter=row.reporter,
        is_mine=row.requester_id == actor.person_id,
        is_open=row.is_open,
        needs_answer=status is Status.WAITING_CUSTOMER,
        is_escalated=row.is_open and row.has_manager,
        promised=in_their_words(pressing_time_left(row)) if row.is_open else TimeLeft(),
        next_update_at=iso(row.pressing_due_at) if row.is_open and awaits_answer else "",
        changed_at=iso(row.closed_at or row.resolved_at or row.last_contact_at or row.created_at),
    )


def _organisation_of_lead(session: Session, actor: Actor) -> str:
    """The organisation whose tickets the actor sees; "" for one who sees their own."""
    if actor.grants.get(Permission.TICKET_SEE) is not Scope.ORGANISATION:
        return ""
    name = session.execute(
        select(_ORGANISATIONS.c.name).where(_ORGANISATIONS.c.id == actor.organisation_id)
    ).scalar_one_or_none()
    return name or ""

"""A ticket as one of its customer's reads it, and a time that is left in their words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Clock, ClockState, Metric
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Status, Ticket
from escalation_app.models import EventRow, PersonRow
from escalation_app.services.links import goes_on_in, reference_of
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.common import names_of
from escalation_app.services.store import load_tickets
from escalation_app.services.tables import columns
from escalation_app.views.common import TimeLeft
from escalation_app.views.words import time_left_words

ASKED = (EventKind.ESCALATION_STARTED, EventKind.ESCALATION_JOINED)
"""How an escalation that somebody asked for is recorded."""
WAITS_FOR_YOU = "waiting for your answer"

_EVENTS = columns(EventRow)
_PEOPLE = columns(PersonRow)


def in_their_words(left: TimeLeft) -> TimeLeft:
    """A badge in the customer's words."""
    if left.state == "paused":
        return replace(
            left,
            words=time_left_words("paused", 0, WAITS_FOR_YOU),
            pause_reason=WAITS_FOR_YOU,
            metric="",
        )
    if left.state == "overpaused":
        return replace(left, pause_reason=WAITS_FOR_YOU, metric="")
    if left.state == "met":
        return replace(left, words="kept", metric="")
    if left.state == "none":
        return TimeLeft()
    return replace(left, metric="")


@dataclass(frozen=True, slots=True)
class CustomerReader:
    """A ticket and who reads about it."""

    ticket: Ticket
    process: Process
    run_process: Process
    actor: Actor
    requester: str
    names: Mapping[int, str]
    asked_at: datetime | None
    """When a customer last asked for the escalation that is under way."""
    goes_on_in: str
    """The reference of the ticket it was merged into, "" when it was not."""

    @property
    def holder(self) -> str:
        return self._name(self.ticket.assignee_id)

    @property
    def manager(self) -> str:
        return self._name(
            None if self.ticket.escalation is None else self.ticket.escalation.manager_id
        )

    def _name(self, key: int | None) -> str:
        return "" if key is None else self.names.get(key, "")

    def clock(self, metric: Metric) -> Clock | None:
        """The metric's latest clock, unless it was cancelled."""
        clock = self.ticket.clock(metric)
        return None if clock is None or clock.state is ClockState.CANCELLED else clock


def reader_of(session: Session, actor: Actor, key: int) -> CustomerReader:
    """A ticket that the actor sees, by its id, and what is said of it to them."""
    ticket = load_tickets(session, [key], to_change=False)[key]
    case_ = ticket.escalation
    people = [ticket.assignee_id, ticket.requester_id]
    if case_ is not None:
        people += [case_.manager_id, case_.acknowledged_by]
    people += [asked.triaged_by for asked in ticket.requests]
    names = names_of(session, people)
    run = ticket.run
    return CustomerReader(
        ticket=ticket,
        process=process_of(session, ticket.process_version),
        run_process=process_of(
            session, ticket.process_version if run is None else run.process_version
        ),
        actor=actor,
        requester=names.get(ticket.requester_id, ""),
        names=names,
        asked_at=_asked_at(session, ticket),
        goes_on_in=_goes_on_in(session, ticket),
    )


def _goes_on_in(session: Session, ticket: Ticket) -> str:
    if ticket.status is not Status.CLOSED:
        return ""
    into = goes_on_in(session, ticket.id)
    return "" if into == ticket.id else reference_of(session, into)


def _asked_at(session: Session, ticket: Ticket) -> datetime | None:
    if ticket.escalation is None:
        return None
    return session.execute(
        select(func.max(_EVENTS.c.at)).where(
            _EVENTS.c.ticket_id == ticket.id,
            asked_by_customer(ticket),
            _EVENTS.c.at >= ticket.escalation.started_at,
        )
    ).scalar_one_or_none()


def asked_by_customer(ticket: Ticket) -> ColumnElement[bool]:
    """SQL: an event by which somebody of the customer's escalated."""
    theirs = select(_PEOPLE.c.id).where(_PEOPLE.c.organisation_id == ticket.organisation_id)
    return and_(
        _EVENTS.c.kind.in_(ASKED),
        or_(_EVENTS.c.actor_id == ticket.requester_id, _EVENTS.c.actor_id.in_(theirs)),
    )

"""The war room of one escalated ticket: who leads it, who owes what, what is promised and said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.contacts import may_write
from escalation_app.domain.errors import NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.nudges import may_follow
from escalation_app.domain.permissions import Actor, Permission, covers, require
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import Status, Ticket
from escalation_app.models import EscalationRow, EventRow, MessageRow
from escalation_app.routes import ticket_url
from escalation_app.services.escalations import is_concerned
from escalation_app.services.people import load_roster
from escalation_app.services.queries.case_parts import cadence, duties, duty_words
from escalation_app.services.queries.clock_views import clock_time_left
from escalation_app.services.queries.common import (
    how_many,
    latest,
    names_of,
    person_mark,
    severity_key,
)
from escalation_app.services.queries.conversation import event_item, message_item
from escalation_app.services.queries.files import files_of
from escalation_app.services.queries.path_views import path_view, said_acknowledged
from escalation_app.services.queries.promises import kept_rates, promise_lines, promise_words
from escalation_app.services.queries.record import (
    KIND_NAMES,
    SPOKEN,
    Happening,
    in_words,
    reason_words,
    told_ids,
)
from escalation_app.services.queries.seen_ticket import SeenTicket, see_ticket
from escalation_app.services.queries.undone import undone_revisions
from escalation_app.services.queries.update_draft import update_draft
from escalation_app.services.tables import columns
from escalation_app.views.case import CaseAbilities, CaseHead, CasePage, DecisionLine
from escalation_app.views.clocks import PathStepView, PathView
from escalation_app.views.common import PersonMark, Sentence, TimeLeft
from escalation_app.views.ticket import TimelineItem
from escalation_app.views.words import iso

SAID = 6
"""Messages shown at first, and added each time earlier ones are asked for."""
MOVED = 8
"""Events under "What moved"."""
MOST_DECISIONS = 40

_CASES = columns(EscalationRow)
_EVENTS = columns(EventRow)
_MESSAGES = columns(MessageRow)

_DECIDED = (
    EventKind.DECISION_RECORDED,
    EventKind.ESCALATION_STARTED,
    EventKind.ESCALATION_ASSIGNED,
    EventKind.SPONSOR_NAMED,
    EventKind.ESCALATION_TRIAGED,
    EventKind.SEVERITY_CHANGED,
    EventKind.ESCALATION_ENDED,
)
"""What stands in the log of decisions."""


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A ticket with its newest escalation as a row, and the people around it."""

    seen: SeenTicket
    row: Any
    roster: Roster
    actor: Actor
    now: datetime

    @property
    def ticket(self) -> Ticket:
        return self.seen.ticket

    @property
    def is_over(self) -> bool:
        return self.row.ended_at is not None


def case_page(
    session: Session, actor: Actor, reference: str, now: datetime, shown: int = SAID
) -> CasePage:
    """The war room, with the latest `shown` messages to and from the customer.

    Raises NotFound for a reference nobody has, for a ticket the actor does not see, and for one
    that was never escalated; NotAllowed without the permission to see cases.
    """
    case_ = see_case(session, actor, reference, now)
    ticket = case_.ticket
    may = case_abilities(session, case_)
    rows = duties(session, case_.seen, case_.roster, actor, now, is_over=case_.is_over)
    promises = promise_lines(session, case_.seen, actor, now)
    said, earlier = _said(session, case_, shown)
    return CasePage(
        head=case_head(session, case_),
        may=may,
        path=_path(session, case_),
        duties=rows,
        duty_words=duty_words(rows),
        promises=promises,
        promise_words=promise_words(promises),
        kept=kept_rates(session, ticket, case_.seen.customer, now),
        cadence=replace(
            cadence(ticket, case_.seen.process, now), draft=update_draft(session, ticket, now)
        ),
        decisions=_decisions(session, case_),
        said=said,
        earlier=earlier,
        moved=latest_moves(session, case_),
    )


def see_case(session: Session, actor: Actor, reference: str, now: datetime) -> SeenCase:
    """A case read for a screen; raises as `case_page` does."""
    require(actor, Permission.CASE_SEE)
    seen = see_ticket(session, actor, reference)
    row = session.execute(
        select(_CASES)
        .where(_CASES.c.ticket_id == seen.ticket.id)
        .order_by(_CASES.c.ended_at.is_not(None), _CASES.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound("That case")
    return SeenCase(seen, row, load_roster(session, now), actor, now)


def case_abilities(session: Session, case_: SeenCase) -> CaseAbilities:
    """What the reader may do with the case now."""
    ticket, actor = case_.ticket, case_.actor
    active = ticket.escalation

    def may(permission: Permission) -> bool:
        return covers(actor, permission, ticket)

    is_silent = active is not None and active.acknowledged_at is None
    concerns = is_silent and is_concerned(session, actor, ticket, case_.roster)
    can_nudge = is_silent and may(Permission.NUDGE_SEND)
    return CaseAbilities(
        can_list=actor.may(Permission.ESCALATION_SEE),
        can_oblige=active is not None and may(Permission.OBLIGATION_GIVE),
        can_promise=ticket.is_open and may(Permission.PROMISE_MAKE),
        can_decide=active is not None and may(Permission.DECISION_RECORD),
        can_assign=active is not None and may(Permission.ESCALATION_ASSIGN),
        can_end=active is not None and may(Permission.ESCALATION_END),
        can_begin_again=active is None and ticket.is_open and may(Permission.ESCALATION_END),
        can_update=ticket.status is not Status.CLOSED
        and may(Permission.MESSAGE_SEND)
        and may_write(ticket, case_.seen.process),
        can_acknowledge=concerns and may(Permission.ESCALATION_ACKNOWLEDGE),
        can_nudge=can_nudge
        and active is not None
        and may_follow(active.nudged_at, case_.now)
        and (active.manager_id is None or active.manager_id != actor.person_id),
    )


def case_head(session: Session, case_: SeenCase) -> CaseHead:
    """Its top: who leads it, how long there is, who has acknowledged it."""
    ticket, process, row = case_.ticket, case_.seen.process, case_.row
    names = names_of(session, [row.manager_id, row.executive_id, row.acknowledged_by])
    severity, severity_name = severity_key(process, ticket.severity)
    clock = ticket.clock(Metric.RESOLUTION)
    return CaseHead(
        ref=ticket.reference,
        ticket_url=ticket_url(ticket.reference),
        subject=ticket.subject,
        severity=severity,
        severity_name=severity_name.capitalize(),
        customer=case_.seen.customer,
        requester=case_.seen.requester,
        opened_at=iso(ticket.created_at),
        escalated_at=iso(row.started_at),
        kind_name=KIND_NAMES[row.kind],
        why=reason_words(row.reason),
        status_name=process.status_name(ticket.status.value),
        owner=_mark(case_, row.manager_id, names),
        sponsor=_mark(case_, row.executive_id, names),
        resolution=TimeLeft()
        if clock is None
        else clock_time_left(clock, process.calendar(clock.calendar), case_.now),
        acknowledged=_acknowledged(row, names),
        is_acknowledged=row.acknowledged_at is not None,
        nudged_at=iso(row.nudged_at),
        is_over=case_.is_over,
        end=Sentence("The escalation ended at", iso(row.ended_at), f": {row.end_reason}")
        if case_.is_over
        else Sentence(),
        version=ticket.revision,
    )


def _mark(case_: SeenCase, key: int | None, names: Mapping[int, str]) -> PersonMark:
    """A leader of the case, with who stands in while they are away."""
    if key is None:
        return PersonMark()
    there = case_.roster.stand_in(key)
    if key == case_.actor.person_id:
        hint = "you"
    elif there == key:
        hint = ""
    else:
        hint = "away" if there is None else f"away, {case_.roster.name(there)} stands in"
    return person_mark(key, names.get(key), hint)


def _acknowledged(row: Any, names: Mapping[int, str]) -> Sentence:
    if row.acknowledged_at is None:
        return Sentence("Nobody yet")
    return Sentence(names.get(row.acknowledged_by, "Somebody"), iso(row.acknowledged_at))


# The path --------------------------------------------------------------------------------------


def _path(session: Session, case_: SeenCase) -> PathView:
    """The ticket's path, each step with who acknowledged it while it was the latest."""
    view = path_view(session, case_.ticket, case_.now, may_acknowledge=False)
    answers = session.execute(
        select(_EVENTS.c.at, _EVENTS.c.data, _EVENTS.c.actor_name, _EVENTS.c.revision)
        .where(
            _EVENTS.c.ticket_id == case_.ticket.id,
            _EVENTS.c.kind == EventKind.ESCALATION_ACKNOWLEDGED.value,
            _EVENTS.c.at >= case_.row.started_at,
        )
        .order_by(_EVENTS.c.at, _EVENTS.c.id)
    ).all()
    undone = undone_revisions(session, case_.ticket.id)
    starts = [step.at if step.state in ("done", "now", "nobody") else "" for step in view.steps]
    steps = [
        _answered(
            step,
            [
                (str(row.data.get("by") or row.actor_name), iso(row.at))
                for row in answers
                if row.revision not in undone
                and starts[place]
                and starts[place] <= iso(row.at) < _next(starts, place)
            ],
        )
        for place, step in enumerate(view.steps)
    ]
    return replace(view, steps=tuple(steps))


def _answered(step: PathStepView, answers: Sequence[tuple[str, str]]) -> PathStepView:
    """A step with who acknowledged it when, which then is not said without a time as well."""
    text = step.text
    for name, _ in answers:
        text = text.replace(f"{said_acknowledged(name)}.", "").strip()
    notes = (Sentence(f"{name} acknowledged at", at) for name, at in answers)
    return replace(step, text=text, notes=(*step.notes, *notes))


_NEVER = "9999"
"""Sorts behind the text of every real instant."""


def _next(starts: list[str], place: int) -> str:
    """When the step after this one was taken."""
    return next((at for at in starts[place + 1 :] if at), _NEVER)


# What was decided, said and done ---------------------------------------------------------------


def _decisions(session: Session, case_: SeenCase) -> tuple[DecisionLine, ...]:
    """What people have decided about the ticket and not taken back, newest first."""
    of_case = _EVENTS.c.ticket_id == case_.ticket.id
    decided = of_case & _EVENTS.c.kind.in_([kind.value for kind in _DECIDED])
    rows = latest(session, _EVENTS, decided, MOST_DECISIONS)
    undone = undone_revisions(session, case_.ticket.id)
    return tuple(_decision(case_, row) for row in rows if row.revision not in undone)


def _decision(case_: SeenCase, row: Any) -> DecisionLine:
    if row.kind == EventKind.DECISION_RECORDED:
        by = str(row.data.get("decided_by") or row.actor_name)
        wrote = "" if by == row.actor_name else f", written down by {row.actor_name}"
        return DecisionLine(
            key=str(row.id),
            at=iso(row.at),
            title=str(row.data.get("text", "")),
            text=f"{by}{wrote}: {row.data.get('why', '')}",
            is_recorded=True,
        )
    told = in_words(Happening(row.kind, row.actor_name, row.data, case_.seen.process, {}))
    return DecisionLine(str(row.id), iso(row.at), told.title, told.text)


def _said(session: Session, case_: SeenCase, shown: int) -> tuple[tuple[TimelineItem, ...], int]:
    """The latest public messages, newest first, and how many come before them."""
    public = (_MESSAGES.c.ticket_id == case_.ticket.id) & _MESSAGES.c.is_public.is_(True)
    rows = latest(session, _MESSAGES, public, shown)
    total = how_many(session, public)
    files = files_of(session, [row.id for row in rows])
    said = (message_item(row, case_.seen.customer, files.get(row.id, ())) for row in rows)
    return tuple(said), total - len(rows)


def latest_moves(session: Session, case_: SeenCase, most: int = MOVED) -> tuple[TimelineItem, ...]:
    """What happened last besides what was said, newest first."""
    happened = (_EVENTS.c.ticket_id == case_.ticket.id) & _EVENTS.c.kind.not_in(SPOKEN)
    rows = latest(session, _EVENTS, happened, most)
    names = names_of(session, [one for row in rows for one in told_ids(row.data)])
    return tuple(event_item(row, case_.seen.process, names) for row in rows)

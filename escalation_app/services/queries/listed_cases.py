"""Which escalations are listed for a reader, and what each of them asks of the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.permissions import Actor, Permission, Role
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import (
    ClockRow,
    EscalationRequestRow,
    OrganisationRow,
    PathRunRow,
    PathStepRow,
    PersonRow,
)
from escalation_app.models import EscalationRow as CaseRow
from escalation_app.services.people import load_roster
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.case_marks import CaseMarks, case_marks
from escalation_app.services.queries.common import is_clock_of, once, pressing_time_left
from escalation_app.services.queries.escalations_filter import EVERYTHING, BoardFilter
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.tables import columns
from escalation_app.views.common import TimeLeft

_CASES = columns(CaseRow)
_CLOCKS: Any = columns(ClockRow)
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_REQUESTS = columns(EscalationRequestRow)
_ORGANISATIONS = columns(OrganisationRow)
_MANAGERS = columns(PersonRow).alias("manager")
_EXECUTIVES = columns(PersonRow).alias("executive")
_ACKNOWLEDGERS = columns(PersonRow).alias("acknowledger")

AT_MOST = 60
"""Escalations the list shows at first, the most pressing ones; its figures count all of them."""
ENOUGH = 10
"""So many that need the reader are enough; with fewer, as many that the reader leads are looked for
behind the others. What customers asked for is always looked for: it has a clock of its own."""
LOOKED_AT = 500
"""Among how many those are looked for to which the list is narrowed, the most pressing ones, and
those that the reader leads, the newest."""


class Rights(NamedTuple):
    """Whether the reader may acknowledge a case (services.escalations), assign it, end it, and
    answer what its customer asked for."""

    acknowledge: bool
    assign: bool
    end: bool
    triage: bool

    @property
    def needs_reader(self) -> bool:
        """The reader is to acknowledge it, or to answer its customer."""
        return self.acknowledge or self.triage


@dataclass(frozen=True, slots=True)
class ListedCase:
    """An escalated ticket's row, what is owed in it, and what the reader may do with it."""

    row: Any
    marks: CaseMarks
    rights: Rights

    @property
    def presses_at(self) -> datetime:
        """When what is most urgent in it is due."""
        asked_at = self.marks.answer_due_at
        return self.row.sort_at if asked_at is None else min(asked_at, self.row.sort_at)

    @property
    def time_left(self) -> TimeLeft:
        """The badge of its most pressing clock; the time to answer a request counts as one."""
        asked_at = self.marks.answer_due_at
        if asked_at is not None and asked_at <= self.row.sort_at:
            return self.marks.answer
        return pressing_time_left(self.row)


def listed_cases(
    session: Session, actor: Actor, now: datetime, wanted: BoardFilter = EVERYTHING
) -> list[ListedCase]:
    """The active escalations that are wanted and the reader sees: those that need the reader
    before all others, each part by what presses most. The caller may see escalations."""
    places = places_of(session, actor, now)
    roster = _roster(session, now)

    def listed(rows: Sequence[Any]) -> list[ListedCase]:
        if not rows:
            return []
        ids = tuple(row.id for row in rows)
        told = _told_by_steps(session, rows)
        marks = once(session, ("case marks", ids), partial(case_marks, session, ids, now))
        rights = (
            _rights(row, actor, places, told.get(row.id, frozenset()), roster) for row in rows
        )
        return [ListedCase(row, marks[row.id], may) for row, may in zip(rows, rights, strict=True)]

    cases = listed(_most_pressing(session, actor, wanted, places))
    if len(cases) == most_read(wanted):
        known = {one.row.id for one in cases}
        asked = _asked(session, actor, known)
        cases += listed(_those(session, actor, wanted, places, asked))
        if sum(one.rights.needs_reader for one in cases) < ENOUGH:
            led = _led(session, places, known.union(asked), wanted)
            cases += listed(_those(session, actor, wanted, places, led)[:ENOUGH])
    return sorted(cases, key=lambda case_: (not case_.rights.needs_reader, case_.presses_at))


def _most_pressing(
    session: Session, actor: Actor, wanted: BoardFilter, places: frozenset[int]
) -> Sequence[Any]:
    """Those that press most, which are the same for many readers."""
    mine = places if wanted.whose == "mine" else None
    listed = (wanted.whose, wanted.kind, wanted.department, most_read(wanted))
    return once(
        session,
        ("escalations", scope_key(actor), listed, mine),
        lambda: session.execute(_listed(session, actor, wanted, places)).all(),
    )


def _those(
    session: Session, actor: Actor, wanted: BoardFilter, places: frozenset[int], ids: Sequence[int]
) -> Sequence[Any]:
    """Of these tickets the wanted ones that the reader sees, by what presses most."""
    if not ids:
        return ()
    statement = _listed(session, actor, wanted, places).where(TICKETS.c.id.in_(ids))
    return session.execute(statement).all()


def _asked(session: Session, actor: Actor, known: set[int]) -> list[int]:
    """Behind those that are known, the tickets whose customers wait for an answer to what they
    asked for, the first due first, at most AT_MOST; none for who may not answer."""
    if not actor.may(Permission.ESCALATION_TRIAGE):
        return []
    statement = (
        select(_REQUESTS.c.ticket_id)
        .outerjoin(_CLOCKS, is_clock_of(_REQUESTS, Metric.TRIAGE))
        .where(_REQUESTS.c.triaged_at.is_(None))
        .order_by(_CLOCKS.c.due_at, _REQUESTS.c.ticket_id)
    )
    asked = once(session, ("asked",), lambda: session.execute(statement).scalars().all())
    return [one for one in dict.fromkeys(asked) if one not in known][:AT_MOST]


def _led(
    session: Session, places: frozenset[int], known: set[int], wanted: BoardFilter
) -> list[int]:
    """Behind those that are known, the tickets that nobody has acknowledged and that somebody leads
    in whose place the reader is, the newest: ENOUGH, as fewer than that are known; LOOKED_AT where
    only some of them are wanted."""
    is_narrowed = wanted.kind or wanted.department or wanted.whose == "nobody"
    statement = (
        select(_CASES.c.ticket_id)
        .where(
            _CASES.c.ended_at.is_(None),
            _CASES.c.acknowledged_at.is_(None),
            or_(_CASES.c.manager_id.in_(places), _CASES.c.executive_id.in_(places)),
        )
        .order_by(_CASES.c.ticket_id.desc())
        .limit(LOOKED_AT if is_narrowed else 2 * ENOUGH)
    )
    return [one for one in session.execute(statement).scalars() if one not in known]


def most_read(wanted: BoardFilter) -> int:
    """How many of the most pressing ones are read."""
    return most_shown(wanted) if wanted.only == "all" else LOOKED_AT


def most_shown(wanted: BoardFilter) -> int:
    """How many the list has room for."""
    return AT_MOST * int(wanted.pages)


def _is_asked() -> Any:
    """SQL: the customer asked for an escalation, and nobody has looked at that yet."""
    return exists().where(_REQUESTS.c.ticket_id == TICKETS.c.id, _REQUESTS.c.triaged_at.is_(None))


def _listed(session: Session, actor: Actor, wanted: BoardFilter, places: frozenset[int]) -> Any:
    statement = (
        select(
            TICKETS.c.id,
            TICKETS.c.reference,
            TICKETS.c.subject,
            TICKETS.c.severity,
            TICKETS.c.tier,
            TICKETS.c.team,
            TICKETS.c.plan,
            TICKETS.c.process_version,
            TICKETS.c.assignee_id,
            TICKETS.c.sort_at,
            TICKETS.c.last_contact_at,
            TICKETS.c.last_contact_by,
            TICKETS.c.status,
            TICKETS.c.pressing_state,
            TICKETS.c.pressing_metric,
            TICKETS.c.pressing_due_at,
            TICKETS.c.pressing_from_at,
            TICKETS.c.pressing_soon_at,
            _CASES.c.kind,
            _CASES.c.reason,
            _CASES.c.started_at,
            _CASES.c.manager_id,
            _CASES.c.executive_id,
            _CASES.c.acknowledged_at,
            _MANAGERS.c.name.label("manager"),
            _EXECUTIVES.c.name.label("executive"),
            _ACKNOWLEDGERS.c.name.label("acknowledged_by"),
            _ORGANISATIONS.c.name.label("customer"),
            _RUNS.c.path,
            _RUNS.c.process_version.label("run_version"),
            _RUNS.c.next_step,
            _RUNS.c.ask,
            _is_asked().label("is_asked"),
        )
        .select_from(TICKETS)
        .join(_CASES, (_CASES.c.ticket_id == TICKETS.c.id) & _CASES.c.ended_at.is_(None))
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .outerjoin(_MANAGERS, _MANAGERS.c.id == _CASES.c.manager_id)
        .outerjoin(_EXECUTIVES, _EXECUTIVES.c.id == _CASES.c.executive_id)
        .outerjoin(_ACKNOWLEDGERS, _ACKNOWLEDGERS.c.id == _CASES.c.acknowledged_by)
        .outerjoin(_RUNS, (_RUNS.c.ticket_id == TICKETS.c.id) & _RUNS.c.ended_at.is_(None))
        .where(TICKETS.c.is_escalated.is_(True), visible(actor))
        .order_by(TICKETS.c.sort_at, TICKETS.c.id)
        .limit(most_read(wanted))
    )
    if wanted.whose == "mine":
        statement = statement.where(
            or_(_CASES.c.manager_id.in_(places), _CASES.c.executive_id.in_(places))
        )
    elif wanted.whose == "nobody":
        statement = statement.where(_CASES.c.manager_id.is_(None))
    if wanted.kind:
        statement = statement.where(_CASES.c.kind == wanted.kind)
    if wanted.department:
        teams = live_process(session).teams
        theirs = [team.key for team in teams if team.department == wanted.department]
        statement = statement.where(TICKETS.c.team.in_(theirs))
    return statement


def _told_by_steps(session: Session, rows: Sequence[Any]) -> dict[int, frozenset[int]]:
    """Whom the steps of each ticket's active run have told so far."""
    ids = tuple(sorted({row.id for row in rows if row.path is not None}))
    taken = once(
        session,
        ("told by steps", ids),
        lambda: session.execute(
            select(_RUNS.c.ticket_id, _STEPS.c.told)
            .join(_STEPS, _STEPS.c.run_id == _RUNS.c.id)
            .where(_RUNS.c.ticket_id.in_(ids), _RUNS.c.ended_at.is_(None))
        ).all(),
    )
    told: dict[int, frozenset[int]] = {}
    for row in taken:
        told[row.ticket_id] = told.get(row.ticket_id, frozenset()) | frozenset(row.told)
    return told


def _roster(session: Session, now: datetime) -> Roster:
    return once(session, ("roster",), lambda: load_roster(session, now))


def places_of(session: Session, actor: Actor, now: datetime) -> frozenset[int]:
    """The reader, and those who are away and in whose place they are."""
    assert actor.person_id is not None
    roster = _roster(session, now)
    away = (one for one in roster.absent if roster.stand_in(one) == actor.person_id)
    return frozenset((actor.person_id, *away))


def _rights(
    row: Any, actor: Actor, places: frozenset[int], told: frozenset[int], roster: Roster
) -> Rights:
    """What the reader may do, as services.escalations.is_concerned and the permissions say."""
    concerned = {row.manager_id, row.executive_id, *told}
    if row.kind == EscalationKind.FUNCTIONAL:
        concerned |= {row.assignee_id} if row.assignee_id else set(roster.in_team(row.team))
    is_free = row.manager_id is None and Role.MANAGER in actor.roles
    ask: Mapping[str, Any] = row.ask or {}
    has_answered = actor.person_id in ask.get("acknowledged", ())
    return Rights(
        acknowledge=row.acknowledged_at is None
        and (is_free or (not places.isdisjoint(concerned) and not has_answered)),
        assign=actor.may(Permission.ESCALATION_ASSIGN),
        end=actor.may(Permission.ESCALATION_END),
        triage=bool(row.is_asked) and actor.may(Permission.ESCALATION_TRIAGE),
    )

"""What speaks against a promise, in words: read from the calendar, absences and what is owed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.commitments import OWED, Obligation, ObligationState, PromiseState
from escalation_app.domain.drafts import Desk
from escalation_app.domain.feasibility import Burden, Doubt, DoubtKind, doubts_about
from escalation_app.domain.nudges import is_late
from escalation_app.domain.permissions import Role
from escalation_app.domain.tickets import Ticket
from escalation_app.models import AbsenceRow, ClockRow, ObligationRow, PromiseRow
from escalation_app.notifications.words import span_words
from escalation_app.services.tables import TICKET, columns

_ABSENCES = columns(AbsenceRow)
_CLOCKS = columns(ClockRow)
_OWED = columns(ObligationRow)
_PROMISES = columns(PromiseRow)


def doubts_in_words(
    session: Session,
    desk: Desk,
    ticket: Ticket,
    owner_id: int,
    due_at: datetime,
    replaces: int | None = None,
) -> tuple[str, ...]:
    """Each reason to doubt that the owner can keep a promise for then, as a sentence. `replaces` is
    the number of the promise on this ticket that would give way to it."""
    away = _away(session, owner_id, desk.now, due_at)
    owed = _owed(session, owner_id, ticket, replaces)
    return known_doubts(desk, ticket, owner_id, due_at, away=away, owed=owed)


def known_doubts(
    desk: Desk,
    ticket: Ticket,
    owner_id: int,
    due_at: datetime,
    *,
    away: tuple[tuple[datetime, datetime], ...] = (),
    owed: tuple[datetime, ...] = (),
) -> tuple[str, ...]:
    """As `doubts_in_words`, of an owner who is `away` then and whose other things are due at
    `owed`."""
    burden = _burden(desk, ticket, owner_id, away, owed)
    name = desk.roster.name(owner_id)
    return tuple(_sentence(doubt, name) for doubt in doubts_about(due_at, burden, desk.now))


def _burden(
    desk: Desk,
    ticket: Ticket,
    owner_id: int,
    away: tuple[tuple[datetime, datetime], ...],
    owed: tuple[datetime, ...],
) -> Burden:
    process, roster = desk.process_of(ticket.process_version), desk.roster
    policy = process.policy_for(ticket.plan, ticket.severity)
    team = roster.staff[owner_id].team
    is_known = any(each.key == team for each in process.teams)
    calendar = (
        process.team_calendar(team, policy) if is_known else process.calendar(policy.calendar)
    )
    has, usual = _load(desk, owner_id)
    resolution = ticket.clock(Metric.RESOLUTION)
    return Burden(
        calendar=calendar,
        away=away,
        owed=owed,
        has=has,
        usual=usual,
        resolution_due_at=None if resolution is None or resolution.is_over else resolution.due_at,
        blocked=_names(desk, (each for each in ticket.obligations if _is_blocked(each))),
        late=_names(
            desk,
            (
                each
                for each in ticket.obligations
                if each.is_owed
                and each.person_id != owner_id
                and not _is_blocked(each)
                and is_late(ticket, each.number, desk.now)
            ),
        ),
    )


def _is_blocked(owed: Obligation) -> bool:
    return owed.state is ObligationState.BLOCKED


def _names(desk: Desk, owed: Iterable[Obligation]) -> tuple[str, ...]:
    """Whose they are, each named once."""
    return tuple(dict.fromkeys(desk.roster.name(each.person_id) for each in owed))


def _away(
    session: Session, person_id: int, now: datetime, due_at: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    rows = session.execute(
        select(_ABSENCES.c.from_at, _ABSENCES.c.until_at)
        .where(
            _ABSENCES.c.person_id == person_id,
            _ABSENCES.c.until_at > now,
            _ABSENCES.c.from_at < due_at,
        )
        .order_by(_ABSENCES.c.from_at)
    )
    return tuple((row.from_at, row.until_at) for row in rows)


def _owed(
    session: Session, person_id: int, ticket: Ticket, replaces: int | None
) -> tuple[datetime, ...]:
    """When everything that the person owes or has promised is due, on all tickets."""
    owes = [state.value for state in OWED]
    obligations = _due_times(
        _OWED, Metric.OBLIGATION, (_OWED.c.person_id == person_id) & _OWED.c.state.in_(owes)
    )
    open_ = [PromiseState.OPEN.value, PromiseState.BROKEN.value]
    promised = (_PROMISES.c.owner_id == person_id) & _PROMISES.c.state.in_(open_)
    if replaces is not None:
        is_it = (_PROMISES.c.ticket_id == ticket.id) & (_PROMISES.c.number == replaces)
        promised = promised & ~is_it
    promises = _due_times(_PROMISES, Metric.PROMISE, promised)
    found = (*session.execute(obligations).scalars(), *session.execute(promises).scalars())
    return tuple(at for at in found if at is not None)


def _due_times(table: Any, metric: Metric, whose: Any) -> Any:
    return (
        select(_CLOCKS.c.due_at)
        .join(
            table, (_CLOCKS.c.subject_id == table.c.ticket_id) & (_CLOCKS.c.cycle == table.c.number)
        )
        .where(
            _CLOCKS.c.subject_type == TICKET,
            _CLOCKS.c.metric == metric.value,
            _CLOCKS.c.state == ClockState.RUNNING.value,
            whose,
        )
    )


def _load(desk: Desk, person_id: int) -> tuple[int, float]:
    """How many open tickets and cases a person has, and their colleagues on average."""
    roster = desk.roster
    member = roster.staff[person_id]
    colleagues = roster.in_team(member.team) if member.team else ()
    if not colleagues and Role.MANAGER in member.roles:
        colleagues = roster.in_role(Role.MANAGER)
    everybody = tuple({person_id, *colleagues})
    tickets, cases = roster.count_tickets(everybody), roster.count_cases(everybody)
    loads = {key: tickets.get(key, 0) + cases.get(key, 0) for key in everybody}
    others = [load for key, load in loads.items() if key != person_id]
    return loads[person_id], sum(others) / len(others) if others else float(loads[person_id])


def _sentence(doubt: Doubt, name: str) -> str:
    length, count = span_words(doubt.length), doubt.count
    things = "1 thing" if count == 1 else f"{count} things"
    match doubt.kind:
        case DoubtKind.CLOSED:
            return "Nobody works between now and then."
        case DoubtKind.AWAY:
            return f"{name} is away for all of the working time until then."
        case DoubtKind.AWAY_PARTLY:
            return f"{name} is away for {length} of the working time until then."
        case DoubtKind.SHORT:
            return f"Only {length} of working time is left until then."
        case DoubtKind.LATE:
            return f"{name} is late with {things} already."
        case DoubtKind.CROWDED:
            return f"{name} has {things} due before then, which leaves {length} for each."
        case DoubtKind.LOADED:
            return f"{name} has {count} tickets and cases, colleagues have {doubt.usual:.0f}."
        case DoubtKind.BLOCKED:
            return f"{doubt.who} is blocked with something this case waits for."
        case DoubtKind.OTHER_LATE:
            return f"{doubt.who} is late with something this case waits for."
        case DoubtKind.AFTER_RESOLUTION:
            return "The ticket is to be resolved before then."

"""The team of a case with what each owes, and how often its customer hears from us."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Clock, Metric
from escalation_app.domain.commitments import Obligation, ObligationState
from escalation_app.domain.nudges import is_late, may_follow
from escalation_app.domain.permissions import Actor, Permission, covers
from escalation_app.domain.process import Process
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import Side, Ticket
from escalation_app.routes import case_url
from escalation_app.services.queries.clock_views import clock_time_left
from escalation_app.services.queries.common import ROLE_NAMES, names_of, person_mark
from escalation_app.services.queries.seen_ticket import SeenTicket, team_name
from escalation_app.views.case import Beat, Cadence, DutyRow
from escalation_app.views.common import TimeLeft
from escalation_app.views.words import duration_words, iso

BEATS = 4
"""Words to the customer that are over and stay on the line."""


# The team --------------------------------------------------------------------------------------


def duties(
    session: Session,
    seen: SeenTicket,
    roster: Roster,
    actor: Actor,
    now: datetime,
    *,
    is_over: bool = False,
) -> tuple[DutyRow, ...]:
    """What people owe to the case: what is owed first, the soonest due first, then what is over,
    the latest first."""
    ticket = seen.ticket
    people = [key for owed in ticket.obligations for key in (owed.person_id, owed.instead_of)]
    names = names_of(session, people)
    ordered = sorted(ticket.obligations, key=lambda owed: _place(ticket, owed))
    return tuple(
        duty_row(seen, owed, names, roster, actor, now, is_over=is_over) for owed in ordered
    )


def _place(ticket: Ticket, owed: Obligation) -> tuple[bool, float]:
    clock = ticket.clock_of(Metric.OBLIGATION, owed.number)
    if owed.is_owed:
        due_at = None if clock is None else clock.due_at
        return False, owed.created_at.timestamp() if due_at is None else due_at.timestamp()
    return True, -(owed.ended_at or owed.created_at).timestamp()


def duty_row(
    seen: SeenTicket,
    owed: Obligation,
    names: dict[int, str],
    roster: Roster,
    actor: Actor,
    now: datetime,
    *,
    is_over: bool = False,
) -> DutyRow:
    """One obligation as the actor sees it, with what they may do about it."""
    ticket = seen.ticket
    clock = ticket.clock_of(Metric.OBLIGATION, owed.number)
    late = owed.is_owed and is_late(ticket, owed.number, now)
    is_led = covers(actor, Permission.OBLIGATION_GIVE, ticket)
    is_theirs = actor.person_id in (owed.person_id, roster.stand_in(owed.person_id))
    may_act = (
        owed.is_owed
        and not is_over
        and covers(actor, Permission.OBLIGATION_UPDATE, ticket)
        and (is_led or is_theirs)
    )
    return DutyRow(
        key=f"{ticket.reference}-{owed.number}",
        number=owed.number,
        ref=ticket.reference,
        url=case_url(ticket.reference),
        subject=ticket.subject,
        person=person_mark(
            owed.person_id,
            names.get(owed.person_id),
            department_of(seen.process, roster, owed.person_id),
        ),
        text=owed.text,
        role=owed.role,
        place="" if owed.instead_of is None else f"for {names.get(owed.instead_of, 'somebody')}",
        state=owed.state.value,
        note=_note(owed, roster),
        time_left=_duty_left(seen.process, owed, clock, now),
        due_at=iso(clock.due_at) if clock is not None and owed.is_owed else "",
        nudged_at=iso(owed.nudged_at) if owed.is_owed else "",
        is_late=late,
        can_accept=may_act and is_theirs and owed.state is ObligationState.OPEN,
        can_do=may_act,
        can_release=may_act and is_led,
        can_nudge=late
        and not is_over
        and covers(actor, Permission.NUDGE_SEND, ticket)
        and may_follow(owed.nudged_at, now)
        and roster.stand_in(owed.person_id) not in (None, actor.person_id),
    )


def department_of(process: Process, roster: Roster, person_id: int) -> str:
    """The team's name of one of ours, else what they are."""
    member = roster.staff.get(person_id)
    if member is None:
        return ""
    if member.team:
        return team_name(process, member.team)
    return ", ".join(ROLE_NAMES[role] for role in sorted(member.roles))


def _note(owed: Obligation, roster: Roster) -> str:
    """What has become of it, with the reason, and who does it while its person is away."""
    because = f": {owed.reason}" if owed.reason else ""
    match owed.state:
        case ObligationState.BLOCKED:
            words = f"Blocked{because}"
        case ObligationState.RELEASED:
            words = f"Released{because}"
        case ObligationState.DROPPED:
            words = f"No longer owed{because}"
        case ObligationState.ACCEPTED:
            words = "Accepted"
        case ObligationState.OPEN:
            words = "Not accepted yet"
        case ObligationState.DONE:
            words = ""
    there = roster.stand_in(owed.person_id)
    if not owed.is_owed or there == owed.person_id:
        return words
    away = "away" if there is None else f"away, {roster.name(there)} stands in"
    return f"{words}; {away}"


def _duty_left(process: Process, owed: Obligation, clock: Clock | None, now: datetime) -> TimeLeft:
    if clock is None:
        return TimeLeft()
    if owed.is_owed:
        return clock_time_left(clock, process.calendar(clock.calendar), now)
    if owed.state is not ObligationState.DONE:
        word = "released" if owed.state is ObligationState.RELEASED else "no longer owed"
        return TimeLeft(state="none", words=word)
    if clock.breached_at is None or clock.ended_at is None:
        return TimeLeft(state="met", words="done in time")
    late = duration_words(int((clock.ended_at - clock.breached_at).total_seconds()))
    return TimeLeft(state="late", words=f"done {late} late")


def duty_words(rows: Sequence[DutyRow]) -> str:
    """ "3 of 7 done, 2 late, 1 blocked"; what was released or dropped does not count."""
    counted = [
        row for row in rows if row.state not in (ObligationState.RELEASED, ObligationState.DROPPED)
    ]
    if not counted:
        return ""
    done = sum(row.state == ObligationState.DONE for row in counted)
    late = sum(row.is_late for row in counted)
    blocked = sum(row.state == ObligationState.BLOCKED for row in counted)
    return (
        f"{done} of {len(counted)} done"
        + (f", {late} late" if late else "")
        + (f", {blocked} blocked" if blocked else "")
    )


# The customer ----------------------------------------------------------------------------------


def cadence(ticket: Ticket, process: Process, now: datetime) -> Cadence:
    """How often the customer is to hear from us: what was in time, what is next."""
    mine = sorted(
        (clock for clock in ticket.clocks if clock.metric is Metric.NEXT_UPDATE),
        key=lambda clock: clock.cycle,
    )
    last_at = iso(ticket.last_contact_at) if ticket.last_contact_by is Side.US else ""
    if not mine:
        return Cadence(last_at=last_at)
    latest = mine[-1]
    every = duration_words(int(latest.target.total_seconds()))
    over = [clock for clock in mine if clock.ended_at is not None and clock.due_at is not None]
    beats = [_beat(clock) for clock in over[-BEATS:]]
    if latest.is_over:
        return Cadence(every=every, beats=tuple(beats), last_at=last_at)
    beats += _ahead(latest)
    return Cadence(
        every=every,
        time_left=clock_time_left(latest, process.calendar(latest.calendar), now),
        beats=tuple(beats),
        last_at=last_at,
    )


def _beat(clock: Clock) -> Beat:
    assert clock.ended_at is not None
    key, at = str(clock.cycle), iso(clock.ended_at)
    if clock.breached_at is None:
        return Beat(key, at, "in time", "done", "check")
    late = duration_words(int((clock.ended_at - clock.breached_at).total_seconds()))
    return Beat(key, at, f"{late} late", "late", "over")


def _ahead(clock: Clock) -> list[Beat]:
    """The next word to the customer and, around the clock, the one after it."""
    if clock.due_at is None:
        return [Beat(str(clock.cycle), "", "paused", "todo", "pause")]
    following = clock.due_at + max(clock.target, timedelta(minutes=1))
    next_ = Beat(str(clock.cycle), iso(clock.due_at), "next", "next", "send")
    return [next_, Beat(str(clock.cycle + 1), iso(following), "then", "todo", "clock")]

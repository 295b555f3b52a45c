"""What keeps a solved case from coming back: somebody owns it by a date, and is reminded of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.process import ResolutionRules
from escalation_app.domain.tickets import Decision, Ticket
from escalation_app.domain.values import changed

LONGEST = timedelta(days=366)
"""How far ahead a prevention can be moved."""


class PreventionState(StrEnum):
    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True)
class Prevention:
    """The prevention of one escalation, which `number` is the key of. `reason` is what came of it,
    or why it was last moved; `reminded_at` is when its owner was last reminded of this date."""

    number: int
    owner_id: int
    text: str
    due_at: datetime
    state: PreventionState = PreventionState.OPEN
    reason: str = ""
    ended_at: datetime | None = None
    reminded_at: datetime | None = None


def remind_before(rules: ResolutionRules | None) -> timedelta:
    """How long before its date the owner is reminded, by the process."""
    return timedelta(0) if rules is None else rules.remind_before


def wakes_at(prevention: Prevention, before: timedelta) -> datetime | None:
    """When its owner is reminded next: before it is due, then once it is late; None for never."""
    if prevention.state is not PreventionState.OPEN:
        return None
    soon_at, last = prevention.due_at - before, prevention.reminded_at
    if last is None or last < soon_at:
        return soon_at
    return prevention.due_at if last < prevention.due_at else None


def remind(
    ticket: Ticket, desk: Desk, prevention: Prevention, before: timedelta
) -> tuple[Prevention, Decision] | None:
    """Remind the owner, or who stands in for them, of what is due soon or late; None while nothing
    is to be said."""
    at = wakes_at(prevention, before)
    if at is None or at > desk.now:
        return None
    roster = desk.roster
    told = roster.present([prevention.owner_id])
    places = roster.stand_ins_among(told)
    draft = Draft(ticket, desk)
    draft.record(
        EventKind.PREVENTION_DUE,
        told=told,
        number=prevention.number,
        to=", ".join(roster.name(who) for who in told) or "nobody",
        text=prevention.text,
        due_at=prevention.due_at.isoformat(),
        state="late" if prevention.due_at <= desk.now else "soon",
        instead_of=next(iter(places.values()), ""),
    )
    return changed(prevention, reminded_at=desk.now), draft.decision()


def finish(
    ticket: Ticket, desk: Desk, prevention: Prevention, outcome: str
) -> tuple[Prevention, Decision]:
    """It is done, late or not, with what came of it. Raises Invalid when it was done before."""
    _require_open(prevention)
    done = changed(prevention, state=PreventionState.DONE, reason=outcome, ended_at=desk.now)
    return done, _recorded(ticket, desk, done, "done")


def move(
    ticket: Ticket, desk: Desk, prevention: Prevention, due_at: datetime, reason: str
) -> tuple[Prevention, Decision]:
    """Another date, with the reason; its owner is reminded of that one anew. Raises Invalid for
    one that is done, and for a date that is past or too far."""
    _require_open(prevention)
    if not desk.now < due_at <= desk.now + LONGEST:
        raise Invalid(f"Choose a time to come, at most {LONGEST.days} days ahead.")
    if due_at == prevention.due_at:
        raise Invalid("That is its date already.")
    moved = changed(prevention, due_at=due_at, reason=reason, reminded_at=None)
    return moved, _recorded(ticket, desk, moved, "moved", was=prevention.due_at)


def take_up(ticket: Ticket, desk: Desk, prevention: Prevention) -> tuple[Prevention, Decision]:
    """It was not done after all. Raises Invalid for one that is open."""
    if prevention.state is PreventionState.OPEN:
        raise Invalid("It is open already.")
    again = changed(prevention, state=PreventionState.OPEN, reason="", ended_at=None)
    return again, _recorded(ticket, desk, again, "open")


def _require_open(prevention: Prevention) -> None:
    if prevention.state is not PreventionState.OPEN:
        raise Invalid("This has been done already.")


def _recorded(
    ticket: Ticket, desk: Desk, new: Prevention, state: str, was: datetime | None = None
) -> Decision:
    draft = Draft(ticket, desk)
    draft.record(
        EventKind.PREVENTION_CHANGED,
        told=(new.owner_id,),
        number=new.number,
        to=desk.roster.name(new.owner_id),
        text=new.text,
        state=state,
        reason=new.reason,
        due_at=new.due_at.isoformat(),
        was="" if was is None else was.isoformat(),
    )
    return draft.decision()

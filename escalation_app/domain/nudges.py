"""Reminding people of ours of what they owe to a case: on record, and not again and again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from escalation_app.domain.clocks import Metric
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.tickets import Decision, Ticket
from escalation_app.domain.values import changed

REST = timedelta(minutes=30)
"""How long after a reminder of the same thing the next one may follow, whoever sends it."""


def is_late(ticket: Ticket, number: int, now: datetime) -> bool:
    """Whether an obligation is still owed after it was due."""
    clock = ticket.clock_of(Metric.OBLIGATION, number)
    if clock is None or clock.is_over:
        return False
    return clock.is_breached or (clock.due_at is not None and clock.due_at < now)


def may_follow(nudged_at: datetime | None, now: datetime) -> bool:
    """Whether enough time has passed since the last reminder of the same thing."""
    return nudged_at is None or now - nudged_at >= REST


def silent(ticket: Ticket, told: Iterable[int]) -> tuple[int, ...]:
    """Who owes the acknowledgement of the ticket's escalation: whom its step asks, else `told`."""
    case_, run = ticket.escalation, ticket.run
    if case_ is None or case_.acknowledged_at is not None:
        return ()
    if run is not None and run.ask is not None:
        return tuple(who for who in run.ask.told if who not in run.ask.acknowledged)
    return tuple(told)


def nudge_obligation(ticket: Ticket, desk: Desk, number: int, by: int) -> Decision:
    """Remind the person of a late obligation, or who stands in for them.

    Raises Invalid where nothing is late, for one's own, while nobody is there to be reminded, and
    until REST has passed since the last time; NotFound for a number that nobody has.
    """
    draft = begin(ticket, desk)
    given = next((each for each in draft.ticket.obligations if each.number == number), None)
    if given is None:
        raise NotFound("That obligation")
    if not given.is_owed or not is_late(draft.ticket, number, desk.now):
        raise Invalid("Nobody is late with this. A reminder can wait until it is due.")
    _require_rest(given.nudged_at, desk.now)
    there = _there(draft, [given.person_id], by)
    new = changed(given, nudged_at=desk.now)
    draft.change(
        obligations=tuple(new if each is given else each for each in draft.ticket.obligations)
    )
    clock = draft.ticket.clock_of(Metric.OBLIGATION, number)
    due_at = None if clock is None else clock.due_at
    _record(
        draft,
        there,
        by,
        about="obligation",
        number=number,
        text=given.text,
        due_at="" if due_at is None else due_at.isoformat(),
    )
    return draft.decision()


def nudge_acknowledgement(ticket: Ticket, desk: Desk, told: Iterable[int], by: int) -> Decision:
    """Remind those who owe the escalation's acknowledgement: whom its step asks, else `told`.

    Raises Invalid as `nudge_obligation` does, and where nobody has to acknowledge anything.
    """
    draft = begin(ticket, desk)
    case_ = draft.ticket.escalation
    if case_ is None or case_.acknowledged_at is not None:
        raise Invalid("Nobody owes an acknowledgement here.")
    _require_rest(case_.nudged_at, desk.now)
    there = _there(draft, silent(draft.ticket, told), by)
    draft.change(escalation=changed(case_, nudged_at=desk.now))
    _record(draft, there, by, about="acknowledgement")
    return draft.decision()


def _require_rest(nudged_at: datetime | None, now: datetime) -> None:
    if may_follow(nudged_at, now):
        return
    assert nudged_at is not None
    ago, again = (round(length / timedelta(minutes=1)) for length in (now - nudged_at, REST))
    raise Invalid(f"They were reminded {ago} min ago. Again after {again} min.")


def _there(draft: Draft, owing: Iterable[int], by: int) -> tuple[int, ...]:
    """Who of them, or of those who stand in, is there to be reminded by somebody else."""
    there = tuple(who for who in draft.desk.roster.present(owing) if who != by)
    if not there:
        raise Invalid("There is nobody else to be reminded: it is yours, or nobody stands in.")
    return there


def _record(draft: Draft, told: tuple[int, ...], by: int, **data: str | int) -> None:
    roster = draft.desk.roster
    places = roster.stand_ins_among(told)
    more: dict[str, Any] = dict(data)
    if len(told) == 1 and places:
        more["instead_of"] = next(iter(places.values()))
    names = ", ".join(roster.name(who) for who in told)
    draft.record(EventKind.NUDGED, told=told, to=names, by=roster.name(by), **more)

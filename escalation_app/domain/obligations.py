"""What happens to obligations, promises and requests within a decision."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import Metric, start_clock
from escalation_app.domain.commitments import (
    OWED,
    EscalationRequest,
    Obligation,
    ObligationState,
    Promise,
    PromiseState,
)
from escalation_app.domain.drafts import Draft
from escalation_app.domain.events import EventKind
from escalation_app.domain.process import AROUND_THE_CLOCK
from escalation_app.domain.values import changed

_Part = TypeVar("_Part", Obligation, Promise)

# Obligations ---------------------------------------------------------------------------------


def oblige(
    draft: Draft,
    person_id: int,
    text: str,
    within: timedelta,
    *,
    calendar: BusinessCalendar = AROUND_THE_CLOCK,
    created_by: int | None = None,
    role: str = "",
    is_priority: bool = False,
    is_call: bool = False,
    instead_of: int | None = None,
) -> Obligation:
    """Somebody is to do something for the case, within that much open time of the calendar; in
    place of somebody else, if `instead_of` is away."""
    given = Obligation(
        number=len(draft.ticket.obligations) + 1,
        person_id=person_id,
        text=text,
        created_at=draft.now,
        created_by=created_by,
        role=role,
        is_priority=is_priority,
        is_call=is_call,
        instead_of=instead_of,
    )
    clock = start_clock(Metric.OBLIGATION, within, calendar, "", draft.now, given.number)
    draft.put_clock(clock)
    draft.change(obligations=(*draft.ticket.obligations, given))
    roster = draft.desk.roster
    place: dict[str, Any] = {} if instead_of is None else {"instead_of": roster.name(instead_of)}
    draft.record(
        EventKind.OBLIGATION_GIVEN,
        told=(person_id,),
        number=given.number,
        to=roster.name(person_id),
        text=text,
        due_at="" if clock.due_at is None else clock.due_at.isoformat(),
        **place,
    )
    return given


def change_obligation(
    draft: Draft, given: Obligation, state: ObligationState, reason: str = ""
) -> None:
    """Its person accepts it, is blocked or done, or somebody releases them. An obligation that is
    over stops its clock: met when it is done, cancelled otherwise."""
    is_over = state not in OWED
    new = changed(given, state=state, reason=reason, ended_at=draft.now if is_over else None)
    draft.change(obligations=_in_place(draft.ticket.obligations, new))
    if is_over:
        _stop_clock(draft, Metric.OBLIGATION, given.number, is_met=state is ObligationState.DONE)
    draft.record(
        EventKind.OBLIGATION_CHANGED,
        told=(given.person_id,),
        number=given.number,
        to=draft.desk.roster.name(given.person_id),
        text=given.text,
        state=state.value,
        reason=reason,
    )


def do_calls(draft: Draft, person_id: int | None) -> None:
    """Whoever was to call the customer has just written to them."""
    for given in draft.ticket.obligations:
        if given.is_owed and given.is_call and given.person_id == person_id:
            change_obligation(draft, given, ObligationState.DONE)


def drop_obligations(draft: Draft, reason: str) -> None:
    """The case is over, and with it what people still owed to it."""
    for given in draft.ticket.obligations:
        if given.is_owed:
            change_obligation(draft, given, ObligationState.DROPPED, reason)


# Promises ------------------------------------------------------------------------------------


def promise(
    draft: Draft,
    owner_id: int,
    text: str,
    due_at: datetime,
    made_by: int,
    replaces: int | None = None,
    doubts: str = "",
    override_reason: str = "",
) -> Promise:
    """Something is promised to the customer for an instant ahead, in spite of the doubts."""
    made = Promise(
        number=len(draft.ticket.promises) + 1,
        owner_id=owner_id,
        text=text,
        due_at=due_at,
        made_at=draft.now,
        made_by=made_by,
        replaces=replaces,
        doubts=doubts,
        override_reason=override_reason,
    )
    within = due_at - draft.now
    draft.put_clock(
        start_clock(Metric.PROMISE, within, AROUND_THE_CLOCK, "", draft.now, made.number)
    )
    draft.change(promises=(*draft.ticket.promises, made))
    in_spite_of: dict[str, Any] = {"doubts": doubts, "override": override_reason} if doubts else {}
    draft.record(
        EventKind.PROMISE_MADE,
        told=(owner_id,),
        number=made.number,
        owner=draft.desk.roster.name(owner_id),
        text=text,
        due_at=due_at.isoformat(),
        **in_spite_of,
    )
    return made


def change_promise(draft: Draft, made: Promise, state: PromiseState, reason: str = "") -> None:
    """What became of a promise. A broken one keeps its clock, which is breached, running no more
    once the promise is kept late or another is agreed."""
    new = changed(made, state=state, reason=reason, ended_at=draft.now)
    draft.change(promises=_in_place(draft.ticket.promises, new))
    if state is not PromiseState.BROKEN:
        _stop_clock(draft, Metric.PROMISE, made.number, is_met=state is PromiseState.KEPT)
    draft.record(
        EventKind.PROMISE_CHANGED,
        told=(made.owner_id,),
        number=made.number,
        owner=draft.desk.roster.name(made.owner_id),
        text=made.text,
        state=state.value,
        reason=reason,
    )


def break_promise(draft: Draft, number: int) -> None:
    """Its clock has run out."""
    for made in draft.ticket.promises:
        if made.number == number and made.state is PromiseState.OPEN:
            change_promise(draft, made, PromiseState.BROKEN)


def void_promises(draft: Draft, reason: str) -> None:
    """The ticket is resolved: what was promised and is not yet due no longer counts."""
    for made in draft.ticket.promises:
        if made.state is PromiseState.OPEN:
            change_promise(draft, made, PromiseState.VOID, reason)


# Requests ------------------------------------------------------------------------------------


def request(draft: Draft, requested_by: int, reason: str) -> EscalationRequest:
    """The customer asks for an escalation; somebody is to look at it within the triage target."""
    asked = EscalationRequest(
        len(draft.ticket.requests) + 1, requested_by, reason, requested_at=draft.now
    )
    policy = draft.policy
    target = policy.target(draft.ticket.severity, Metric.TRIAGE)
    if target is not None:
        calendar = draft.process.calendar(policy.calendar)
        draft.put_clock(
            start_clock(Metric.TRIAGE, target, calendar, policy.key, draft.now, asked.number)
        )
    draft.change(requests=(*draft.ticket.requests, asked))
    draft.record(EventKind.ESCALATION_REQUESTED, number=asked.number, reason=reason)
    return asked


def triage(draft: Draft, person_id: int, outcome: str) -> None:
    """Somebody has looked at the requests that wait, and this is what comes of them."""
    waiting = [asked for asked in draft.ticket.requests if asked.is_open]
    if not waiting:
        return
    draft.change(
        requests=tuple(
            changed(asked, triaged_at=draft.now, triaged_by=person_id, outcome=outcome)
            if asked.is_open
            else asked
            for asked in draft.ticket.requests
        )
    )
    for asked in waiting:
        draft.meet(Metric.TRIAGE, asked.number)
    draft.record(
        EventKind.ESCALATION_TRIAGED, by=draft.desk.roster.name(person_id), outcome=outcome
    )


# Parts of a ticket ---------------------------------------------------------------------------


def _in_place(parts: tuple[_Part, ...], new: _Part) -> tuple[_Part, ...]:
    """The parts, with the one of the same number replaced."""
    return tuple(new if each.number == new.number else each for each in parts)


def _stop_clock(draft: Draft, metric: Metric, number: int, *, is_met: bool) -> None:
    """End a part's clock, if it has not ended."""
    clock = draft.ticket.clock_of(metric, number)
    if clock is None or clock.is_over:
        return
    if is_met:
        draft.meet(metric, number)
    else:
        draft.cancel(clock)

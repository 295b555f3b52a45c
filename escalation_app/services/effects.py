"""The only place that applies what the domain decided: rows, record, notices and timers of a
whole list of decisions, with a handful of set-based statements in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete
from sqlalchemy.orm import Session

from escalation_app.domain.drafts import Desk
from escalation_app.domain.escalations import wakes_at
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import ENGINE, Actor, ActorKind
from escalation_app.domain.tickets import Decision, Escalation, PathRun, Ticket
from escalation_app.models import (
    ClockRow,
    EscalationRequestRow,
    EscalationRow,
    EventRow,
    MessageRow,
    ObligationRow,
    OutboxRow,
    PathRunRow,
    PathStepRow,
    PromiseRow,
    TicketRow,
    TimerRow,
)
from escalation_app.services.bulk import (
    NewRows,
    Values,
    add_rows,
    insert_returning,
    insert_rows,
    new_keys,
    put_rows,
    update_rows,
)
from escalation_app.services.counters import take_numbers
from escalation_app.services.notices import outbox_values
from escalation_app.services.store import (
    TICKET,
    changed_clock_values,
    changed_ticket_values,
    clock_values,
    columns,
    commitment_values,
    escalation_values,
    new_ticket_values,
    run_values,
    step_values,
)

_TICKETS = columns(TicketRow)
_CLOCKS = columns(ClockRow)
_ESCALATIONS = columns(EscalationRow)
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_MESSAGES = columns(MessageRow)
_EVENTS = columns(EventRow)
_OUTBOX = columns(OutboxRow)
_TIMERS = columns(TimerRow)

_COMMITMENTS = {
    "obligations": columns(ObligationRow),
    "promises": columns(PromiseRow),
    "requests": columns(EscalationRequestRow),
}

Rows = list[dict[str, Any]]


def apply(
    session: Session,
    desk: Desk,
    actor: Actor,
    decisions: Sequence[Decision],
    *,
    extra: Sequence[dict[str, Any]] = (),
    tells: bool = True,
) -> list[Ticket]:
    """Write the decisions and return the tickets as they are now, in the same order.

    `extra` gives more columns for new tickets (source, category, channel), one entry per
    decision. `tells` is False for imported history, which sends nothing to anybody. A decision
    that changes nothing writes nothing.
    """
    tickets = _write_tickets(session, decisions, extra)
    changed = [
        (decision, ticket)
        for decision, ticket in zip(decisions, tickets, strict=True)
        if decision.is_change
    ]
    _write_clocks(session, changed)
    _write_parts(session, changed)
    _write_commitments(session, changed)
    _write_messages(session, changed)
    acts = [Act(desk, actor, replace(decision, after=ticket)) for decision, ticket in changed]
    _write_record(session, acts, tells=tells)
    _write_timers(session, desk, tickets)
    return tickets


@dataclass(frozen=True, slots=True)
class Act:
    """A decision with who made it, and the desk (and so the instant) it was made at."""

    desk: Desk
    actor: Actor
    decision: Decision


def apply_histories(
    session: Session,
    desk: Desk,
    histories: Sequence[Sequence[Act]],
    *,
    extra: Sequence[dict[str, Any]] = (),
) -> list[Ticket]:
    """Write whole histories of new tickets: the rows as they are in the end, with the record and
    the notices that applying act by act, each at its own instant, would have left.

    A history is the acts of one ticket in order, the first of which opens it. `extra` is that of
    `apply`, one entry per history.
    """
    whole = [
        Decision(
            before=None,
            after=acts[-1].decision.after,
            messages=tuple(each for act in acts for each in act.decision.messages),
            ended=tuple(each for act in acts for each in act.decision.ended),
        )
        for acts in histories
    ]
    tickets = apply(session, desk, ENGINE, whole, extra=extra)
    keyed = [
        replace(
            act,
            decision=replace(
                act.decision,
                after=replace(act.decision.after, id=ticket.id, reference=ticket.reference),
            ),
        )
        for acts, ticket in zip(histories, tickets, strict=True)
        for act in acts
    ]
    _write_record(session, sorted(keyed, key=lambda act: act.desk.now))
    return tickets


def _write_tickets(
    session: Session, decisions: Sequence[Decision], extra: Sequence[dict[str, Any]]
) -> list[Ticket]:
    tickets = [decision.after for decision in decisions]
    new = [index for index, decision in enumerate(decisions) if decision.before is None]
    if new:
        _insert_tickets(session, tickets, new, extra)
    old: Rows = [
        {"row_id": decision.after.id, **changed_ticket_values(decision.before, decision.after)}
        for decision in decisions
        if decision.before is not None and decision.after is not decision.before
    ]
    update_rows(session, _TICKETS, old)
    return tickets


def _insert_tickets(
    session: Session, tickets: list[Ticket], new: list[int], extra: Sequence[dict[str, Any]]
) -> None:
    unnamed = [index for index in new if not tickets[index].reference]
    for index, number in zip(unnamed, take_numbers(session, "ticket", len(unnamed)), strict=True):
        tickets[index] = replace(tickets[index], reference=f"T-{number}")
    rows = [
        {**new_ticket_values(tickets[index]), **(extra[index] if extra else {})} for index in new
    ]
    for index, key in zip(new, insert_returning(session, _TICKETS, rows), strict=True):
        tickets[index] = replace(tickets[index], id=key)


def _write_clocks(session: Session, changed: Sequence[tuple[Decision, Ticket]]) -> None:
    added: Rows = []
    updated: Rows = []
    for decision, ticket in changed:
        before = decision.before
        earlier = {} if before is None else {clock.id: clock for clock in before.clocks}
        for clock in ticket.clocks:
            if clock.id is None:
                added.append(
                    {"subject_type": TICKET, "subject_id": ticket.id, **clock_values(clock)}
                )
            elif clock is not earlier[clock.id]:
                values = changed_clock_values(earlier[clock.id], clock)
                updated.append({"row_id": clock.id, **values})
    insert_rows(session, _CLOCKS, added)
    update_rows(session, _CLOCKS, updated)


def _write_parts(session: Session, changed: Sequence[tuple[Decision, Ticket]]) -> None:
    """Runs and escalations: first those that end, since only one of a ticket may be active."""
    runs: list[tuple[int, PathRun]] = []
    cases: list[tuple[int, Escalation]] = []
    for decision, ticket in changed:
        for ended in decision.ended:
            if isinstance(ended, PathRun):
                runs.append((ticket.id, ended))
            else:
                cases.append((ticket.id, ended))
    for decision, ticket in changed:
        before = decision.before
        if ticket.run is not None and (before is None or ticket.run is not before.run):
            runs.append((ticket.id, ticket.run))
        if ticket.escalation is not None and (
            before is None or ticket.escalation is not before.escalation
        ):
            cases.append((ticket.id, ticket.escalation))
    update_rows(session, _RUNS, [{"row_id": r.id, **run_values(r)} for _, r in runs if r.id])
    update_rows(
        session,
        _ESCALATIONS,
        [{"row_id": c.id, **escalation_values(c)} for _, c in cases if c.id],
    )
    insert_rows(
        session,
        _ESCALATIONS,
        [{"ticket_id": key, **escalation_values(c)} for key, c in cases if not c.id],
    )
    new_runs = [(key, run) for key, run in runs if not run.id]
    if not new_runs:
        _insert_steps(session, [(run.id, run) for _, run in runs])
        return
    keys = insert_returning(
        session, _RUNS, [{"ticket_id": key, **run_values(run)} for key, run in new_runs]
    )
    _insert_steps(
        session,
        [(run.id, run) for _, run in runs if run.id]
        + [(key, run) for key, (_, run) in zip(keys, new_runs, strict=True)],
    )


def _write_commitments(session: Session, changed: Sequence[tuple[Decision, Ticket]]) -> None:
    """Obligations, promises and requests that are new or changed, each by its number."""
    for name, table in _COMMITMENTS.items():
        rows: Rows = []
        for decision, ticket in changed:
            before = () if decision.before is None else getattr(decision.before, name)
            after = getattr(ticket, name)
            if after is not before:
                known = set(before)
                rows += [
                    {"ticket_id": ticket.id, **commitment_values(each)}
                    for each in after
                    if each not in known
                ]
        put_rows(session, table, ("ticket_id", "number"), rows)


def _insert_steps(session: Session, runs: Sequence[tuple[int | None, PathRun]]) -> None:
    insert_rows(
        session,
        _STEPS,
        [{"run_id": key, **step_values(step)} for key, run in runs for step in run.taken],
    )


def _write_messages(session: Session, changed: Sequence[tuple[Decision, Ticket]]) -> None:
    insert_rows(
        session,
        _MESSAGES,
        [
            {
                "ticket_id": ticket.id,
                "at": message.at,
                "author_id": message.author_id,
                "author_name": message.author_name,
                "side": message.side.value,
                "is_public": message.is_public,
                "is_automatic": message.is_automatic,
                "body": message.body,
            }
            for decision, ticket in changed
            for message in decision.messages
        ],
    )


def _write_record(session: Session, acts: Sequence[Act], *, tells: bool = True) -> None:
    """The events of the acts, in order, and the messages about them."""
    events: list[Values] = []
    messages: list[Values] = []
    for act in acts:
        ticket = act.decision.after
        for number, event in enumerate(act.decision.events):
            if tells:
                messages += [
                    (len(events), *map(row.__getitem__, _MESSAGE_NAMES))
                    for row in outbox_values(act.desk, act.actor, ticket, event, number)
                ]
            events.append((len(events), *_event_values(act, event, number)))
    keys = {"event": new_keys(session, _EVENTS, len(events))}
    for new in (
        NewRows(_EVENTS, ("id", *_EVENT_NAMES), events, counted={"id": "event"}),
        NewRows(_OUTBOX, ("event_id", *_MESSAGE_NAMES), messages, counted={"event_id": "event"}),
    ):
        add_rows(session, new, keys=keys)


_MESSAGE_NAMES = (
    "ticket_id",
    "kind",
    "created_at",
    "data",
    "dedupe_key",
    "channel",
    "person_id",
    "is_forced",
    "state",
    "next_attempt_at",
    "sent_at",
)
_EVENT_NAMES = (
    "ticket_id",
    "revision",
    "number",
    "once",
    "at",
    "recorded_at",
    "kind",
    "actor_kind",
    "actor_id",
    "actor_name",
    "data",
)


def put_on_record(
    session: Session, actor: Actor, now: datetime, event: Event, ticket_id: int | None
) -> None:
    """Record what changes no ticket and tells nobody, with the ticket it is about, if any."""
    row = {
        "ticket_id": ticket_id,
        "at": event.at,
        "recorded_at": now,
        "kind": event.kind.value,
        "actor_kind": actor.kind.value,
        "actor_id": actor.person_id,
        "actor_name": actor.name,
        "data": event.data,
    }
    insert_rows(session, _EVENTS, [row])


def _name(actor: Actor, event: Event) -> str:
    """An import tells what others did, and their names stand for it."""
    if actor.kind is ActorKind.IMPORT:
        return str(event.data.get("by") or actor.name)
    return actor.name


def _event_values(act: Act, event: Event, number: int) -> Values:
    ticket, actor = act.decision.after, act.actor
    return (
        ticket.id,
        ticket.revision,
        number,
        _once(ticket.id, event),
        event.at,
        act.desk.now,
        event.kind.value,
        actor.kind.value,
        actor.person_id,
        _name(actor, event),
        {**event.data, "told": list(event.told)} if event.told else event.data,
    )


def _once(ticket_id: int, event: Event) -> str | None:
    """The name of what can happen only once: a breach of a clock, and a warning of a threshold of
    a revision of its target."""
    data = event.data
    if event.kind is EventKind.SLA_BREACHED:
        return f"breach:{ticket_id}:{data['metric']}:{data['cycle']}"
    if event.kind is EventKind.SLA_WARNING:
        clock = f"{ticket_id}:{data['metric']}:{data['cycle']}"
        return f"warning:{clock}:{data['revision']}:{data['threshold']}"
    return None


def _write_timers(session: Session, desk: Desk, tickets: Sequence[Ticket]) -> None:
    ahead: Rows = []
    none_ahead: Rows = []
    for ticket in tickets:
        due_at = wakes_at(ticket, desk)
        if due_at is None:
            none_ahead.append({"key": ticket.id})
        else:
            ahead.append({"subject_type": TICKET, "subject_id": ticket.id, "due_at": due_at})
    put_timers(session, ahead)
    if none_ahead:
        session.connection().execute(
            delete(_TIMERS).where(
                _TIMERS.c.subject_type == TICKET, _TIMERS.c.subject_id == bindparam("key")
            ),
            none_ahead,
        )


def put_timers(session: Session, rows: Rows) -> None:
    """Set timers, each in place of an earlier one of the same subject."""
    put_rows(session, _TIMERS, ("subject_type", "subject_id"), [{**r, "failures": 0} for r in rows])

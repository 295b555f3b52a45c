"""The only place that applies what the domain decided: rows, record, notices and timers of a
whole list of decisions, with a handful of set-based statements in the caller's transaction."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, delete
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.firing import wakes_at
from escalation_app.domain.permissions import ENGINE, Actor, ActorKind
from escalation_app.domain.tickets import Decision, Escalation, PathRun, Ticket
from escalation_app.models import (
    ClockRow,
    EscalationRow,
    EventRow,
    MessageRow,
    OutboxRow,
    PathRunRow,
    PathStepRow,
    TicketRow,
    TimerRow,
)
from escalation_app.services.bulk import (
    Keys,
    NewRows,
    Row,
    Values,
    Write,
    adding,
    changing,
    insert_returning,
    insert_rows,
    is_sqlite,
    new_keys,
    putting,
    run,
)
from escalation_app.services.counters import take_numbers
from escalation_app.services.notices import MESSAGE_NAMES, Messages
from escalation_app.services.row_readings import COMMITMENTS_READ
from escalation_app.services.row_values import (
    changed_clock_values,
    changed_ticket_values,
    clock_values,
    commitment_values,
    escalation_values,
    new_ticket_values,
    run_values,
    step_values,
)
from escalation_app.services.tables import TICKET, columns

_TICKETS = columns(TicketRow)
_CLOCKS = columns(ClockRow)
_ESCALATIONS = columns(EscalationRow)
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_MESSAGES = columns(MessageRow)
_EVENTS = columns(EventRow)
_OUTBOX = columns(OutboxRow)
_TIMERS = columns(TimerRow)

Rows = list[dict[str, Any]]
_EVENT, _RUN = _EVENTS.name, _RUNS.name


@dataclass(frozen=True, slots=True)
class Act:
    """A decision with who made it, and the desk (and so the instant) it was made at."""

    desk: Desk
    actor: Actor
    decision: Decision


@dataclass(frozen=True, slots=True)
class Prepared:
    """Decisions about tickets that exist, as statements which only have to be run.

    `revisions` are those that the tickets had when it was decided. `counts` says how many new
    rows of a table other new rows refer to.
    """

    revisions: Mapping[int, int]
    counts: Mapping[str, int]
    writes: tuple[Write, ...]


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
    tickets = _insert_tickets(session, decisions, extra)
    acts = [
        Act(desk, actor, decision if decision.before else replace(decision, after=ticket))
        for decision, ticket in zip(decisions, tickets, strict=True)
    ]
    write(session, prepare(acts, is_sqlite=is_sqlite(session), tells=tells))
    return tickets


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
    record = _Record(sorted(keyed, key=lambda act: act.desk.now), is_sqlite=is_sqlite(session))
    run(session, *record.writes, keys=_new_keys(session, record.counts))
    return tickets


def prepare(acts: Sequence[Act], *, is_sqlite: bool, tells: bool = True) -> Prepared:
    """Make decisions ready to be written to one of the two databases; the tickets have keys."""
    changed = [act for act in acts if act.decision.is_change]
    decisions = [act.decision for act in changed]
    parts = _Parts(decisions, is_sqlite=is_sqlite)
    record = _Record(changed, is_sqlite=is_sqlite, tells=tells)
    writes = (
        _tickets_changed(changed, is_sqlite=is_sqlite),
        *_clocks(changed, is_sqlite=is_sqlite),
        *parts.writes,
        *_commitments(decisions, is_sqlite=is_sqlite),
        _conversation(changed, is_sqlite=is_sqlite),
        *record.writes,
        *_timers(acts, is_sqlite=is_sqlite),
    )
    revisions = {
        act.decision.after.id: act.decision.before.revision for act in acts if act.decision.before
    }
    return Prepared(revisions, {**parts.counts, **record.counts}, writes)


def overtaken(session: Session, prepared: Prepared) -> frozenset[int]:
    """The tickets that were changed, or went, after it was decided about them (SQLite: the write
    lock is the caller's)."""
    found = session.connection().exec_driver_sql(
        "SELECT CAST(decided.key AS INTEGER) FROM json_each(?) AS decided"
        " LEFT JOIN ticket ON ticket.id = CAST(decided.key AS INTEGER)"
        " WHERE ticket.revision IS NOT decided.value",
        (json.dumps(dict(prepared.revisions)),),
    )
    return frozenset(found.scalars())


def write(session: Session, prepared: Prepared) -> None:
    """Write what was prepared, in the caller's transaction."""
    run(session, *prepared.writes, keys=_new_keys(session, prepared.counts))


def _new_keys(session: Session, counts: Mapping[str, int]) -> Keys:
    return {table: new_keys(session, table, count) for table, count in counts.items()}


def _insert_tickets(
    session: Session, decisions: Sequence[Decision], extra: Sequence[dict[str, Any]]
) -> list[Ticket]:
    """The tickets of the decisions; those that are new are added and get their key and name."""
    tickets = [decision.after for decision in decisions]
    new = [index for index, decision in enumerate(decisions) if decision.before is None]
    unnamed = [index for index in new if not tickets[index].reference]
    for index, number in zip(unnamed, take_numbers(session, "ticket", len(unnamed)), strict=True):
        tickets[index] = replace(tickets[index], reference=f"T-{number}")
    rows = [
        {**new_ticket_values(tickets[index]), **(extra[index] if extra else {})} for index in new
    ]
    for index, key in zip(new, insert_returning(session, _TICKETS, rows), strict=True):
        tickets[index] = replace(tickets[index], id=key)
    return tickets


def _tickets_changed(acts: Sequence[Act], *, is_sqlite: bool) -> Write:
    rows: Rows = []
    for act in acts:
        before, after = act.decision.before, act.decision.after
        if before is not None and after is not before:
            rows.append({"row_id": after.id, **changed_ticket_values(before, after)})
    return changing(_TICKETS, rows, is_sqlite=is_sqlite)


def _clocks(acts: Sequence[Act], *, is_sqlite: bool) -> tuple[Write, ...]:
    added: list[tuple[Values, Row]] = []
    updated: Rows = []
    for act in acts:
        before, ticket = act.decision.before, act.decision.after
        if before is not None and before.clocks is ticket.clocks:
            continue
        earlier = {} if before is None else {clock.id: clock for clock in before.clocks}
        for clock in ticket.clocks:
            if clock.id is None:
                added.append(((TICKET, ticket.id), clock_values(clock)))
            elif clock is not earlier[clock.id]:
                values = changed_clock_values(earlier[clock.id], clock)
                updated.append({"row_id": clock.id, **values})
    new = _new(_CLOCKS, ("subject_type", "subject_id"), added)
    return adding(new, is_sqlite=is_sqlite), changing(_CLOCKS, updated, is_sqlite=is_sqlite)


class _Parts:
    """Runs and escalations: first those that end, since only one of a ticket may be active."""

    def __init__(self, decisions: Sequence[Decision], *, is_sqlite: bool) -> None:
        runs: list[tuple[int, PathRun]] = []
        cases: list[tuple[int, Escalation]] = []
        for decision in decisions:
            for ended in decision.ended:
                if isinstance(ended, PathRun):
                    runs.append((decision.after.id, ended))
                else:
                    cases.append((decision.after.id, ended))
        for decision in decisions:
            before, ticket = decision.before, decision.after
            if ticket.run is not None and (before is None or ticket.run is not before.run):
                runs.append((ticket.id, ticket.run))
            if ticket.escalation is not None and (
                before is None or ticket.escalation is not before.escalation
            ):
                cases.append((ticket.id, ticket.escalation))
        new_runs = [(key, run) for key, run in runs if not run.id]
        self.counts = {_RUN: len(new_runs)}
        self.writes = (
            changing(
                _RUNS,
                [{"row_id": run.id, **run_values(run)} for _, run in runs if run.id],
                is_sqlite=is_sqlite,
            ),
            changing(
                _ESCALATIONS,
                [
                    {"row_id": case_.id, **escalation_values(case_)}
                    for _, case_ in cases
                    if case_.id
                ],
                is_sqlite=is_sqlite,
            ),
            _added_cases(cases, is_sqlite=is_sqlite),
            _added_runs(new_runs, is_sqlite=is_sqlite),
            _steps([(run.id, run) for _, run in runs if run.id], {}, is_sqlite=is_sqlite),
            _steps(
                [(number, run) for number, (_, run) in enumerate(new_runs)],
                {"run_id": _RUN},
                is_sqlite=is_sqlite,
            ),
        )


def _commitments(decisions: Sequence[Decision], *, is_sqlite: bool) -> Iterator[Write]:
    """Obligations, promises and requests that are new or changed, each by its number."""
    for name, reading in COMMITMENTS_READ.items():
        rows: list[tuple[Values, Row]] = []
        for decision in decisions:
            before = () if decision.before is None else getattr(decision.before, name)
            after = getattr(decision.after, name)
            if after is not before:
                known = set(before)
                rows += [
                    ((decision.after.id,), commitment_values(each))
                    for each in after
                    if each not in known
                ]
        new = _new(reading.table, ("ticket_id",), rows)
        yield putting(new, ("ticket_id", "number"), is_sqlite=is_sqlite)


def _added_cases(cases: Sequence[tuple[int, Escalation]], *, is_sqlite: bool) -> Write:
    rows = [((key,), escalation_values(case_)) for key, case_ in cases if not case_.id]
    return adding(_new(_ESCALATIONS, ("ticket_id",), rows), is_sqlite=is_sqlite)


def _added_runs(runs: Sequence[tuple[int, PathRun]], *, is_sqlite: bool) -> Write:
    rows = [((number, key), run_values(run)) for number, (key, run) in enumerate(runs)]
    new = _new(_RUNS, ("id", "ticket_id"), rows, counted={"id": _RUN})
    return adding(new, is_sqlite=is_sqlite)


def _steps(
    runs: Sequence[tuple[int, PathRun]], counted: Mapping[str, str], *, is_sqlite: bool
) -> Write:
    rows = [((key,), step_values(step)) for key, run in runs for step in run.taken]
    return adding(_new(_STEPS, ("run_id",), rows, counted), is_sqlite=is_sqlite)


def _new(
    table: Any,
    keys: tuple[str, ...],
    rows: Sequence[tuple[Values, Row]],
    counted: Mapping[str, str] = MappingProxyType({}),
) -> NewRows:
    """Rows each with the values of `keys`, and then of its part, whose names are all the same."""
    names = tuple(rows[0][1]) if rows else ()
    values = [(*key, *part.values()) for key, part in rows]
    return NewRows(table, (*keys, *names), values, counted=counted)


def _conversation(acts: Sequence[Act], *, is_sqlite: bool) -> Write:
    rows = [
        (
            act.decision.after.id,
            message.at,
            message.author_id,
            message.author_name,
            message.side.value,
            message.is_public,
            message.is_automatic,
            message.body,
        )
        for act in acts
        for message in act.decision.messages
    ]
    return adding(NewRows(_MESSAGES, _CONVERSATION_NAMES, rows), is_sqlite=is_sqlite)


_CONVERSATION_NAMES = (
    "ticket_id",
    "at",
    "author_id",
    "author_name",
    "side",
    "is_public",
    "is_automatic",
    "body",
)


class _Record:
    """The events of the acts, in order, and the messages about them."""

    def __init__(self, acts: Sequence[Act], *, is_sqlite: bool, tells: bool = True) -> None:
        events: list[Values] = []
        messages: list[Values] = []
        told = Messages()
        for act in acts:
            ticket, happened = act.decision.after, act.decision.events
            if tells:
                about = told.about(act.desk, act.actor, ticket, happened)
                for number, rows in enumerate(about, len(events)):
                    messages += [(number, *row) for row in rows]
            for number, event in enumerate(happened):
                events.append((len(events), *_event_values(act, event, number)))
        self.counts = {_EVENT: len(events)}
        self.writes = tuple(
            adding(new, is_sqlite=is_sqlite)
            for new in (
                NewRows(_EVENTS, ("id", *_EVENT_NAMES), events, counted={"id": _EVENT}),
                NewRows(
                    _OUTBOX, ("event_id", *MESSAGE_NAMES), messages, counted={"event_id": _EVENT}
                ),
            )
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


def _timers(acts: Sequence[Act], *, is_sqlite: bool) -> tuple[Write, ...]:
    ahead: list[Values] = []
    none_ahead: list[int] = []
    for act in acts:
        ticket = act.decision.after
        due_at = wakes_at(ticket, act.desk)
        if due_at is None:
            none_ahead.append(ticket.id)
        else:
            ahead.append((ticket.id, ticket.organisation_id, due_at))
    names, same = ("subject_id", "lane", "due_at"), {"subject_type": TICKET, "failures": 0}
    put = putting(NewRows(_TIMERS, names, ahead, same), _TIMER_KEY, is_sqlite=is_sqlite)

    def remove(connection: Connection, _keys: Keys) -> None:
        if none_ahead:
            connection.execute(_REMOVE_TIMERS, [{"key": key} for key in none_ahead])

    return put, remove


_TIMER_KEY = ("subject_type", "subject_id")
_REMOVE_TIMERS = delete(_TIMERS).where(
    _TIMERS.c.subject_type == TICKET, _TIMERS.c.subject_id == bindparam("key")
)

"""What must hold beyond the rows themselves: what people were told is there, no mail went out more
often than a crash explains, and nothing was written before it was due by the database's clock."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from escalation_app.db import Database
from escalation_app.models import (
    ClockRow,
    EventRow,
    MessageRow,
    OutboxRow,
    PathRunRow,
    PathStepRow,
    TicketRow,
)
from escalation_app.services.notices import message_key
from escalation_app.services.queries.audit import Fault, audit, clock_of
from escalation_app.services.tables import columns
from tests.support.crash.desk import paths, targets

NOTHING = timedelta(0)
A_MILLISECOND = timedelta(milliseconds=1)

_TICKETS = columns(TicketRow)
_MESSAGES = columns(MessageRow)
_EVENTS = columns(EventRow)
_CLOCKS = columns(ClockRow)
_OUTBOX = columns(OutboxRow)
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)

BY_HAND = ("functional", "hierarchical")
"""Escalations that a person asked for, whether they started the case or joined it."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that must not be, and how often it is."""

    fault: Fault
    what: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run leaves beside its database.

    `mails` counts the mails received by Message-ID; `cut_off` says how many engines were killed
    while they held the lease of a Message-ID.
    """

    journal: Path
    mails: Mapping[str, int]
    cut_off: Mapping[str, int]


def find_all(database: Database, evidence: Evidence) -> list[Wrong]:
    """Everything that is wrong once nothing is under way any more."""
    with database.reading() as session:
        found = [
            Wrong(finding.rule.fault, finding.rule.holds, finding.count, finding.tickets)
            for finding in audit(session, clock_of(session, datetime.now(UTC)), NOTHING)
        ]
        checks = (
            (
                Fault.LOST,
                "an acknowledged act is not there once",
                _journal_broken(session, evidence),
            ),
            (Fault.LOST, "an escalation started and told nobody", _untold(session)),
            (Fault.LOST, "a mail is said to be sent and was not", _unsent(session, evidence)),
            (Fault.LOST, "a mail went out that has no row", _unknown_mails(session, evidence)),
            (Fault.LOST, "a mail is neither sent nor given a reason", _undecided(session)),
            (
                Fault.DOUBLED,
                "a mail went out again without a crash",
                _sent_again(session, evidence),
            ),
            (Fault.EARLY, "the database saw it before it was due", _seen_early(session)),
            (Fault.EARLY, "a step was taken before its anchor", _before_anchor(session)),
            (Fault.EARLY, "a change is dated before an earlier one", _out_of_order(session)),
        )
        for fault, what, examples in checks:
            listed = list(examples)
            found.append(Wrong(fault, what, len(listed), tuple(listed[:5])))
    return [wrong for wrong in found if wrong.count]


# What was acknowledged -----------------------------------------------------------------------


def _journal_broken(session: Session, evidence: Evidence) -> Iterator[str]:
    """Each act has its event, each message its row, exactly once."""
    bodies = Counter(session.execute(select(_MESSAGES.c.body)).scalars())
    recorded: dict[tuple[str, datetime], list[str]] = defaultdict(list)
    for row in session.execute(
        select(_TICKETS.c.reference, _EVENTS).join_from(
            _EVENTS, _TICKETS, _TICKETS.c.id == _EVENTS.c.ticket_id
        )
    ):
        is_escalation = row.data.get("escalation") in BY_HAND
        kind = "escalated" if is_escalation else row.kind
        recorded[row.reference, row.recorded_at].append(kind)
    for line in evidence.journal.read_text().splitlines():
        act = json.loads(line)
        kinds = recorded[act["ref"], datetime.fromisoformat(act["at"])]
        is_there = kinds.count(act["kind"]) == 1
        if not is_there or ("body" in act and bodies[act["body"]] != 1):
            yield f"{act['ref']} {act['kind']} {act['at']}"


def _untold(session: Session) -> Iterator[str]:
    """On this desk every team has a lead, who is told of every escalation of the engine's, or of
    the step that was taken with it; a lead who escalates is not told of it."""
    told = _EVENTS.alias()
    untold = select(_EVENTS.c.ticket_id).where(
        _EVENTS.c.kind == "escalation_started",
        _EVENTS.c.actor_id.is_(None),
        ~exists().where(
            _OUTBOX.c.event_id == told.c.id,
            told.c.ticket_id == _EVENTS.c.ticket_id,
            told.c.revision == _EVENTS.c.revision,
            told.c.kind.in_(("escalation_started", "path_step_taken")),
        ),
    )
    for ticket in session.execute(untold).scalars():
        yield f"ticket {ticket}"


# Mail ----------------------------------------------------------------------------------------


def message_id(row: Any) -> str:
    """The Message-ID under which a row of the outbox goes out, however often."""
    digest = hashlib.sha256(message_key(row).encode()).hexdigest()[:32]
    return f"<{digest}@localhost>"


def mail_rows(session: Session, *where: Any) -> Iterable[Any]:
    """The rows of the outbox that are mails."""
    return session.execute(select(_OUTBOX).where(_OUTBOX.c.channel == "email", *where))


def _unsent(session: Session, evidence: Evidence) -> Iterator[str]:
    for row in mail_rows(session, _OUTBOX.c.state == "sent"):
        if not evidence.mails.get(message_id(row)):
            yield f"message {row.id}"


def _unknown_mails(session: Session, evidence: Evidence) -> Iterable[str]:
    return set(evidence.mails) - {message_id(row) for row in mail_rows(session)}


def _undecided(session: Session) -> Iterator[str]:
    for row in mail_rows(session, _OUTBOX.c.state.not_in(("sent", "digested"))):
        if row.state != "suppressed" or not row.note:
            yield f"message {row.id} is {row.state}"


def _sent_again(session: Session, evidence: Evidence) -> Iterator[str]:
    """Once, and once more for each engine that was killed while it held the message."""
    for key, times in evidence.mails.items():
        if times > 1 + evidence.cut_off.get(key, 0):
            yield f"{key} {times} times, {evidence.cut_off.get(key, 0)} crashes"


# Time ----------------------------------------------------------------------------------------


def _seen_early(session: Session) -> Iterator[str]:
    """By the witness of the database (desk.furnish), which on SQLite looks at whole
    milliseconds."""
    seen = select(_EVENTS, text("witness.seen_at")).join(
        text("witness"), text("witness.event_id = event.id")
    )
    timed = _EVENTS.c.kind.in_(("sla_warning", "sla_breached", "path_step_taken", "ticket_closed"))
    for row in session.execute(seen.where(timed)):
        seen_at = row.seen_at
        if isinstance(seen_at, str):
            seen_at = datetime.fromisoformat(seen_at).replace(tzinfo=UTC) + A_MILLISECOND
        due_at = row.at
        if row.kind == "path_step_taken":
            due_at = datetime.fromisoformat(row.data["due_at"])
        if seen_at < due_at:
            yield f"ticket {row.ticket_id} {row.kind} by {due_at - seen_at}"


def _out_of_order(session: Session) -> Iterator[str]:
    """Everybody here has the same clock, which is never set."""
    before: dict[int, datetime] = {}
    in_order = (_EVENTS.c.ticket_id, _EVENTS.c.revision, _EVENTS.c.number)
    for row in session.execute(select(_EVENTS).order_by(*in_order)):
        if row.recorded_at < before.get(row.ticket_id, row.recorded_at):
            yield f"ticket {row.ticket_id}, revision {row.revision}"
        before[row.ticket_id] = row.recorded_at


def _before_anchor(session: Session) -> Iterator[str]:
    """By the document itself: a share of the shortest target after the clock began, or a delay
    after the step before."""
    known = {key: path["steps"] for key, path in paths().items()}
    shortest = targets("S1")
    begun = {
        (row.subject_id, row.metric): row.started_at
        for row in session.execute(select(_CLOCKS).where(_CLOCKS.c.cycle == 1))
    }
    taken: dict[tuple[int, int, str], dict[int, datetime]] = defaultdict(dict)
    for row in session.execute(
        select(_RUNS.c.ticket_id, _RUNS.c.path, _STEPS)
        .join_from(_STEPS, _RUNS, _RUNS.c.id == _STEPS.c.run_id)
        .where(_STEPS.c.loop == 0)
    ):
        taken[row.ticket_id, row.run_id, row.path][row.step] = row.taken_at
    for (ticket, _, path), steps in taken.items():
        metric = paths()[path]["metric"]
        for number, at in steps.items():
            step = known[path][number]
            if "after" in step:
                if number - 1 not in steps:
                    continue  # a step that is lost is another rule's to tell
                since, wait = steps[number - 1], float(step["after"].rstrip("s"))
            else:
                share = float(step["at"].rstrip("%")) / 100
                since, wait = begun[ticket, metric], shortest[metric] * share
            if at < since + timedelta(seconds=wait):
                yield f"ticket {ticket}, step {number} of {path}"

"""A run of an import in the product's database: begun, kept alive, ended or taken back.

One at a time. A run that fails is taken back at once, one that was killed by the next run: its
tickets go, with everything the engine did about them meanwhile, then the people and
organisations it added, and tickets it had replaced come back. A ticket on which a person has
worked since is kept.
"""

import os
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import delete, exists, select, text, update
from sqlalchemy.orm import Session

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid
from escalation_app.domain.permissions import ActorKind
from escalation_app.models import (
    ClockRow,
    EscalationRow,
    EventRow,
    ImportBatchRow,
    ImportTraceRow,
    MessageRow,
    NoticePreferenceRow,
    OrganisationRow,
    OutboxRow,
    PathRunRow,
    PathStepRow,
    PersonRoleRow,
    PersonRow,
    SnoozeRow,
    TicketRow,
    TicketSeenRow,
    TimerRow,
)
from escalation_app.models.types import UtcDateTime
from escalation_app.services.bulk import insert_rows
from escalation_app.services.importing.parties import ORGANISATION, PERSON
from escalation_app.services.tables import TICKET, columns

SILENT_AFTER = timedelta(seconds=60)
"""A run on another machine that has written nothing for this long has ended without a word."""
AT_ONCE = 50
"""Tickets taken back in one transaction."""
REPLACED = "replaced"

_BATCHES = columns(ImportBatchRow)
_TRACES = columns(ImportTraceRow)
_TICKETS = columns(TicketRow)
_CLOCKS = columns(ClockRow)
_EVENTS = columns(EventRow)
_OUTBOX = columns(OutboxRow)
_MESSAGES = columns(MessageRow)
_RUNS = columns(PathRunRow)
_STEPS = columns(PathStepRow)
_TIMERS = columns(TimerRow)
_PEOPLE = columns(PersonRow)
_ORGANISATIONS = columns(OrganisationRow)
_ROLES = columns(PersonRoleRow)


class Busy(Invalid):
    """Another import is running."""


class Watch(Protocol):
    """Where a long run reads the time as it goes: `escalation_app.clock` is one."""

    def utc_now(self) -> datetime: ...
    def monotonic(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """A run under way."""

    id: int
    watch: Watch

    def beat(self, session: Session) -> None:
        """Say, in the caller's transaction, that the run is alive."""
        now = self.watch.utc_now()
        change = update(_BATCHES).where(_BATCHES.c.id == self.id).values(beat_at=now)
        session.connection().execute(change)


@contextmanager
def running_batch(
    database: Database, watch: Watch, *, mapping: str, source: str, path: Path, shift: timedelta
) -> Generator[tuple[Batch, dict[str, int]]]:
    """A batch for the length of the block, and the counts to keep of it.

    Any exception, Ctrl-C too, takes back what the block published. Raises Busy while another
    import runs.
    """
    for stale in _stale(database, watch.utc_now()):
        withdraw(database, stale, watch.utc_now())
    batch = _begin(database, watch, mapping, source, path, shift)
    counts: dict[str, int] = {}
    try:
        yield batch, counts
        with database.writing() as session:
            session.execute(delete(_TRACES).where(_TRACES.c.batch_id == batch.id))
            _end(session, batch.id, "done", counts, watch.utc_now())
    except BaseException:
        withdraw(database, batch.id, watch.utc_now())
        raise


def last_shift(session: Session, source: str) -> timedelta | None:
    """How far the times of this source were moved; None when none of it is here."""
    weeks = session.execute(
        select(_BATCHES.c.shift_weeks)
        .where(_BATCHES.c.source == source, _BATCHES.c.state == "done")
        .order_by(_BATCHES.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if weeks is None else timedelta(weeks=weeks)


def _begin(
    database: Database, watch: Watch, mapping: str, source: str, path: Path, shift: timedelta
) -> Batch:
    now = watch.utc_now()
    with database.writing() as session:
        _one_at_a_time(session, database)
        row = ImportBatchRow(
            mapping=mapping[:120],
            source=source,
            file_name=path.name[:300],
            state="publishing",
            owner=_owner(),
            started_at=now,
            beat_at=now,
            shift_weeks=shift // timedelta(weeks=1),
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        return Batch(row.id, watch)


def _one_at_a_time(session: Session, database: Database) -> None:
    if not database.is_sqlite:  # there, the write lock is held already
        session.execute(text("LOCK TABLE import_batch IN SHARE ROW EXCLUSIVE MODE"))
    other = session.execute(
        select(_BATCHES.c.file_name, _BATCHES.c.owner).where(_BATCHES.c.state == "publishing")
    ).first()
    if other is not None:
        raise Busy(f"{other.file_name} is being imported by {other.owner}. Wait until it is done.")


def _owner() -> str:
    return f"{socket.gethostname()[:80]}/{os.getpid()}"


def _stale(database: Database, now: datetime) -> list[int]:
    """Runs that ended without a word."""
    with database.reading() as session:
        rows = session.execute(
            select(_BATCHES.c.id, _BATCHES.c.owner, _BATCHES.c.beat_at).where(
                _BATCHES.c.state == "publishing"
            )
        ).all()
    return [row.id for row in rows if _is_stale(row.owner, row.beat_at, now)]


def _is_stale(owner: str, beat_at: datetime, now: datetime) -> bool:
    host, _, process = owner.rpartition("/")
    if host == socket.gethostname()[:80] and not _is_alive(int(process)):
        return True
    return now - beat_at > SILENT_AFTER


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end(
    session: Session, batch_id: int, state: str, counts: dict[str, int], now: datetime
) -> None:
    session.execute(
        update(_BATCHES)
        .where(_BATCHES.c.id == batch_id)
        .values(state=state, finished_at=now, counts=counts)
    )


# Taking back ---------------------------------------------------------------------------------


def withdraw(database: Database, batch_id: int, now: datetime) -> None:
    """Take back what the batch published, in small transactions; it can be broken off and
    repeated."""
    while True:
        with database.writing() as session:
            ids = _published(session, batch_id)
            remove_tickets(session, ids)
        if len(ids) < AT_ONCE:
            break
    with database.writing() as session:
        _bring_back(session, batch_id)
        _remove_parties(session, batch_id)
        session.execute(delete(_TRACES).where(_TRACES.c.batch_id == batch_id))
        kept = update(_TICKETS).where(_TICKETS.c.import_batch_id == batch_id)
        session.connection().execute(kept.values(import_batch_id=None))
        _end(session, batch_id, "withdrawn", {}, now)


def _published(session: Session, batch_id: int) -> list[int]:
    worked_on = exists().where(
        _EVENTS.c.ticket_id == _TICKETS.c.id, _EVENTS.c.actor_kind == ActorKind.PERSON.value
    )
    found = select(_TICKETS.c.id).where(_TICKETS.c.import_batch_id == batch_id, ~worked_on)
    return list(session.execute(found.limit(AT_ONCE)).scalars())


def remove_tickets(session: Session, ids: Sequence[int]) -> None:
    """Delete the tickets with all that hangs on them."""
    if not ids:
        return
    runs = select(_RUNS.c.id).where(_RUNS.c.ticket_id.in_(ids))
    session.execute(delete(_STEPS).where(_STEPS.c.run_id.in_(runs)))
    told_of = select(_EVENTS.c.id).where(_EVENTS.c.ticket_id.in_(ids))
    session.execute(delete(_OUTBOX).where(_OUTBOX.c.event_id.in_(told_of)))
    for model in (PathRunRow, EscalationRow, MessageRow, EventRow, TicketSeenRow, SnoozeRow):
        table = columns(model)
        session.execute(delete(table).where(table.c.ticket_id.in_(ids)))
    for table in (_CLOCKS, _TIMERS):
        subject = (table.c.subject_type == TICKET, table.c.subject_id.in_(ids))
        session.execute(delete(table).where(*subject))
    session.execute(delete(_TICKETS).where(_TICKETS.c.id.in_(ids)))


def _remove_parties(session: Session, batch_id: int) -> None:
    """People and organisations that the batch added, unless something else holds on to them."""
    people = _traced(batch_id, PERSON)
    free = [
        _PEOPLE.c.id.in_(people),
        _PEOPLE.c.id.not_in(_held(_TICKETS.c.requester_id)),
        _PEOPLE.c.id.not_in(_held(_TICKETS.c.assignee_id)),
        _PEOPLE.c.id.not_in(_held(_MESSAGES.c.author_id)),
        _PEOPLE.c.id.not_in(_held(_EVENTS.c.actor_id)),
        _PEOPLE.c.id.not_in(_held(_OUTBOX.c.person_id)),
        _PEOPLE.c.id.not_in(_held(columns(NoticePreferenceRow).c.person_id)),
    ]
    session.execute(delete(_ROLES).where(_ROLES.c.person_id.in_(select(_PEOPLE.c.id).where(*free))))
    session.execute(delete(_PEOPLE).where(*free))
    session.execute(
        delete(_ORGANISATIONS).where(
            _ORGANISATIONS.c.id.in_(_traced(batch_id, ORGANISATION)),
            _ORGANISATIONS.c.id.not_in(_held(_TICKETS.c.organisation_id)),
            _ORGANISATIONS.c.id.not_in(_held(_PEOPLE.c.organisation_id)),
        )
    )


def _held(column: Any) -> Any:
    """The keys that a column holds on to, found in one pass."""
    return select(column).where(column.is_not(None))


def _traced(batch_id: int, kind: str) -> Any:
    return select(_TRACES.c.row_id).where(_TRACES.c.batch_id == batch_id, _TRACES.c.kind == kind)


# Replacing -----------------------------------------------------------------------------------

_PARTS = (
    (_TICKETS, _TICKETS.c.id),
    (_CLOCKS, _CLOCKS.c.subject_id),
    (_MESSAGES, _MESSAGES.c.ticket_id),
    (_EVENTS, _EVENTS.c.ticket_id),
    (_TIMERS, _TIMERS.c.subject_id),
)
"""What an imported ticket on which nobody has acted consists of, and the column that says whose
it is. Only tickets have clocks and timers so far as imports go."""


def touched(session: Session, ids: Sequence[int]) -> set[int]:
    """Those on which a person or the engine has acted since they were imported."""
    return set(
        session.execute(
            select(_EVENTS.c.ticket_id).where(
                _EVENTS.c.ticket_id.in_(ids), _EVENTS.c.actor_kind != ActorKind.IMPORT.value
            )
        ).scalars()
    )


def put_away(session: Session, batch_id: int, ids: Sequence[int]) -> None:
    """Remove tickets whose place a longer history takes, so that a withdrawal brings them back."""
    rows = [
        {"batch_id": batch_id, "kind": REPLACED, "row_id": key, "data": _copy(session, key)}
        for key in ids
    ]
    if rows:
        insert_rows(session, _TRACES, rows)
        remove_tickets(session, ids)


def _copy(session: Session, ticket_id: int) -> dict[str, Any]:
    return {
        table.name: [
            {name: _plain(value) for name, value in row.items()}
            for row in session.execute(_of_ticket(table, whose, ticket_id)).mappings()
        ]
        for table, whose in _PARTS
    }


def _of_ticket(table: Any, whose: Any, ticket_id: int) -> Any:
    found = select(table).where(whose == ticket_id)
    return found.where(table.c.subject_type == TICKET) if "subject_type" in table.c else found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _bring_back(session: Session, batch_id: int) -> None:
    """Put replaced tickets back where their successor is gone."""
    traces = session.execute(
        select(_TRACES.c.row_id, _TRACES.c.data).where(
            _TRACES.c.batch_id == batch_id, _TRACES.c.kind == REPLACED
        )
    ).all()
    for trace in traces:
        ticket = trace.data[_TICKETS.name][0]
        same_source = _TICKETS.c.source == ticket["source"]
        same = same_source & (_TICKETS.c.source_ref == ticket["source_ref"])
        if session.execute(select(exists().where(same))).scalar_one():
            continue
        for table, _ in _PARTS:
            insert_rows(session, table, [_typed(table, row) for row in trace.data[table.name]])


def _typed(table: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value)
        if isinstance(value, str) and isinstance(table.c[name].type, UtcDateTime)
        else value
        for name, value in row.items()
    }

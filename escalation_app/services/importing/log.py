"""Import of a log: read, checked and staged as a whole, then published ticket by ticket."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid
from escalation_app.domain.process import Process
from escalation_app.services.importing.batches import Batch, Watch, last_shift, running_batch
from escalation_app.services.importing.mapping import Mapping
from escalation_app.services.importing.publishing import Counts, Progress, Publisher
from escalation_app.services.importing.reading import Encodings, read_records
from escalation_app.services.importing.rejects import Rejects
from escalation_app.services.importing.rows import RowReader
from escalation_app.services.importing.staging import Stage

WEEK = timedelta(weeks=1)
TELL_EVERY = 1_000
"""Rows between two words about progress."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `later` are rows after `as_of`; `rejects` is None when there are none."""

    rows: int
    staged: int
    later: int
    rejected: int
    repaired: int
    tickets: Counts
    shift: timedelta
    rejects: Path | None
    is_dry_run: bool


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is to be imported, and how. `as_of` is UTC; `shift` is worked out where it is None."""

    path: Path
    mapping: Mapping
    as_of: datetime | None = None
    shift: timedelta | None = None
    rejects: Path | None = None
    is_dry_run: bool = False


def import_log(
    database: Database,
    order: ImportOrder,
    process: Process,
    watch: Watch,
    progress: Progress = lambda doing, done, total: None,
) -> ImportReport:
    """Import the log, or take everything back and raise what went wrong.

    Raises Invalid for a file, mapping or `as_of` that cannot be used, before anything is written.
    """
    now = watch.utc_now()
    shift = _shift(database, order, now)
    with Rejects(order.rejects) as rejects, Stage() as stage:
        until = now - shift if order.as_of is None else now
        rows, later = stage_rows(order, rejects, stage, until, progress)
        with _batch(database, order, watch, shift) as (batch, kept):
            publisher = Publisher(
                database, order.mapping, process, rejects, now, shift, batch, watch, progress
            )
            counts = publisher.publish(stage)
            kept.update(counts.as_dict(), rows=rows, rejected=rejects.rejected)
        said = rejects.rejected + rejects.repaired
        return ImportReport(
            rows=rows,
            staged=stage.rows,
            later=later,
            rejected=rejects.rejected,
            repaired=rejects.repaired,
            tickets=counts,
            shift=shift,
            rejects=order.rejects if said else None,
            is_dry_run=order.is_dry_run,
        )


def _shift(database: Database, order: ImportOrder, now: datetime) -> timedelta:
    """How far all times are moved: whole weeks, so that weekdays and hours stay what they were,
    and the same for every import of one source. Raises Invalid where that cannot be."""
    with database.reading() as session:
        earlier = last_shift(session, order.mapping.source)
    if order.shift is not None:
        shift = order.shift
    elif order.as_of is None:
        shift = timedelta(0)
    else:
        own = max(now - order.as_of, timedelta(0)) // WEEK * WEEK
        shift = own if earlier is None else earlier
    if earlier is not None and shift != earlier:
        raise Invalid(
            f"Tickets of this source were imported {earlier // WEEK} weeks later than their log"
            f" says. Import this one with --as-of too, or into another database."
        )
    if order.as_of is not None and order.as_of + shift > now:
        latest = (now - shift).isoformat(timespec="minutes")
        raise Invalid(f"--as-of lies in the future; by this source's time it is {latest} now.")
    return shift


def stage_rows(
    order: ImportOrder, rejects: Rejects, stage: Stage, until: datetime, progress: Progress
) -> tuple[int, int]:
    """Read and check every row; returns how many there were, and how many are too late."""
    mapping = order.mapping
    encodings = Encodings(mapping.encoding, mapping.otherwise_encoding)
    records = read_records(order.path, encodings, mapping.delimiter, rejects)
    header = next(records)
    reader = RowReader(mapping, header.cells, rejects, until=until, as_of=order.as_of)
    rows = 0
    for rows, record in enumerate(records, start=1):
        row = reader.staged(record)
        if row is not None:
            stage.add(row)
        if rows % TELL_EVERY == 0:
            progress("rows read", rows, None)
    stage.arrange()
    return rows, reader.later


@contextmanager
def _batch(
    database: Database, order: ImportOrder, watch: Watch, shift: timedelta
) -> Generator[tuple[Batch | None, dict[str, int]]]:
    if order.is_dry_run:
        yield None, {}
        return
    mapping = order.mapping
    with running_batch(
        database,
        watch,
        mapping=mapping.name,
        source=mapping.source,
        path=order.path,
        shift=shift,
    ) as running:
        yield running

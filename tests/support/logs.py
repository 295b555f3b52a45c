"""Logs of other desks for tests: small ones made up here, real ones where they are."""

import csv
import gzip
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from escalation_app.db import Database
from escalation_app.models import (
    ClockRow,
    EventRow,
    MessageRow,
    OrganisationRow,
    PersonRoleRow,
    PersonRow,
    TicketRow,
    TimerRow,
)
from escalation_app.services.importing import ImportOrder, ImportReport, import_log, load_mapping
from escalation_app.services.process_versions import live_process
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk

EVENTS = """\
name: Desk of old
source: old_desk
rows: events
otherwise_encoding: windows-1252
empty: ["?"]
zone: Europe/London
dates: ["%d/%m/%Y %H:%M"]
columns:
  ticket: id
  at: at
  opened_at: opened
  status: state
  impact: impact
  urgency: urgency
  priority: priority
  group: group
  assignee: owner
  by: by
  requester: caller
  organisation: site
  resolved_at: solved
hindsight: [solved]
order: [step]
reference: {remove: "Case ", prefix: "OLD-"}
subject: [about, detail]
description: [text]
statuses:
  New: new
  Working: open
  Asked: waiting_customer
  Vendor: waiting_supplier
  Odd: as_before
  Solved: resolved
  Done: closed
first_response: [Working, Asked, Vendor, Solved, Done]
severities: {words: {P1: S1, P2: S2, P3: S3}}
impacts: {empty: medium, words: {big: high, some: medium, small: low}}
urgencies: {empty: medium, words: {big: high, some: medium, small: low}}
teams:
  empty: service_desk
  groups:
    service_desk: [Front]
    application_support: [Apps, Apps by night]
    platform_engineering: [Kernel]
plans: {empty: basic}
"""

TICKETS = """\
name: A list
source: a_list
rows: tickets
zone: Etc/UTC
dates: [iso]
columns:
  ticket: id
  opened_at: opened
  first_response_at: answered
  resolved_at: resolved
  closed_at: closed
  updated_at: changed
  status: state
  assignee: owner
  assignee_email: owner_mail
  requester: name
  requester_email: mail
  organisation: customer
hindsight: [state, changed, owner, owner_mail]
reference: {prefix: "L-"}
subject: [subject]
description: [body]
statuses: {new: new, open: open, waiting: waiting_customer, resolved: resolved, closed: closed}
impacts: {empty: medium}
urgencies: {empty: medium}
teams: {empty: service_desk}
plans: {empty: pro}
"""

HEADER = (
    "id,at,step,opened,state,impact,urgency,priority,group,owner,by,caller,site,solved,about,"
    "detail,text"
).split(",")

TABLES: tuple[type[SQLModel], ...] = (
    TicketRow,
    ClockRow,
    EventRow,
    MessageRow,
    TimerRow,
    OrganisationRow,
    PersonRow,
    PersonRoleRow,
)
"""What an import writes, and an import of the same again must not change."""


def event(case: str, at: str, state: str = "", **cells: str) -> dict[str, str]:
    """A row of the made-up event log; what is not given is empty."""
    return {"id": case, "at": at, "state": state, "caller": "Ann", "site": "Hull", **cells}


def as_csv(rows: Iterable[Mapping[str, str]], header: Sequence[str] = HEADER) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def run_import(
    desk: SupportDesk,
    folder: Path,
    content: str | bytes | Iterable[Mapping[str, str]] | Path,
    mapping: str = EVENTS,
    **order: Any,
) -> ImportReport:
    """Import what is given: a file, its bytes or text, or rows of the made-up event log.

    `order` is what else an ImportOrder takes, and `progress`.
    """
    progress = order.pop("progress", lambda doing, done, total: None)
    path = folder / "log.csv"
    if isinstance(content, Path):
        path = content
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else as_csv(content), "utf-8")
    with desk.reading() as session:
        process = live_process(session)
    placed = ImportOrder(
        path, load_mapping(mapping, process), **{"rejects": folder / "rejects.csv", **order}
    )
    return import_log(desk.database, placed, process, desk.clock, progress)


def rejects(folder: Path) -> list[dict[str, str]]:
    """The rows of the rejects file; none when there is no such file."""
    path = folder / "rejects.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def one(database: Database, model: type[SQLModel], **values: object) -> Any:
    """The only row with these values."""
    (row,) = rows_of(database, model, **values)
    return row


def rows_of(database: Database, model: type[SQLModel], **values: object) -> list[Any]:
    table = columns(model)
    statement = select(table).order_by(*table.primary_key.columns)
    for name, value in values.items():
        statement = statement.where(table.c[name] == value)
    with database.reading() as session:
        return list(session.execute(statement).all())


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every table that an import writes, with keys replaced by what they stand for."""
    with database.reading() as session:
        found = {
            model: [dict(row) for row in session.execute(select(columns(model))).mappings()]
            for model in TABLES
        }
    names = {
        "person": {row["id"]: row["key"] for row in found[PersonRow]},
        "organisation": {row["id"]: row["key"] for row in found[OrganisationRow]},
        "ticket": {row["id"]: row["source_ref"] or row["reference"] for row in found[TicketRow]},
    }
    return {
        columns(model).name: sorted(
            (_plain(model, row, names) for row in rows), key=lambda row: repr(row)
        )
        for model, rows in found.items()
    }


_NAMED = {
    "ticket_id": "ticket",
    "subject_id": "ticket",
    "person_id": "person",
    "requester_id": "person",
    "assignee_id": "person",
    "author_id": "person",
    "actor_id": "person",
    "organisation_id": "organisation",
}


def _plain(
    model: type[SQLModel], row: dict[str, Any], names: Mapping[str, Mapping[int, str]]
) -> tuple[object, ...]:
    """A row without its own key, its batch and when it was written."""
    values: list[object] = []
    for name, value in sorted(row.items()):
        if name in ("id", "import_batch_id", "recorded_at"):
            continue
        if name in _NAMED and value is not None:
            values.append(names[_NAMED[name]][value])
        elif isinstance(value, dict) and "told" in value:
            told = [names["person"][key] for key in value["told"]]
            values.append(sorted({**value, "told": told}.items(), key=repr))
        else:
            values.append(value)
    return tuple(values)


def shared_log(name: str) -> Path:
    """A real log, from SHARED_DATA or beside the project; the test is skipped where it is not."""
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("SHARED_DATA") or beside) / name
    if not path.exists():
        pytest.skip(f"no {path}: set SHARED_DATA to the folder of the real logs")
    return path


def head_of(log: Path, tickets: int, into: Path) -> Path:
    """The rows of the log's first tickets, in a file of their own."""
    with gzip.open(log, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        seen: set[str] = set()
        kept: list[list[str]] = []
        for row in reader:
            seen.add(row[0])
            if len(seen) > tickets:
                break
            kept.append(row)
    with into.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *kept])
    return into

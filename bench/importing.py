"""Import of 100,000 events with the ServiceNow mapping, in a process of its own, on SQLite.

Beside it, the same rows read by csv and inserted as they are: what reading and writing cost
without knowing what they mean.
"""

import csv
import gzip
import re
import resource
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter, process_time

from bench.logs import SERVICENOW, real_log
from escalation_app import clock
from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.migrations import migrate
from escalation_app.services.importing import (
    ImportOrder,
    import_log,
    load_mapping,
    shipped_mappings,
)
from escalation_app.services.process_versions import live_process, publish, shipped_document

EVENTS = 100_000
FEW = 25_000
"""How many events the memory of 100,000 is compared with."""

Row = list[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """One import: by the clock, of the processor's time, its most memory and longest lock."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    longest_lock_ms: int


def run() -> dict[str, float]:
    """`import_100k_events_s`, and how long csv and one INSERT take for the same rows;
    `import_peak_mib`, the most memory the importing process had, and the same for a quarter of the
    events; the longest hold of the write lock. Raises RuntimeError if a row is rejected."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        many, few = Path(folder, "many.csv"), Path(folder, "few.csv")
        _write(many, EVENTS)
        _write(few, FEW)
        baseline = _insert_only(many, Path(folder, "baseline.db"))
        smaller, whole = _in_own_process(few), _in_own_process(many)
    return {
        "import_100k_events_s": round(whole.seconds, 2),
        "import_100k_cpu_s": round(whole.cpu_seconds, 2),
        "import_100k_raw_insert_s": round(baseline, 2),
        "import_peak_mib": round(whole.peak_mib),
        "import_peak_25k_mib": round(smaller.peak_mib),
        "import_longest_lock_ms": whole.longest_lock_ms,
    }


def _in_own_process(log: Path) -> Measured:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_import, log).result()


def _import(log: Path) -> Measured:
    url = f"sqlite:///{log}.db"
    migrate(url)
    database = Database(url)
    with database.writing() as session:
        publish(session, shipped_document(), "bench", utc_now())
        process = live_process(session)
    mapping = load_mapping(shipped_mappings()["servicenow"], process)
    begun, worked = perf_counter(), process_time()
    report = import_log(database, ImportOrder(log, mapping), process, clock)
    seconds, cpu_seconds = perf_counter() - begun, process_time() - worked
    if report.rejected or report.tickets.refused:
        raise RuntimeError(f"{report.rejected} rows were rejected")
    return Measured(seconds, cpu_seconds, _peak_mib(), report.tickets.longest_lock_ms)


def _peak_mib() -> float:
    """The most memory this process had. Linux counts in `ru_maxrss` what the process that began it
    had, which is much after the parts with a million tickets."""
    status = Path("/proc/self/status")
    if status.exists():
        (kib,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        return int(kib) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def _insert_only(log: Path, into: Path) -> float:
    database = sqlite3.connect(into, isolation_level=None)
    begun = perf_counter()
    with log.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(f"CREATE TABLE raw ({', '.join(f'[{name}] TEXT' for name in names)})")
        database.execute("BEGIN IMMEDIATE")
        database.executemany(f"INSERT INTO raw VALUES ({', '.join('?' * len(names))})", rows)
        database.execute("COMMIT")
    seconds = perf_counter() - begun
    database.close()
    return seconds


# Logs ----------------------------------------------------------------------------------------


def _write(path: Path, events: int) -> None:
    """A log of that many events: the real one where it is, again and again under fresh numbers,
    else one that is made up."""
    rows = _repeated() or _made_up()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(next(rows))
        writer.writerows(islice(rows, events))


def _repeated() -> Iterator[Row] | None:
    log = real_log(SERVICENOW, "a log is made up")
    return None if log is None else _again_and_again(log)


def _again_and_again(log: Path) -> Iterator[Row]:
    for turn in count():
        with gzip.open(log, "rt", encoding="utf-8", newline="") as file:
            rows: Iterable[Row] = csv.reader(file)
            for number, row in enumerate(rows):
                if number == 0 and turn:
                    continue
                yield row if number == 0 else [f"{row[0]}-{turn}", *row[1:]]


COLUMNS: tuple[str, ...] = (
    *("number", "incident_state", "sys_mod_count", "opened_at", "sys_updated_by"),
    *("sys_updated_at", "contact_type", "location", "caller_id", "category", "u_symptom"),
    *("subcategory", "cmdb_ci", "impact", "urgency", "priority", "assignment_group"),
    *("assigned_to", "resolved_at", "closed_at", "made_sla", "closed_code", "resolved_by"),
)
_STATES = ("New", "New", "Active", "Awaiting User Info", "Active", "Resolved", "Closed")


def _made_up() -> Iterator[Row]:
    """Tickets of seven events each."""
    chance = Random(498)
    yield list(COLUMNS)
    for number in count(1):
        at = datetime(2016, 3, 1, tzinfo=UTC) + timedelta(minutes=7 * number)
        opened = f"{at:%d/%m/%Y %H:%M}"
        caller, place = f"Caller {chance.randrange(4_000)}", f"Location {chance.randrange(200)}"
        for step, state in enumerate(_STATES):
            at += timedelta(minutes=chance.randrange(2_000))
            group, owner = f"Group {chance.randrange(80)}", f"Resolver {chance.randrange(220)}"
            cells = dict.fromkeys(COLUMNS, "?") | {
                "number": f"INC{number:07}",
                "incident_state": state,
                "sys_mod_count": str(step),
                "opened_at": opened,
                "sys_updated_at": f"{at:%d/%m/%Y %H:%M}",
                "sys_updated_by": f"Updated by {chance.randrange(500)}",
                "contact_type": "Phone",
                "location": place,
                "caller_id": caller,
                "category": f"Category {chance.randrange(50)}",
                "u_symptom": f"Symptom {chance.randrange(300)}",
                "impact": "2 - Medium",
                "urgency": "2 - Medium",
                "priority": "3 - Moderate",
                "assignment_group": group,
                "assigned_to": owner if step > 1 else "?",
            }
            yield list(cells.values())

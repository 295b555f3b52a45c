"""A year of a real desk under the shipped process: the log read, and the engine run over it.

Beside it, the reading alone: what is left is the engine.
"""

from datetime import datetime
from time import perf_counter, process_time

from bench.logs import SERVICENOW, real_log
from escalation_app.clock import utc_now
from escalation_app.domain.process import Process
from escalation_app.domain.tally import simulate
from escalation_app.services.importing import ImportOrder, load_mapping, shipped_mappings
from escalation_app.services.importing.recording import recording
from escalation_app.services.importing.rejects import Rejects
from escalation_app.services.process_document import load_process, shipped_document


def run() -> dict[str, float]:
    """`simulate_servicenow_year_s`, reading included, and of the processor's time alone;
    `simulate_reading_s`, the reading by itself; and how many events of the log that makes in a
    second. No figures where the log is not."""
    log = real_log(SERVICENOW, "SKIPPED, nothing is simulated")
    if log is None:
        return {}
    process = load_process(shipped_document(), 1)
    order = ImportOrder(log, load_mapping(shipped_mappings()["servicenow"], process))
    now = utc_now()
    reading = _read_only(order, process, now)
    begun, worked = perf_counter(), process_time()
    with Rejects(None) as rejects, recording(order, process, rejects, now) as record:
        found = simulate(record.tickets(), process, record.staff, record.ends_at)
    seconds, cpu_seconds = perf_counter() - begun, process_time() - worked
    if record.refused or rejects.rejected or not found.escalations:
        raise RuntimeError(f"{record.refused} tickets were refused, or nothing escalated")
    return {
        "simulate_servicenow_year_s": seconds,
        "simulate_cpu_s": cpu_seconds,
        "simulate_reading_s": reading,
        "simulate_events_per_s": record.rows / seconds,
    }


def _read_only(order: ImportOrder, process: Process, now: datetime) -> float:
    begun = perf_counter()
    with Rejects(None) as rejects, recording(order, process, rejects, now) as record:
        for _ in record.tickets():
            pass
    return perf_counter() - begun

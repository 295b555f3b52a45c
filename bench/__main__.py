"""`python -m bench [PART ...]`: measure, print a table, write bench/results.json.

Each figure stands beside what it is to reach and a baseline taken in the same run. A part that
fails is named, and the exit code is then 1.
"""

import importlib
import json
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("results.json")
PARTS = (
    "calendars",
    "engine",
    "flood",
    "queue",
    "importing",
    "simulate",
    "clock_fit",
    "live",
    "agents",
    "startup",
    "crash",
)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure is to reach, and the figure of the same run it is compared with."""

    target: str = ""
    baseline: str = ""


AIMS: dict[str, Aim] = {
    "due_per_s_24x7": Aim("at least 300,000"),
    "due_per_s_business_hours": Aim("at least 300,000"),
    "due_vs_businesstimedelta": Aim("at least 100"),
    "idle_sweep_100k_ms": Aim("under 1"),
    "idle_sweep_growth": Aim("at most 1.5"),
    "idle_sweep_growth_1k_to_1m": Aim("under 1.5"),
    "escalate_1000_of_100k_s": Aim("at most 1", "escalate_baseline_s"),
    "escalate_longest_lock_ms": Aim("at most 100"),
    "escalate_10000_of_100k_s": Aim("at most 1", "escalate_10000_raw_s"),
    "escalate_10000_of_100k_vs_raw": Aim("at least 0.33"),
    "escalate_10000_of_100k_pg_s": Aim("at most 2", "escalate_10000_pg_raw_s"),
    "escalate_10000_of_100k_pg_vs_raw": Aim("at least 0.33"),
    "flood_event_p95_ms": Aim("under 300", "flood_before_p95_ms"),
    "queue_page_100k_ms": Aim("under 100", "queue_page_baseline_ms"),
    "queue_tier_page_100k_ms": Aim("under 100", "queue_page_baseline_ms"),
    "queue_slowest_sort_100k_ms": Aim("under 100", "queue_page_baseline_ms"),
    "queue_slowest_filter_100k_ms": Aim("under 100", "queue_page_baseline_ms"),
    "queue_search_100k_ms": Aim("", "queue_page_baseline_ms"),
    "import_100k_events_s": Aim("under 60", "import_100k_raw_insert_s"),
    "import_peak_mib": Aim("under 300", "import_peak_25k_mib"),
    "simulate_servicenow_year_s": Aim("under 20", "simulate_reading_s"),
    "fit_moderate_no_pauses_pct": Aim("known: 91.0", "fit_moderate_majority_pct"),
    "fit_moderate_with_pauses_pct": Aim("", "fit_moderate_no_pauses_pct"),
    "fit_moderate_office_hours_pct": Aim("", "fit_moderate_no_pauses_pct"),
    "fit_moderate_to_close_pct": Aim("", "fit_moderate_no_pauses_pct"),
    "fit_moderate_to_close_office_hours_pct": Aim("", "fit_moderate_no_pauses_pct"),
    "fit_moderate_to_close_with_pauses_pct": Aim("", "fit_moderate_to_close_office_hours_pct"),
    "fit_all_no_pauses_pct": Aim("", "fit_all_majority_pct"),
    "fit_all_with_pauses_pct": Aim("", "fit_all_no_pauses_pct"),
    "fit_all_office_hours_pct": Aim("", "fit_all_no_pauses_pct"),
    "fit_all_to_close_pct": Aim("", "fit_all_no_pauses_pct"),
    "fit_all_to_close_office_hours_pct": Aim("", "fit_all_no_pauses_pct"),
    "fit_all_to_close_with_pauses_pct": Aim("", "fit_all_to_close_office_hours_pct"),
    "due_to_browser_p95_ms": Aim("under 500", "due_to_browser_alone_p95_ms"),
    "due_to_browser_p99_ms": Aim("under 1000", "due_to_browser_alone_p95_ms"),
    "agents_log_errors": Aim("0"),
    "agents_unanswered": Aim("0"),
    "agents_event_p95_ms": Aim("under 200", "agents_event_p50_ms"),
    "cold_demo_s": Aim("under 90", "warm_start_s"),
    "warm_start_s": Aim("at most 2"),
    "warm_serve_s": Aim("at most 2"),
}

AIMS |= {
    f"crash_{name}{database}": Aim(target)
    for database in ("", "_pg")
    for name, target in (
        ("kills", "200"),
        ("in_flight_share", "at least 0.90"),
        ("lost", "0"),
        ("doubled", "0"),
        ("early", "0"),
    )
}


def main(wanted: list[str]) -> int:
    """Run the parts that are wanted, all by default."""
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        print(f"There is no part {', '.join(unknown)}; there are: {', '.join(PARTS)}.")
        return 2
    results: dict[str, float] = {}
    failed: list[str] = []
    print(f"Load of this machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'figure':40} {'measured':>12} {'baseline':>12} {'ratio':>9}  target")
    for part in wanted or PARTS:
        try:
            found = importlib.import_module(f"bench.{part}").run()
        except Exception:  # noqa: BLE001 (one failing part must not hide the others)
            traceback.print_exc()
            failed.append(part)
            continue
        results |= found
        for key, value in found.items():
            print(_line(key, value, found), flush=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    for part in failed:
        print(f"FAILED: {part}")
    return 1 if failed else 0


def _line(key: str, value: float, found: dict[str, float]) -> str:
    aim = AIMS.get(key, Aim())
    base = found.get(aim.baseline)
    shown = "" if base is None else f"{base:,.2f}"
    ratio = "" if not base else f"{value / base:.3f}"
    return f"{key:40} {value:>12,.2f} {shown:>12} {ratio:>9}  {aim.target}"


sys.exit(main(sys.argv[1:]))

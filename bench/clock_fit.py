"""How well our clocks explain a real desk's own verdicts (`made_sla`), with and without pauses.

The tickets of the ServiceNow log are split in halves by a hash of their number. On one half the
target of each priority is fitted, and the opening hours from a small grid; on the other the verdict
of each ticket is predicted by a clock of the domain, started, paused, resumed and met as the events
say. What is found, and what it says about our defaults, stands in docs/clock-fit.md.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.logs import SERVICENOW, real_log
from escalation_app.domain.calendars import BusinessCalendar
from escalation_app.domain.clocks import (
    Clock,
    Metric,
    meet_clock,
    pause_clock,
    resume_clock,
    start_clock,
)
from escalation_app.domain.wall_time import Span
from escalation_app.services.importing.cells import read_instant

AWAITING = ("Awaiting User Info", "Awaiting Vendor", "Awaiting Problem", "Awaiting Evidence")
MODERATE = "3 - Moderate"
FOREVER = timedelta(days=700)
"""A target that is never used up; no ticket of the log is open for so long."""
NO_STATE = "-100"
ALWAYS = BusinessCalendar.always("always")
_ZONE, _DATES = ZoneInfo("Etc/UTC"), ("%d/%m/%Y %H:%M",)


class End(StrEnum):
    """What stops the clock."""

    RESOLVED = "resolved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket as its events tell it. `states` are its changes of state in order of time; it is
    resolved at its last event in state Resolved, and `is_kept` is its last `made_sla`."""

    number: str
    priority: str
    is_kept: bool
    opened_at: datetime
    states: tuple[tuple[datetime, str], ...]
    ends: dict[End, datetime]


@dataclass(frozen=True, slots=True)
class Fit:
    """A way to count, with the targets fitted for it and how many verdicts of the other half it
    explains, by priority."""

    end: End
    calendar: BusinessCalendar
    pauses: frozenset[str]
    targets: dict[str, timedelta]
    right: Counter[str]

    def share(self, cases: Counter[str], priority: str | None = None) -> float:
        """The percentage explained, of a priority or of all."""
        if priority is not None:
            return 100 * self.right[priority] / cases[priority]
        return 100 * self.right.total() / cases.total()


def run() -> dict[str, float]:
    """Percentages of verdicts explained on the other half (`fit_...`), beside always guessing the
    more frequent verdict of a priority (`..._majority_pct`). No figures where the log is not."""
    log = real_log(SERVICENOW, "SKIPPED, no clock is fitted")
    if log is None:
        return {}
    cases = list(_cases(log))
    fitting = [case for case in cases if _is_for_fitting(case.number)]
    judged = [case for case in cases if not _is_for_fitting(case.number)]
    counts = Counter(case.priority for case in judged)
    print(
        f"{len(fitting):,} tickets to fit, {len(judged):,} to judge: {dict(sorted(counts.items()))}"
    )
    guess = _majority(fitting, judged)
    awaiting = frozenset(AWAITING)
    fits = {
        (end, hours, pauses): _fitted(end, calendars, pauses, fitting, judged)
        for end in End
        for hours, calendars in (("always", (ALWAYS,)), ("office", tuple(_offices())))
        for pauses in (frozenset[str](), *(frozenset({one}) for one in AWAITING), awaiting)
        if hours == "always" or len(pauses) != 1
    }
    _print_table(fits.values(), guess, counts)
    figures: dict[str, float] = {}
    nothing = frozenset[str]()
    for name, key in {
        "no_pauses": (End.RESOLVED, "always", nothing),
        "with_pauses": (End.RESOLVED, "always", awaiting),
        "office_hours": (End.RESOLVED, "office", nothing),
        "to_close": (End.CLOSED, "always", nothing),
        "to_close_office_hours": (End.CLOSED, "office", nothing),
        "to_close_with_pauses": (End.CLOSED, "office", awaiting),
    }.items():
        figures[f"fit_moderate_{name}_pct"] = fits[key].share(counts, MODERATE)
        figures[f"fit_all_{name}_pct"] = fits[key].share(counts)
    figures["fit_moderate_majority_pct"] = 100 * guess[MODERATE] / counts[MODERATE]
    figures["fit_all_majority_pct"] = 100 * guess.total() / counts.total()
    return figures


# The log -------------------------------------------------------------------------------------


def _cases(log: Path) -> Iterator[Case]:
    """Tickets that were resolved; the few others are left out, and said."""
    rows: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    with gzip.open(log, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["number"]].append(row)
    left_out = 0
    for number, events in rows.items():
        events.sort(key=lambda row: (_at(row["sys_updated_at"]), int(row["sys_mod_count"])))
        states = [(_at(row["sys_updated_at"]), row["incident_state"]) for row in events]
        ends = {
            end: [at for at, state in states if state == end.value.capitalize()][-1:] for end in End
        }
        if not all(ends.values()):
            left_out += 1
            continue
        last = events[-1]
        yield Case(
            number=number,
            priority=last["priority"],
            is_kept=last["made_sla"] == "true",
            opened_at=_at(last["opened_at"]),
            states=tuple(_changes(states)),
            ends={end: at for end, (at,) in ends.items()},
        )
    if left_out:
        print(f"{left_out} tickets without an event in Resolved or in Closed are left out")


def _changes(states: Sequence[tuple[datetime, str]]) -> Iterator[tuple[datetime, str]]:
    known = [entry for entry in states if entry[1] != NO_STATE]
    yield from known[:1]
    yield from (entry for before, entry in pairwise(known) if entry[1] != before[1])


@lru_cache(maxsize=65_536)
def _at(text: str) -> datetime:
    return read_instant(text, _DATES, _ZONE)


def _is_for_fitting(number: str) -> bool:
    return sha256(number.encode()).digest()[0] % 2 == 0


# The clocks ----------------------------------------------------------------------------------


def _offices() -> Iterator[BusinessCalendar]:
    """Monday to Friday, from morning, noon or midnight until evening or midnight."""
    for opens in (0, 8, 9, 12, 14):
        for closes in (17, 18, 24):
            span = Span(timedelta(hours=opens), timedelta(hours=closes))
            hours = dict.fromkeys(range(5), (span,))
            yield BusinessCalendar(f"Mon-Fri {opens}-{closes}", "Etc/UTC", hours)


def _run(case: Case, fit: "Fit", target: timedelta) -> Clock:
    """The ticket's clock, from its opening to its end."""
    calendar, end_at = fit.calendar, case.ends[fit.end]
    clock = start_clock(Metric.RESOLUTION, target, calendar, "fit", case.opened_at)
    for at, state in case.states if fit.pauses else ():
        at = max(at, case.opened_at)
        if at > end_at:
            break
        if state in fit.pauses:
            clock = pause_clock(clock, calendar, at, state)
        else:
            clock = resume_clock(clock, calendar, at)
    return meet_clock(clock, calendar, end_at)


def _fitted(
    end: End,
    calendars: Iterable[BusinessCalendar],
    pauses: frozenset[str],
    fitting: Sequence[Case],
    judged: Sequence[Case],
) -> Fit:
    """The calendar that explains most of the half to fit, with a target for each priority, and
    what it explains of the other half."""
    most, best = -1, Fit(end, ALWAYS, pauses, {}, Counter())
    for calendar in calendars:
        bare = Fit(end, calendar, pauses, {}, Counter())
        used: defaultdict[str, list[tuple[timedelta, bool]]] = defaultdict(list)
        for case in fitting:
            used[case.priority].append((_run(case, bare, FOREVER).consumed, case.is_kept))
        found = {priority: _target(lengths) for priority, lengths in used.items()}
        right = sum(right for _, right in found.values())
        if right > most:
            targets = {priority: target for priority, (target, _) in found.items()}
            most, best = right, Fit(end, calendar, pauses, targets, Counter())
    for case in judged:
        clock = _run(case, best, best.targets[case.priority])
        best.right[case.priority] += clock.is_breached is not case.is_kept
    return best


def _target(used: list[tuple[timedelta, bool]]) -> tuple[timedelta, int]:
    """The target that is right about most of the verdicts, half way to the next length used."""
    ranked = sorted(used)
    lengths = sorted({length for length, _ in ranked})
    kept = Counter(length for length, is_kept in ranked if is_kept)
    missed = Counter(length for length, is_kept in ranked if not is_kept)
    right = missed.total()
    most, target = right, timedelta(0)
    for length, following in zip(lengths, [*lengths[1:], lengths[-1]], strict=True):
        right += kept[length] - missed[length]
        if right > most:
            most, target = right, length + (following - length) / 2
    return target, most


def _majority(fitting: Sequence[Case], judged: Sequence[Case]) -> Counter[str]:
    """How many are right if each ticket gets the more frequent verdict of its priority."""
    balance: Counter[str] = Counter()
    for case in fitting:
        balance[case.priority] += 1 if case.is_kept else -1
    return Counter(case.priority for case in judged if (balance[case.priority] > 0) is case.is_kept)


def _print_table(fits: Iterable[Fit], guess: Counter[str], counts: Counter[str]) -> None:
    print(f"{'until':9} {'hours':14} {'pauses in':20} {'target of Moderate':>18}", end="")
    priorities = sorted(counts)
    print("".join(f" {priority:>13}" for priority in priorities), f"{'all':>7}")
    for fit in fits:
        pauses = "nothing" if not fit.pauses else " ".join(sorted(fit.pauses))
        shown = "any Awaiting state" if len(fit.pauses) > 1 else pauses
        target = f"{fit.targets[MODERATE] / timedelta(hours=1):.1f} h"
        print(f"{fit.end:9} {fit.calendar.key:14} {shown:20} {target:>18}", end="")
        shares = [f" {fit.share(counts, priority):>13.1f}" for priority in priorities]
        print("".join(shares), f"{fit.share(counts):>7.1f}")
    print(f"{'always the more frequent verdict':64}", end="")
    shares = [f" {100 * guess[priority] / counts[priority]:>13.1f}" for priority in priorities]
    print("".join(shares), f"{100 * guess.total() / counts.total():>7.1f}")

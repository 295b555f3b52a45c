"""The findings of a simulation as people and programs read them: text, and plain JSON values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from escalation_app.domain.events import EventKind
from escalation_app.domain.findings import Findings, PromiseFindings, Spread, TierFindings
from escalation_app.domain.process import Delivery, Process
from escalation_app.domain.tickets import EscalationKind
from escalation_app.notifications.words import span_words
from escalation_app.services.process_names import METRIC_NAMES

PEOPLE_SHOWN = 10
NONE = "none"
ABSENT = "-"
GAP = "   "


class Row(NamedTuple):
    """What a figure is, the figure, and what it is a part of."""

    label: str
    figure: str
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Findings, the process they are about, and what the operator calls it."""

    name: str
    process: Process
    findings: Findings


def findings_text(simulated: Sequence[Simulated]) -> str:
    """The figures of one simulation, or of several side by side."""
    lines: list[tuple[str, ...]] = []
    if len(simulated) > 1:
        lines.append(("", *(each.name for each in simulated)))
    for title, rows_of in _SECTIONS.items():
        columns = [
            {(row.part_of, row.label): row.figure for row in rows_of(each)} for each in simulated
        ]
        if any(columns):
            lines += [(), (title,)] if lines else [(title,)]
        for key in dict.fromkeys(key for column in columns for key in column):
            part_of, label = key
            shown = f"    {label}" if part_of else f"  {label}"
            lines.append((shown, *(column.get(key, ABSENT) for column in columns)))
    return _aligned(lines)


def _aligned(lines: Sequence[tuple[str, ...]]) -> str:
    most = max(len(line) for line in lines)
    widths = [
        max(len(line[place]) for line in lines if len(line) > max(place, 1))
        for place in range(most)
    ]
    return "\n".join(
        GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip()
        for line in lines
    )


def plain(value: Any) -> Any:
    """A frozen value as JSON holds it: lengths in seconds, instants as ISO 8601 has them."""
    match value:
        case timedelta():
            return value.total_seconds()
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case tuple():
            return [plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        case _ if is_dataclass(value):
            return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
        case _:
            return value


# Sections ------------------------------------------------------------------------------------


def _tickets(simulated: Simulated) -> Iterator[Row]:
    found = simulated.findings
    yield Row("opened", f"{found.tickets:,}")
    yield Row("open at the end", f"{found.still_open:,}")
    if found.begins_at is not None:
        yield Row("from", f"{found.begins_at:%Y-%m-%d %H:%M} UTC")
    yield Row("to", f"{found.ends_at:%Y-%m-%d %H:%M} UTC")


def _promises(simulated: Simulated) -> Iterator[Row]:
    for found in simulated.findings.promises:
        severity = simulated.process.severity(found.severity).key
        label = f"{severity} {METRIC_NAMES[found.metric].lower()}"
        yield Row(label, _kept(found))
        if found.late_by is not None:
            yield Row("late by", _spread(found.late_by), label)


def _kept(found: PromiseFindings) -> str:
    said = [f"{found.met:,} met", f"{found.missed:,} missed"]
    if found.underway:
        said.append(f"{found.underway:,} under way")
    if found.withdrawn:
        said.append(f"{found.withdrawn:,} withdrawn")
    judged = found.met + found.missed
    share = f" ({found.met / judged:.1%} kept)" if judged else ""
    return f"{', '.join(said)}{share}"


def _spread(spread: Spread) -> str:
    median, ninetieth = span_words(spread.median), span_words(spread.ninetieth)
    return f"half {median}, 9 in 10 {ninetieth}, most {span_words(spread.most)}"


def _escalations(simulated: Simulated) -> Iterator[Row]:
    found = simulated.findings
    for kind in EscalationKind:
        if found.escalations.get(kind):
            yield Row(kind.value, f"{found.escalations[kind]:,}")
    yield Row("joined by another trigger", f"{found.events.get(EventKind.ESCALATION_JOINED, 0):,}")
    yield Row("moved up a tier by the engine", f"{found.moved_up_by_engine:,}")
    yield Row("moved up a tier by people", f"{found.moved_up_by_people:,}")
    yield Row("warnings", f"{found.events.get(EventKind.SLA_WARNING, 0):,}")
    yield Row("steps that found nobody", f"{found.no_recipient:,}")
    yield Row("breaches without a path", f"{sum(found.no_path.values()):,}")


def _paths(simulated: Simulated) -> Iterator[Row]:
    for path in simulated.findings.paths:
        yield Row(path.name, f"{path.runs:,} {'run' if path.runs == 1 else 'runs'}")
        for number, step in enumerate(path.steps, start=1):
            more = (
                (step.no_recipient, "found nobody"),
                (step.nothing_above, "with nothing above"),
                (step.passed_over, "passed over"),
                (step.repeated, "repeated"),
                (step.unanswered, "never acknowledged"),
            )
            counts = ((step.taken, "taken"), *(each for each in more if each[0]))
            said = ", ".join(f"{count:,} {what}" for count, what in counts)
            yield Row(f"{number}. {step.name}", said, path.name)


def _tiers(simulated: Simulated) -> Iterator[Row]:
    for tier in simulated.findings.tiers:
        tickets = "ticket" if tier.reached == 1 else "tickets"
        yield Row(tier.name, f"{tier.reached:,} {tickets}")
        if tier.stay is not None:
            yield Row("stayed", _spread(tier.stay), tier.name)
        yield Row("open at once", _load(tier), tier.name)


def _load(tier: TierFindings) -> str:
    over = tier.days_over_target
    days = "1 day" if over == 1 else f"{over:,} days"
    said = f"{tier.average:,.1f} on average, {tier.most:,} at most"
    return f"{said}, over {tier.volume_target:,} on {days}"


def _messages(simulated: Simulated) -> Iterator[Row]:
    found = simulated.findings
    yield Row("in all", _ways(found.messages))
    yield Row("to customers", f"{_ways(found.customers)}; {found.customers_told:,} of them")
    yield Row("to people of ours", f"{_ways(_rest(found))}; {len(found.people):,} of them")
    for key, count in found.posts.items():
        yield Row(f"posted on {key}", f"{count:,}")
    if found.busiest_hour is not None:
        at, count = found.busiest_hour.at, found.busiest_hour.messages
        yield Row("busiest hour", f"{count:,}, from {at:%Y-%m-%d %H:%M} UTC")


def _people(simulated: Simulated) -> Iterator[Row]:
    for person in simulated.findings.people[:PEOPLE_SHOWN]:
        most = f"{person.most_in_an_hour:,} in an hour"
        yield Row(person.name, f"{_ways(person.messages)}, {most} at most")


def _rest(found: Findings) -> Mapping[Delivery, int]:
    return {way: count - found.customers.get(way, 0) for way, count in found.messages.items()}


def _ways(messages: Mapping[Delivery, int]) -> str:
    return ", ".join(f"{count:,} {way.value}" for way, count in messages.items()) or NONE


_SECTIONS: dict[str, Callable[[Simulated], Iterator[Row]]] = {
    "Tickets": _tickets,
    "Promises": _promises,
    "Escalations": _escalations,
    "Paths": _paths,
    "Tiers": _tiers,
    "Messages": _messages,
    "Who is told most": _people,
}

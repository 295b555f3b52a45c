"""Lengths and lists in plain English, as every text about the process says them."""

from collections.abc import Iterable
from datetime import timedelta

from escalation_app.domain.clocks import ZERO
from escalation_app.views.process import ProcessTableRow

_TWO_DAYS = timedelta(hours=48)


def length_in_words(length: timedelta, *, has_days: bool = True) -> str:
    """`15 minutes`, `48 hours`, `3 days`, `3 days 4 hours`: days only above 48 hours, and none
    without `has_days`."""
    in_days = has_days and length > _TWO_DAYS
    days, rest = divmod(length, timedelta(days=1)) if in_days else (0, length)
    minutes, seconds = divmod(rest // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(said) or "0 minutes"


def offset_in_words(offset: timedelta) -> str:
    """How long before or after something."""
    return f"{length_in_words(abs(offset))} {'before' if offset < ZERO else 'after'}"


def table_rows(rows: Iterable[tuple[str, ...]]) -> tuple[ProcessTableRow, ...]:
    """The rows of a section's table, cell by cell."""
    return tuple(ProcessTableRow(cells) for cells in rows)


def listed(words: Iterable[str], last: str = "and") -> str:
    """`A`, `A and B`, `A, B and C`."""
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} {last} {found[-1]}"

"""The columns of a queue: which there are, and in which order somebody has them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from escalation_app.views.queue import QueueColumn


class Column(NamedTuple):
    """A column that can be shown. `sort` is the order it can be sorted by, "" for none."""

    name: str
    sort: str = ""


FIXED: Mapping[str, Column] = {
    "time": Column("Time left", "time"),
    "ref": Column("Ticket", "ref"),
    "subject": Column("Subject"),
}
"""What every queue begins with."""
COLUMNS: Mapping[str, Column] = {
    "customer": Column("Customer"),
    "plan": Column("Plan"),
    "severity": Column("Sev", "severity"),
    "tier": Column("Tier", "tier"),
    "assignee": Column("Assignee"),
    "contact": Column("Last contact", "contact"),
    "team": Column("Team"),
    "status": Column("Status"),
    "opened": Column("Opened", "opened"),
    "tags": Column("Tags"),
}
"""What can be chosen."""
USUAL = ("customer", "plan", "severity", "tier", "assignee", "contact")


def known_columns(keys: Iterable[object]) -> tuple[str, ...]:
    """Those of the keys that can be chosen, each once, in their order."""
    return tuple(dict.fromkeys(key for key in keys if isinstance(key, str) and key in COLUMNS))


def shown_columns(keys: Iterable[str], sort: str) -> tuple[QueueColumn, ...]:
    """The columns of a table with these chosen."""
    order = "descending" if sort.startswith("-") else "ascending"
    by = sort.removeprefix("-")
    every = {**FIXED, **{key: COLUMNS[key] for key in keys}}
    return tuple(
        QueueColumn(
            key=key,
            name=column.name,
            sort=column.sort,
            order=order if column.sort and column.sort == by else "",
        )
        for key, column in every.items()
    )


def column_choices(keys: tuple[str, ...]) -> tuple[QueueColumn, ...]:
    """Every column that can be chosen: those that are, in their order, then the others."""
    others = tuple(key for key in COLUMNS if key not in keys)
    return tuple(
        QueueColumn(
            key=key,
            name="Severity" if key == "severity" else COLUMNS[key].name,
            is_shown=key in keys,
            can_go_up=key in keys[1:],
            can_go_down=key in keys[:-1],
        )
        for key in keys + others
    )


def moved(keys: tuple[str, ...], key: str, step: int) -> tuple[str, ...]:
    """The columns with one of them a place further; the same when it cannot go there."""
    if key not in keys or not 0 <= keys.index(key) + step < len(keys):
        return keys
    at = keys.index(key)
    others = [one for one in keys if one != key]
    others.insert(at + step, key)
    return tuple(others)


def toggled(keys: tuple[str, ...], key: str) -> tuple[str, ...]:
    """The columns without this one, or with it at the end."""
    return tuple(one for one in keys if one != key) if key in keys else (*keys, key)

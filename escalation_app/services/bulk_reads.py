"""Rows read into the domain's values as fast as the driver gives them: column by column, without
a constructor for each row."""
# ruff: noqa: S608 (table and column names are those of our own models; values are always bound)

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON, Boolean
from sqlalchemy.orm import Session

from escalation_app.domain.values import made
from escalation_app.models.types import UtcDateTime
from escalation_app.services.bulk import driver_cursor, is_sqlite

T = TypeVar("T")
Turn = Callable[[Any], Any]


class Lock(Enum):
    """How rows are locked until the transaction ends. SQLite locks as a whole anyway."""

    NONE = ""
    WAITING = " FOR UPDATE"
    SKIPPING = " FOR UPDATE SKIP LOCKED"
    """Rows that another transaction holds are left out."""


@dataclass(frozen=True, slots=True)
class Part:
    """The column that a part of a value stands in, and what is made of what is read."""

    column: str
    turn: Turn | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reading(Generic[T]):
    """How rows of a table become values: which column says whose they are, and a Part for each
    part of the value, with those that are no column as they are at first."""

    kind: type[T]
    table: Any
    key: str
    parts: Mapping[str, Part]
    others: Mapping[str, Any] = field(default_factory=dict[str, Any])
    where: str = ""


def read_values(
    session: Session, reading: Reading[T], keys: Sequence[int], lock: Lock = Lock.NONE
) -> Iterator[tuple[int, T]]:
    """The values of these keys, each with its key, in the order in which they were added."""
    for key, parts in read_parts(session, reading, keys, lock):
        yield key, made(reading.kind, parts)


def read_parts(
    session: Session, reading: Reading[Any], keys: Sequence[int], lock: Lock = Lock.NONE
) -> Iterator[tuple[int, dict[str, Any]]]:
    """As `read_values`, the parts of which a value can be made."""
    on_sqlite = is_sqlite(session)
    sql, turns = _prepared(reading, lock, on_sqlite)
    with driver_cursor(session.connection()) as cursor:
        wanted = json.dumps(list(keys)) if on_sqlite else list(keys)
        rows = cursor.execute(sql, (wanted,)).fetchall()
    columns = [
        column if turn is None else list(map(turn, column))
        for column, turn in zip(zip(*rows, strict=True), turns, strict=False)
    ]
    if not columns:
        return
    names, others = tuple(reading.parts), reading.others
    for key, row in zip(columns[0], zip(*columns[1:], strict=True), strict=True):
        parts = dict(zip(names, row, strict=True))
        parts.update(others)
        yield key, parts


@lru_cache(maxsize=64)
def _prepared(
    reading: Reading[Any], lock: Lock, on_sqlite: bool
) -> tuple[str, tuple[Turn | None, ...]]:
    table = reading.table
    columns = [part.column for part in reading.parts.values()]
    among = "IN (SELECT value FROM json_each(?))" if on_sqlite else "= ANY(CAST(%s AS bigint[]))"
    where = f" AND {reading.where}" if reading.where else ""
    order = f" ORDER BY {', '.join(column.name for column in table.primary_key)}"
    sql = (
        f"SELECT {reading.key}, {', '.join(columns)} FROM {table.name}"
        f" WHERE {reading.key} {among}{where}{order}{'' if on_sqlite else lock.value}"
    )
    turn_of = _turn_on_sqlite if on_sqlite else _turn_on_postgres
    turns = (turn_of(table.c[part.column].type, part.turn) for part in reading.parts.values())
    return sql, (None, *turns)


def _turn_on_sqlite(kind: Any, turn: Turn | None) -> Turn | None:
    """SQLite holds instants and JSON as texts, many of them the same."""
    if isinstance(kind, UtcDateTime):
        return instant_of_sqlite
    if isinstance(kind, JSON):
        return _of_json(turn or _as_it_is)
    return bool if isinstance(kind, Boolean) else turn


def _of_json(turn: Turn) -> Turn:
    @lru_cache(maxsize=1024)
    def read(text: str) -> Any:
        return turn(json.loads(text))

    return read


def _turn_on_postgres(kind: Any, turn: Turn | None) -> Turn | None:
    return _in_utc if isinstance(kind, UtcDateTime) else turn


@lru_cache(maxsize=16_384)
def instant_of_sqlite(text: str | None) -> datetime | None:
    """An instant as SQLite holds it."""
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def _in_utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


def _as_it_is(value: Any) -> Any:
    return value

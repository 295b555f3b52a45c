"""Rows written as fast as the driver takes them.

On SQLite, values are turned into what the driver wants by hand and given to it as they are: what
SQLAlchemy does for each value costs more there than the database does. On PostgreSQL its own
statements come close to the driver.
"""
# ruff: noqa: S608 (table and column names are those of our own models; values are always bound)

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, BindParameter, bindparam, func, insert, select, type_coerce, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from escalation_app.models.types import PLAIN_JSON, UtcDateTime


class Lock(Enum):
    """How rows are locked until the transaction ends. SQLite locks as a whole anyway."""

    NONE = "none"
    WAITING = "waiting"
    SKIPPING = "skipping"
    """Rows that another transaction holds are left out."""


Row = Mapping[str, Any]
_Convert = Callable[[Any], Any] | None

_encode = json.JSONEncoder().encode


def insert_rows(session: Session, table: Any, rows: Sequence[Row]) -> None:
    """Add rows that all have the same keys."""
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(insert(table), rows)
        return
    names = tuple(rows[0])
    given, defaults = _marks(len(names)), _defaults(table, names)
    every = ", ".join((*names, *defaults))
    values = ", ".join((given, *defaults.values()))
    _execute(
        connection, table, f"INSERT INTO {table.name} ({every}) VALUES ({values})", names, rows
    )


def insert_returning(session: Session, table: Any, rows: Sequence[Row]) -> list[int]:
    """Add rows and return their keys, in the same order."""
    if not rows:
        return []
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        return [int(key) for key in connection.execute(statement, rows).scalars()]
    # The write lock is ours, so the keys that follow are too.
    first = (connection.execute(select(func.max(table.c.id))).scalar_one() or 0) + 1
    keys = list(range(first, first + len(rows)))
    insert_rows(session, table, [{"id": k, **row} for k, row in zip(keys, rows, strict=True)])
    return keys


def update_rows(session: Session, table: Any, rows: Sequence[Row]) -> None:
    """Change rows by `row_id`, each with the columns it names; a row that names none is left."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    connection = session.connection()
    for names, group in groups.items():
        if len(names) == 1:
            continue
        if connection.dialect.name != "sqlite":
            connection.execute(update(table).where(table.c.id == bindparam("row_id")), group)
            continue
        columns = tuple(name for name in names if name != "row_id")
        setting = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE {table.name} SET {setting} WHERE id = ?"
        _execute(connection, table, sql, (*columns, "row_id"), group)


def put_rows(session: Session, table: Any, keys: Sequence[str], rows: Sequence[Row]) -> None:
    """Add rows, each in place of one that has the same `keys`."""
    if not rows:
        return
    connection = session.connection()
    names = tuple(rows[0])
    sets = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    end = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"
    head = f"INSERT INTO {table.name} ({', '.join(names)})"
    if connection.dialect.name == "sqlite":
        sql = f"{head} VALUES ({_marks(len(names))}) {end}"
        _execute(connection, table, sql, names, rows)
        return
    marks = ", ".join(f"%({name})s" for name in names)
    connection.exec_driver_sql(f"{head} VALUES ({marks}) {end}", [dict(row) for row in rows])


def _execute(
    connection: Connection, table: Any, sql: str, names: tuple[str, ...], rows: Sequence[Row]
) -> None:
    if set(map(len, rows)) != {len(names)}:
        raise ValueError(f"rows of {table.name} have different keys")
    remembered: dict[int, str] = {}

    def text_of(value: object) -> str:
        """Rows often share one value, and turning it into text is what costs most."""
        text = remembered.get(id(value))
        if text is None:
            text = remembered[id(value)] = _encode(value)
        return text

    plan = [(name, text_of if turn is _encode else turn) for name, turn in _plan(table, names)]
    connection.exec_driver_sql(
        sql,
        [
            tuple([row[name] if turn is None else turn(row[name]) for name, turn in plan])
            for row in rows
        ],
    )


WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
"""Stands in a condition for the keys that `read_rows` is given."""


def read_rows(
    session: Session,
    table: Any,
    names: tuple[str, ...],
    conditions: tuple[Any, ...],
    wanted: Sequence[int],
    lock: Lock = Lock.NONE,
) -> list[dict[str, Any]]:
    """These columns of the rows that meet the conditions, in order of their keys.

    The conditions name the `wanted` keys as WANTED; those that are the same objects each time
    make a statement that is built once.
    """
    is_sqlite = session.connection().dialect.name == "sqlite"
    statement, turns = _reading(table, names, conditions, lock, is_sqlite)
    rows = session.execute(statement, {"wanted": wanted}).all()
    return [
        dict(
            zip(
                names,
                [
                    value if turn is None or value is None else turn(value)
                    for value, turn in zip(row, turns, strict=True)
                ],
                strict=True,
            )
        )
        for row in rows
    ]


@lru_cache(maxsize=512)
def _reading(
    table: Any, names: tuple[str, ...], conditions: tuple[Any, ...], lock: Lock, is_sqlite: bool
) -> tuple[Any, list[_Convert]]:
    """The statement, and how its values are read where SQLAlchemy does not."""
    turns: list[_Convert] = []
    columns: list[Any] = []
    for name in names:
        column = table.c[name]
        is_instant = is_sqlite and isinstance(column.type, UtcDateTime)
        is_json = is_sqlite and isinstance(column.type, JSON)
        turns.append(instant_of_sqlite if is_instant else _json_of_sqlite if is_json else None)
        columns.append(type_coerce(column, NullType()) if is_instant or is_json else column)
    statement = select(*columns).where(*conditions).order_by(table.c.id)
    if lock is not Lock.NONE:
        statement = statement.with_for_update(skip_locked=lock is Lock.SKIPPING)
    return statement, turns


def instant_of_sqlite(text: str) -> datetime:
    """An instant as SQLite holds it."""
    return datetime.fromisoformat(f"{text}+00:00")


def _json_of_sqlite(text: str) -> Any:
    return [] if text == "[]" else json.loads(text)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


@lru_cache(maxsize=512)
def _plan(table: Any, names: tuple[str, ...]) -> tuple[tuple[str, _Convert], ...]:
    return tuple(
        (name, None if name == "row_id" else _converter(table.c[name].type)) for name in names
    )


@lru_cache(maxsize=512)
def _defaults(table: Any, names: tuple[str, ...]) -> dict[str, str]:
    """The constants of columns that are not given, as SQL."""
    return {
        column.name: _literal(column.default.arg)
        for column in table.c
        if column.name not in names and column.default is not None and column.default.is_scalar
    }


def _literal(value: object) -> str:
    if isinstance(value, bool | int):
        return str(int(value))
    if isinstance(value, str) and "'" not in value:
        return f"'{value}'"
    raise TypeError(f"a default of {value!r} cannot be written")


def _converter(kind: Any) -> _Convert:
    if isinstance(kind, UtcDateTime):
        return sqlite_instant
    if kind is PLAIN_JSON or isinstance(kind, JSON):
        return _encode
    return None


@lru_cache(maxsize=8_192)
def sqlite_instant(at: datetime | None) -> str | None:
    """An instant as SQLAlchemy stores it in SQLite. Raises ValueError for a naive one."""
    if at is None:
        return None
    if at.tzinfo is not UTC:
        if at.tzinfo is None:
            raise ValueError(f"naive datetime {at!r} cannot be stored")
        at = at.astimezone(UTC)
    return at.isoformat(" ", "microseconds")[:26]

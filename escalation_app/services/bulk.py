"""Rows written as fast as the driver takes them.

SQLite gets many rows in one statement, with values turned by hand into what the driver wants: what
SQLAlchemy does for each value, and what a statement for each row costs, is more than the database
itself needs. While it works on a statement, other threads go on. PostgreSQL takes new rows as COPY
and changes as one statement for a list.
"""
# ruff: noqa: S608 (table and column names are those of our own models; values are always bound)

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Any

from sqlalchemy import JSON, BindParameter, bindparam, func, select, text, type_coerce
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from escalation_app.models.types import UtcDateTime


class Lock(Enum):
    """How rows are locked until the transaction ends. SQLite locks as a whole anyway."""

    NONE = "none"
    WAITING = "waiting"
    SKIPPING = "skipping"
    """Rows that another transaction holds are left out."""


Row = Mapping[str, Any]
Values = tuple[Any, ...]
_Convert = Callable[[Any], Any] | None

AT_ONCE = (128, 32, 8, 1)
"""How many rows one statement adds to SQLite: few sizes, so that each is parsed once, and none so
large that its program no longer fits the processor's cache."""

_encode = json.JSONEncoder().encode


@dataclass(frozen=True, slots=True)
class NewRows:
    """Rows to be added to a table, each with a value for each of `names`; all of them have `same`.

    A column in `counted` holds numbers from 0 that stand for rows which are being added: it gets
    the key that the row of that number has in the table named there.
    """

    table: Any
    names: tuple[str, ...]
    rows: Sequence[Values]
    same: Row = field(default_factory=dict[str, Any])
    counted: Mapping[str, str] = field(default_factory=dict[str, str])


Keys = Mapping[str, Sequence[int]]
"""By table, the keys that its new rows get, in order."""


class Addition:
    """New rows, made ready for the driver before the lock is taken."""

    def __init__(self, new: NewRows, *, is_sqlite: bool) -> None:
        if set(map(len, new.rows)) - {len(new.names)}:
            raise ValueError(f"rows of {new.table.name} have different keys")
        self._new = new
        self._same = {**_defaults(new.table, (*new.names, *new.same)), **new.same}
        self._statements = tuple(self._for_sqlite()) if is_sqlite and new.rows else ()

    def write(self, connection: Connection, keys: Keys) -> None:
        """Add the rows."""
        if not self._new.rows:
            return
        if not self._statements:
            self._copy(connection, keys)
            return
        bases = [keys[table][0] for table in self._new.counted.values()]
        with _cursor(connection) as cursor:
            for sql, values in self._statements:
                cursor.execute(sql, bases + values)

    def _for_sqlite(self) -> Iterable[tuple[str, list[Any]]]:
        new, same = self._new, self._same
        turned = [
            value if turn is None else turn(value)
            for value, (_, turn) in zip(same.values(), _plan(new.table, tuple(same)), strict=True)
        ]
        columns = [
            column if turn is None else _turned(column, turn)
            for column, (_, turn) in zip(
                zip(*new.rows, strict=True), _plan(new.table, new.names), strict=True
            )
        ]
        values = list(chain.from_iterable(zip(*columns, strict=True)))
        width, done, left = len(new.names), 0, len(new.rows)
        for size in AT_ONCE:
            while left >= size:
                sql = _insertion(new.table, new.names, tuple(same), tuple(new.counted), size)
                yield sql, turned + values[done : done + size * width]
                done, left = done + size * width, left - size

    def _copy(self, connection: Connection, keys: Keys) -> None:
        new = self._new
        constant = tuple(
            _for_postgres(new.table.c[name].type, [value])[0] for name, value in self._same.items()
        )
        columns = [
            list(map(keys[new.counted[name]].__getitem__, column))
            if name in new.counted
            else _for_postgres(new.table.c[name].type, column)
            for name, column in zip(new.names, zip(*new.rows, strict=True), strict=True)
        ]
        sql = f"COPY {new.table.name} ({', '.join((*new.names, *self._same))}) FROM STDIN"
        with _cursor(connection) as cursor, cursor.copy(sql) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row + constant)


@contextmanager
def _cursor(connection: Connection) -> Generator[Any]:
    """The driver's own cursor; its errors come out as SQLAlchemy's."""
    dialect = connection.dialect
    driver_error = dialect.loaded_dbapi.Error
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except driver_error as error:
        raise DBAPIError.instance(None, None, error, driver_error, dialect=dialect) from error
    finally:
        cursor.close()


def _for_postgres(kind: Any, column: Sequence[Any]) -> Sequence[Any]:
    if isinstance(kind, JSON):
        return _turned(column, _encode)
    return list(map(_aware, column)) if isinstance(kind, UtcDateTime) else column


@lru_cache(maxsize=8_192)
def _aware(at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise ValueError(f"naive datetime {at!r} cannot be stored")
    return at


def _turned(column: Iterable[Any], turn: Callable[[Any], Any]) -> list[Any]:
    if turn is not _encode:
        return list(map(turn, column))
    remembered: dict[int, str] = {}

    def text_of(value: object) -> str | None:
        """Rows often share one value, and turning it into text is what costs most."""
        if value is None:
            return None
        found = remembered.get(id(value))
        if found is None:
            found = remembered[id(value)] = _encode(value)
        return found

    return list(map(text_of, column))


@lru_cache(maxsize=512)
def _insertion(
    table: Any, names: Values, same: Values, counted: tuple[str, ...], count: int
) -> str:
    """INSERT of `count` rows, whose parameters are the bases of what is counted, what is the same
    for all of them, then their values."""
    shared = len(counted) + len(same)
    constants = "".join(f", ?{len(counted) + n}" for n in range(1, len(same) + 1))

    def row(number: int) -> str:
        first = shared + number * len(names) + 1
        marks = [
            f"?{counted.index(name) + 1} + ?{mark}" if name in counted else f"?{mark}"
            for mark, name in enumerate(names, first)
        ]
        return f"({', '.join(marks)}{constants})"

    every = ", ".join((*names, *same))
    return f"INSERT INTO {table.name} ({every}) VALUES {', '.join(map(row, range(count)))}"


def new_keys(session: Session, table: Any, count: int) -> Sequence[int]:
    """The keys that the next `count` new rows of the table get: on SQLite those that follow, since
    the write lock is ours; on PostgreSQL they are taken from the sequence."""
    if count == 0:
        return ()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        first = (connection.execute(select(func.max(table.c.id))).scalar_one() or 0) + 1
        return range(first, first + count)
    sequence = f"SELECT array_agg(nextval('{table.name}_id_seq')) FROM generate_series(1, :count)"
    return connection.execute(text(sequence), {"count": count}).scalar_one()


def insert_rows(session: Session, table: Any, rows: Sequence[Row]) -> None:
    """Add rows that all have the same keys."""
    if not rows:
        return
    names = tuple(rows[0])
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"rows of {table.name} have different keys")
    values = [tuple([row[name] for name in names]) for row in rows]
    add_rows(session, NewRows(table, names, values))


def add_rows(session: Session, new: NewRows, keys: Keys = MappingProxyType({})) -> None:
    """Add rows; `keys` has those of the tables that something in them is counted in."""
    connection = session.connection()
    Addition(new, is_sqlite=connection.dialect.name == "sqlite").write(connection, keys)


def insert_returning(session: Session, table: Any, rows: Sequence[Row]) -> Sequence[int]:
    """Add rows and return their keys, in the same order."""
    keys = new_keys(session, table, len(rows))
    insert_rows(session, table, [{"id": k, **row} for k, row in zip(keys, rows, strict=True)])
    return keys


def update_rows(session: Session, table: Any, rows: Sequence[Row]) -> None:
    """Change rows by `row_id`, each with the columns it names; a row that names none is left."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    connection = session.connection()
    for names, group in groups.items():
        columns = tuple(name for name in names if name != "row_id")
        if not columns:
            continue
        if connection.dialect.name == "sqlite":
            setting = ", ".join(f"{name} = ?" for name in columns)
            sql = f"UPDATE {table.name} SET {setting} WHERE id = ?"
            _execute_many(connection, table, sql, (*columns, "row_id"), group)
        else:
            setting = ", ".join(f"{name} = new.{name}" for name in columns)
            listed, same = _listed(table), f"{table.name}.id = new.id"
            sql = f"UPDATE {table.name} SET {setting} FROM {listed} WHERE {same}"
            _execute_listed(connection, table, sql, [_with_id(row) for row in group])


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
        sql = f"{head} VALUES ({', '.join('?' * len(names))}) {end}"
        _execute_many(connection, table, sql, names, rows)
    else:
        sql = f"{head} SELECT {', '.join(names)} FROM {_listed(table)} {end}"
        _execute_listed(connection, table, sql, rows)


def _execute_many(
    connection: Connection, table: Any, sql: str, names: tuple[str, ...], rows: Sequence[Row]
) -> None:
    columns = [
        [row[name] for row in rows] if turn is None else _turned([r[name] for r in rows], turn)
        for name, turn in _plan(table, names)
    ]
    with _cursor(connection) as cursor:
        cursor.executemany(sql, list(zip(*columns, strict=True)))


def _listed(table: Any) -> str:
    return f"json_populate_recordset(NULL::{table.name}, CAST(%s AS json)) AS new"


def _execute_listed(connection: Connection, table: Any, sql: str, rows: Sequence[Row]) -> None:
    """Run a statement about a list of rows, which PostgreSQL gets as one value."""
    with _cursor(connection) as cursor:
        cursor.execute(sql, (json.dumps(rows, default=_instant_text),))


def _instant_text(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} cannot be written")
    _aware(value)
    return value.isoformat()


def _with_id(row: Row) -> Row:
    return {"id" if name == "row_id" else name: value for name, value in row.items()}


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


@lru_cache(maxsize=512)
def _plan(table: Any, names: tuple[str, ...]) -> tuple[tuple[str, _Convert], ...]:
    return tuple(
        (name, None if name == "row_id" else _converter(table.c[name].type)) for name in names
    )


@lru_cache(maxsize=512)
def _defaults(table: Any, names: tuple[str, ...]) -> Row:
    """The constants of columns that are not given."""
    return {
        column.name: column.default.arg
        for column in table.c
        if column.name not in names and column.default is not None and column.default.is_scalar
    }


def _converter(kind: Any) -> _Convert:
    if isinstance(kind, UtcDateTime):
        return sqlite_instant
    if isinstance(kind, JSON):
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

"""Rows written as fast as the driver takes them.

SQLite gets many rows in one statement, with values turned by hand into what the driver wants: what
SQLAlchemy does for each value, and what a statement for each row costs, is more than the database
itself needs. While it works on a statement, other threads go on. PostgreSQL takes new rows as COPY
and changes as one statement for a list.
"""
# ruff: noqa: S608 (table and column names are those of our own models; values are always bound)

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import JSON, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from escalation_app.models.types import UtcDateTime

Row = Mapping[str, Any]
Values = tuple[Any, ...]
_Convert = Callable[[Any], Any] | None

AT_ONCE = (128, 32, 8, 1)
"""How many rows one statement adds to SQLite: few sizes, so that each is parsed once, and none so
large that its program no longer fits the processor's cache."""


def _encode(value: object) -> str:
    """JSON for SQLite's driver. Python's own does what orjson refuses, such as names of columns as
    keys, which are not plain strings."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


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

Write = Callable[[Connection, Keys], None]
"""Statements made ready for the driver, to be run under the lock."""


def adding(new: NewRows, *, is_sqlite: bool) -> Write:
    """Add rows. Raises ValueError when one of them has not a value for each name."""
    if set(map(len, new.rows)) - {len(new.names)}:
        raise ValueError(f"rows of {new.table.name} have different keys")
    if not new.rows:
        return _nothing
    same = {**_defaults(new.table, (*new.names, *new.same)), **new.same}
    return _many_at_once(new, same) if is_sqlite else _copied(new, same)


def putting(new: NewRows, keys: tuple[str, ...], *, is_sqlite: bool) -> Write:
    """Add rows, each in place of one that has the same `keys`."""
    if not new.rows:
        return _nothing
    every = (*new.names, *new.same)
    sets = ", ".join(f"{name} = excluded.{name}" for name in every if name not in keys)
    end = f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"
    if is_sqlite:
        return _many_at_once(new, new.same, end)
    named = ", ".join(every)
    sql = f"INSERT INTO {new.table.name} ({named}) SELECT {named} FROM {_listed(new.table)}{end}"
    values = [dict(zip(every, (*row, *new.same.values()), strict=True)) for row in new.rows]
    return _about(sql, values)


def changing(table: Any, rows: Sequence[Row], *, is_sqlite: bool) -> Write:
    """Change rows by `row_id`, each with the columns it names; a row that names none is left."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    change = _change_on_sqlite if is_sqlite else _change_on_postgres
    writes = [change(table, names, group) for names, group in groups.items() if len(names) > 1]

    def write(connection: Connection, keys: Keys) -> None:
        for each in writes:
            each(connection, keys)

    return write


def _nothing(_connection: Connection, _keys: Keys) -> None:
    pass


@contextmanager
def driver_cursor(connection: Connection) -> Generator[Any]:
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


# SQLite --------------------------------------------------------------------------------------


def _many_at_once(new: NewRows, same: Row, end: str = "") -> Write:
    shared = [
        value if turn is None else turn(value)
        for value, turn in zip(same.values(), _turns(new.table, tuple(same)), strict=True)
    ]
    statements = list(
        _in_statements(
            len(new.rows),
            len(new.names),
            _flat(new.table, new.names, zip(*new.rows, strict=True)),
            lambda count: (
                _insertion(new.table, new.names, tuple(same), tuple(new.counted), count) + end
            ),
        )
    )

    def write(connection: Connection, keys: Keys) -> None:
        bases = [keys[table][0] for table in new.counted.values()]
        with driver_cursor(connection) as cursor:
            for sql, values in statements:
                cursor.execute(sql, bases + shared + values)

    return write


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


def _change_on_sqlite(table: Any, names: tuple[str, ...], rows: Sequence[Row]) -> Write:
    values = _flat(table, names, [[row[name] for row in rows] for name in names])
    statements = list(
        _in_statements(
            len(rows), len(names), values, lambda count: _alteration(table, names, count)
        )
    )

    def write(connection: Connection, _keys: Keys) -> None:
        with driver_cursor(connection) as cursor:
            for sql, part in statements:
                cursor.execute(sql, part)

    return write


def _in_statements(
    count: int, width: int, values: list[Any], sql_for: Callable[[int], str]
) -> Iterator[tuple[str, list[Any]]]:
    """Statements about all of `count` rows, each with the values of its own."""
    done = 0
    for size in AT_ONCE:
        while count - done >= size:
            yield sql_for(size), values[done * width : (done + size) * width]
            done += size


@lru_cache(maxsize=512)
def _alteration(table: Any, names: tuple[str, ...], count: int) -> str:
    """UPDATE of `count` rows, whose parameters are their values, in the order of the names."""
    setting = ", ".join(f"{name} = new.{name}" for name in names if name != "row_id")
    listed = ", ".join([f"({', '.join('?' * len(names))})"] * count)
    return (
        f"WITH new ({', '.join(names)}) AS (VALUES {listed})"
        f" UPDATE {table.name} SET {setting} FROM new WHERE {table.name}.id = new.row_id"
    )


def _flat(table: Any, names: tuple[str, ...], columns: Iterable[Sequence[Any]]) -> list[Any]:
    return list(chain.from_iterable(zip(*_turned(table, names, columns), strict=True)))


def _turned(
    table: Any, names: tuple[str, ...], columns: Iterable[Sequence[Any]]
) -> list[Sequence[Any]]:
    """The columns as SQLite's driver wants them."""
    return [
        column if turn is None else _texts(column) if turn is _encode else list(map(turn, column))
        for column, turn in zip(columns, _turns(table, names), strict=True)
    ]


def _texts(column: Iterable[Any]) -> list[str | None]:
    """JSON texts. Rows often share one value, and turning it into text is what costs most."""
    remembered: dict[int, str] = {}

    def text_of(value: object) -> str | None:
        if value is None:
            return None
        found = remembered.get(id(value))
        if found is None:
            found = remembered[id(value)] = _encode(value)
        return found

    return list(map(text_of, column))


# PostgreSQL ----------------------------------------------------------------------------------


def _copied(new: NewRows, same: Row) -> Write:
    names = (*new.names, *same)
    constants = tuple(
        _for_postgres(new.table.c[name].type, [value])[0] for name, value in same.items()
    )
    columns = [
        _for_postgres(new.table.c[name].type, column)
        for name, column in zip(new.names, zip(*new.rows, strict=True), strict=True)
    ]
    sql = f"COPY {new.table.name} ({', '.join(names)}) FROM STDIN"

    def write(connection: Connection, keys: Keys) -> None:
        keyed = [
            list(map(keys[new.counted[name]].__getitem__, column))
            if name in new.counted
            else column
            for name, column in zip(new.names, columns, strict=True)
        ]
        with driver_cursor(connection) as cursor, cursor.copy(sql) as copy:
            for row in zip(*keyed, strict=True):
                copy.write_row(row + constants)

    return write


def _for_postgres(kind: Any, column: Sequence[Any]) -> Sequence[Any]:
    if isinstance(kind, JSON):
        return _texts(column)
    return list(map(_aware, column)) if isinstance(kind, UtcDateTime) else column


@lru_cache(maxsize=8_192)
def _aware(at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise ValueError(f"naive datetime {at!r} cannot be stored")
    return at


def _change_on_postgres(table: Any, names: tuple[str, ...], rows: Sequence[Row]) -> Write:
    setting = ", ".join(f"{name} = new.{name}" for name in names if name != "row_id")
    sql = f"UPDATE {table.name} SET {setting} FROM {_listed(table)} WHERE {table.name}.id = new.id"
    named = [{"id" if name == "row_id" else name: row[name] for name in names} for row in rows]
    return _about(sql, named)


def _listed(table: Any) -> str:
    return f"json_populate_recordset(NULL::{table.name}, CAST(%s AS json)) AS new"


def _about(sql: str, rows: Sequence[Row]) -> Write:
    """A statement about a list of rows, which PostgreSQL gets as one value."""
    listed = json.dumps(rows, default=_instant_text)

    def write(connection: Connection, _keys: Keys) -> None:
        with driver_cursor(connection) as cursor:
            cursor.execute(sql, (listed,))

    return write


def _instant_text(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} cannot be written")
    _aware(value)
    return value.isoformat()


# At once -------------------------------------------------------------------------------------


def new_keys(session: Session, table: str, count: int) -> Sequence[int]:
    """The keys that the next `count` new rows of the table get: on SQLite those that follow, since
    the write lock is ours; on PostgreSQL they are taken from the sequence."""
    if count == 0:
        return ()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        newest = connection.exec_driver_sql(f"SELECT max(id) FROM {table}").scalar()
        first = (newest or 0) + 1
        return range(first, first + count)
    sequence = f"SELECT array_agg(nextval('{table}_id_seq')) FROM generate_series(1, :count)"
    return connection.execute(text(sequence), {"count": count}).scalar_one()


def run(session: Session, *writes: Write, keys: Keys = MappingProxyType({})) -> None:
    """Run the statements. `keys` has those of the tables that something in them is counted in."""
    connection = session.connection()
    for write in writes:
        write(connection, keys)


def is_sqlite(session: Session) -> bool:
    """Which of the two databases the session is on."""
    return session.get_bind().dialect.name == "sqlite"


def insert_rows(session: Session, table: Any, rows: Sequence[Row]) -> None:
    """Add rows that all have the same keys."""
    if not rows:
        return
    names = tuple(rows[0])
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"rows of {table.name} have different keys")
    values = [tuple([row[name] for name in names]) for row in rows]
    run(session, adding(NewRows(table, names, values), is_sqlite=is_sqlite(session)))


def insert_returning(session: Session, table: Any, rows: Sequence[Row]) -> Sequence[int]:
    """Add rows and return their keys, in the same order."""
    keys = new_keys(session, table.name, len(rows))
    insert_rows(session, table, [{"id": k, **row} for k, row in zip(keys, rows, strict=True)])
    return keys


@lru_cache(maxsize=512)
def _turns(table: Any, names: tuple[str, ...]) -> tuple[_Convert, ...]:
    return tuple(None if name == "row_id" else _converter(table.c[name].type) for name in names)


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

"""Running numbers for references."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from escalation_app.models import CounterRow

_COUNTERS: Any = CounterRow.__table__  # type: ignore[attr-defined]

FIRST = 1001


def take_numbers(session: Session, name: str, count: int) -> range:
    """The next `count` numbers of a series; they are gone once the transaction commits."""
    if count == 0:
        return range(0)
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(_COUNTERS).values(name=name, value=FIRST - 1 + count)
    last = session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": _COUNTERS.c.value + count}
        ).returning(_COUNTERS.c.value)
    ).scalar_one()
    return range(int(last) - count + 1, int(last) + 1)

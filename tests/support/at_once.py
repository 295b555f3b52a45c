"""Two people who act in the same moment, each over a connection of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from escalation_app.db import Database
from escalation_app.domain.errors import BusinessError
from escalation_app.services.unit_of_work import UnitOfWork, unit_of_work
from tests.support.desk import SupportDesk

Act = tuple[str, Callable[[UnitOfWork], Any]]
"""Who, and what they do."""


def at_once(desk: SupportDesk, *acts: Act) -> list[Any]:
    """What came of each act: what it returned, or the business error that refused it.

    On PostgreSQL each transaction has begun before the first act is made; SQLite lets one begin
    at a time, so there all wait for its write lock together. Anything else than a business error,
    such as two that wait for each other, is raised.
    """
    url, together = desk.database.url, Barrier(len(acts), timeout=30)

    def go(act: Act) -> Any:
        who, what = act
        own = Database(url)
        try:
            if own.is_sqlite:
                together.wait()
            with unit_of_work(desk.people[who], on=own) as uow:
                if not own.is_sqlite:
                    together.wait()
                return what(uow)
        except BusinessError as refusal:
            return refusal
        finally:
            own.dispose()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(go, acts))


def refusals(outcomes: list[Any]) -> list[str]:
    """Why some were refused."""
    return [str(one) for one in outcomes if isinstance(one, BusinessError)]

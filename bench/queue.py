"""The queue at 100,000 open tickets: the server's time for one page with its rail."""

import gc
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.seeding import seed
from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.permissions import Actor, Role
from escalation_app.models import TicketRow
from escalation_app.services.people import actor_of
from escalation_app.services.queries.queue import PAGE_ROWS, queue_screen
from escalation_app.services.queries.queue_filter import SORTS, VIEWS, filter_of

TICKETS = 100_000
PAGES = 30
PAGES_OF_EACH = 5
FILTERS: tuple[dict[str, str], ...] = (
    *({"view": view} for view in VIEWS),
    {"severity": "1,2"},
    {"status": "open,waiting_supplier"},
    {"assignee": "me"},
    {"assignee": "nobody"},
    {"clock": "soon"},
    {"clock": "paused"},
    {"age": "1"},
    {"tag": "vip"},
    {"plan": "enterprise"},
    {"customer": "org-3"},
    {"within": "4"},
)
"""One value or two of each filter that a queue offers."""


def run(tickets: int = TICKETS) -> dict[str, float]:
    """Medians in milliseconds, each read in a transaction of its own.

    `queue_page_100k_ms`: the first page of every tier, as a manager opens it, with the counts of
    all views. `queue_tier_page_100k_ms`: of an agent's tier. `queue_search_100k_ms`: a search
    through all of them. `queue_slowest_sort_100k_ms` and `queue_slowest_filter_100k_ms`: the first
    page by the order, and through the filter, that takes longest. `queue_page_baseline_ms`: the
    same page made from objects, sorted and counted in Python.
    """
    gc.collect()
    with tempfile.TemporaryDirectory(prefix="bench-queue-") as folder:
        url = f"sqlite:///{folder}/{Path(folder).name}.db"
        people = seed(url, tickets).people
        database = Database(url)
        with database.reading() as session:
            manager = _actor(session, people[Role.MANAGER][0])
            agent = _actor(session, people[Role.AGENT][0])
        figures = {
            "queue_page_100k_ms": _median(database, _page(manager), PAGES),
            "queue_tier_page_100k_ms": _median(database, _page(agent), PAGES),
            "queue_search_100k_ms": _median(database, _page(manager, q="7 7"), 5),
            "queue_slowest_sort_100k_ms": _slowest(
                database, manager, [{"sort": sort} for sort in SORTS]
            ),
            "queue_slowest_filter_100k_ms": _slowest(database, manager, FILTERS),
            "queue_page_baseline_ms": _median(database, _by_hand, 3),
        }
        database.dispose()
    return figures


def _actor(session: Session, person_id: int) -> Actor:
    actor = actor_of(session, person_id)
    assert actor is not None
    return actor


def _page(actor: Actor, **query: str) -> Callable[[Session], None]:
    def read(session: Session) -> None:
        screen = queue_screen(session, actor, filter_of(query, actor), utc_now())
        assert len(screen.page.rows) == PAGE_ROWS or query

    return read


def _slowest(database: Database, actor: Actor, queries: Sequence[dict[str, str]]) -> float:
    took = {
        " ".join(query.values()): _median(database, _page(actor, **query), PAGES_OF_EACH)
        for query in queries
    }
    slowest = max(took, key=lambda query: took[query])
    print(f"  slowest of {len(took)}: {slowest}, {took[slowest]:.1f} ms")
    return took[slowest]


def _by_hand(session: Session) -> None:
    """The same page with nothing prepared for it."""
    now = utc_now()
    rows = session.execute(select(TicketRow).where(TicketRow.is_open)).scalars().all()  # type: ignore[arg-type]
    counts: dict[tuple[int, bool, bool], int] = {}
    for row in rows:
        key = (row.tier, row.sort_at < now, row.assignee_id is None)
        counts[key] = counts.get(key, 0) + 1
    assert len(sorted(rows, key=lambda row: (row.sort_at, row.id))[:PAGE_ROWS]) == PAGE_ROWS


def _median(database: Database, read: Callable[[Session], None], times: int) -> float:
    took: list[float] = []
    for _ in range(times):
        begun = perf_counter()
        with database.reading() as session:
            read(session)
        took.append(1000 * (perf_counter() - begun))
    return statistics.median(took)

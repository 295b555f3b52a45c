"""Demos that were filled once, and copies of them to act in."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from escalation_app.db import Database
from escalation_app.demo.seed import seed

SUNDAY_NIGHT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
INSTANTS = {
    "Sunday 03:00": SUNDAY_NIGHT,
    "Wednesday 14:30": datetime(2026, 11, 25, 14, 30, tzinfo=UTC),
    "the night clocks go back": datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC),
    "the night clocks go forward": datetime(2027, 3, 28, 0, 59, 45, tzinfo=UTC),
    "New Year": datetime(2026, 12, 31, 23, 59, 50, tzinfo=UTC),
}

Opened = Callable[[datetime], Database]


@pytest.fixture(scope="session")
def seeded_file(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[datetime], Path]:
    """The SQLite file of a demo that begins at an instant; filled once, not to be written to."""
    folder = tmp_path_factory.mktemp("demo")
    made: dict[datetime, Path] = {}

    def file_of(now: datetime) -> Path:
        if now not in made:
            path = folder / f"{now:%Y%m%d%H%M%S}.db"
            shutil.copyfile(sqlite_template, path)
            database = Database(f"sqlite:///{path}")
            seed(database, now)
            database.dispose()
            made[now] = path
        return made[now]

    return file_of


@pytest.fixture
def demo_at(seeded_file: Callable[[datetime], Path], tmp_path: Path) -> Iterator[Opened]:
    """Opens a demo of the test's own that begins at an instant."""
    opened: list[Database] = []

    def open_copy(now: datetime) -> Database:
        path = tmp_path / f"demo-{len(opened)}.db"
        shutil.copyfile(seeded_file(now), path)
        opened.append(Database(f"sqlite:///{path}"))
        return opened[-1]

    yield open_copy
    for database in opened:
        database.dispose()

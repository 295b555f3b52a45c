"""What a start does not do: each of these once took a noticeable part of it."""

import gc
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from escalation_app import cli
from escalation_app.db import Database
from escalation_app.launcher.environment import serving_environment
from escalation_app.launcher.frontend import ROOT
from escalation_app.launcher.memory import leave_start_out_of_collections
from escalation_app.migrations import migrate
from escalation_app.services.process_versions import ensure_live

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

NOT_AT_A_START = {
    "psycopg",
    "alembic",
    "mako",
    "pygments",
    "httpx",
    "bun",
    "holidays",
    "reflex.reflex",
    "reflex_components_markdown",
    "reflex_components_plotly",
    "reflex_components_recharts",
}
"""Modules that SQLite, a migrated database and a built front end have no use for."""

START = """
import sys
from escalation_app.cli import _load
from escalation_app.migrations import migrate
from escalation_app.settings import settings

_load("demo")
migrate(settings().database_url)
_load("serve")._publish_shipped(settings())

from escalation_app import escalation_app, models
from escalation_app.demo import simulator

escalation_app.app()
assert not escalation_app.app._evaluated_pages, "pages were drawn"
assert not models.TicketRow.__mapper__.configured, "SQLAlchemy studied the models"
print(*sys.modules)
"""
"""What `demo` and `serve` do until they listen, where everything is up to date."""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A built front end with one file, none of whose pages makes a state when it is drawn."""
    (tmp_path / "build" / "client").mkdir(parents=True)
    (tmp_path / "build" / "client" / "index.html").write_text("<p>")
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "stateful_pages.json").write_text(json.dumps([]))
    return tmp_path


def test_a_start_loads_nothing_that_it_has_no_use_for(bundle: Path, tmp_path: Path):
    database_url = f"sqlite:///{tmp_path / 'desk.db'}"
    migrate(database_url)
    database = Database(database_url)
    with database.writing() as session:
        ensure_live(session, NOW)
    database.dispose()

    started = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        | serving_environment(bundle, tmp_path)
        | {"DATABASE_URL": database_url, "ESCALATION_MODE": "demo", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 0, started.stderr
    assert NOT_AT_A_START & set(started.stdout.split()) == set()


def test_no_garbage_is_looked_for_while_a_command_is_loaded(monkeypatch: pytest.MonkeyPatch):
    class Command:
        def add_arguments(self, parser: object) -> None: ...

        def run(self, arguments: object) -> int:
            assert gc.isenabled()
            return 0

    def load(name: str) -> Command:
        assert not gc.isenabled()
        return Command()

    monkeypatch.setattr(cli, "_load", load)

    assert cli.main(["serve"]) == 0


def test_what_the_shell_called_for_is_never_looked_at_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["escalation", "--help"])
    try:
        with pytest.raises(SystemExit):
            cli.main()

        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()


def test_garbage_is_looked_for_again_after_a_command_that_does_not_exist():
    with pytest.raises(SystemExit):
        cli.main(["dance"])

    assert gc.isenabled()


def test_what_a_start_made_is_never_looked_at_again():
    thresholds = gc.get_threshold()
    try:
        leave_start_out_of_collections()

        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


def test_the_time_counts_from_the_start_of_the_process():
    """Not from the first import of ours: whoever waits has waited for Python too."""
    program = (
        "import time; time.sleep(0.3)\n"
        "from escalation_app.launcher.age import seconds_since_start\n"
        "print(seconds_since_start())"
    )

    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert float(told.stdout) >= (0.29 if sys.platform == "linux" else 0)

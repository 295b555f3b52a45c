import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import exists, select

from escalation_app import cli
from escalation_app.models import ImportBatchRow, PersonRow, ProcessVersionRow, TicketRow
from tests.support.logs import EVENTS, as_csv, event, one, rows_of
from tests.support.people import House


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is called, with a log and a mapping in it."""
    rows = [event("1", "02/02/2026 08:00", "Working"), event("2", "someday", "Working")]
    (tmp_path / "log.csv").write_text(as_csv(rows), "utf-8")
    (tmp_path / "mine.yaml").write_text(EVENTS, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_log_comes_in_with_a_mapping_of_ones_own(
    house: House, folder: Path, capsys: pytest.CaptureFixture[str]
):
    code = cli.main(["import", "log.csv", "--mapping", "mine.yaml"])

    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        "Desk of old: 2 rows read, 1 taken.",
        "1 new ticket, 0 brought up to date, 0 unchanged, 0 refused.",
        "1 row rejected and 0 repaired: see log.rejects.csv.",
    ]
    assert one(house.database, TicketRow).reference == "OLD-1"
    assert (folder / "log.rejects.csv").exists()


def test_a_fresh_database_gets_the_shipped_process(house: House, folder: Path):
    assert rows_of(house.database, ProcessVersionRow) == []

    cli.main(["import", "log.csv", "--mapping", "mine.yaml"])

    assert one(house.database, ProcessVersionRow).version == 1


def test_a_dry_run_says_what_would_be(
    house: House, folder: Path, capsys: pytest.CaptureFixture[str]
):
    code = cli.main(["import", "log.csv", "--mapping", "mine.yaml", "--dry-run"])

    assert code == 0
    assert "Would be 1 new ticket," in capsys.readouterr().out
    assert rows_of(house.database, TicketRow) == []


def test_as_of_is_local_time_of_the_log_and_says_how_to_come_nearer(
    house: House, folder: Path, capsys: pytest.CaptureFixture[str]
):
    code = cli.main(["import", "log.csv", "--mapping", "mine.yaml", "--as-of", "2026-02-02T10:00"])

    assert code == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == (
        "All times are 4 weeks later, so the log ends 2 hours ago;"
        " with --as-of 2026-02-02T12:00Z it would end now."
    )


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["log.csv", "--mapping", "nowhere"], "there are: helpdesk_italian, servicenow"),
        (["no.csv", "--mapping", "mine.yaml"], "cannot be read: No such file"),
        (["log.csv", "--mapping", "mine.yaml", "--as-of", "May"], "for example 2016-05-10T12:00"),
        (["log.csv", "--mapping", "log.csv"], "log.csv is no mapping"),
        (["log.csv", "--mapping", "servicenow"], "The file has no column 'number'"),
    ],
)
def test_what_cannot_be_imported_is_said_and_nothing_is_written(
    house: House,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    problem: str,
):
    code = cli.main(["import", *words])

    assert code == 1
    assert problem in capsys.readouterr().err
    assert rows_of(house.database, TicketRow) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_is_stopped_leaves_nothing_behind(
    sqlite_url: str, house: House, folder: Path, how: signal.Signals
):
    people = rows_of(house.database, PersonRow)
    case = (f"{number}" for number in range(6_000))
    rows = [event(each, "02/02/2026 08:00", "Working", caller=each) for each in case]
    (folder / "long.csv").write_text(as_csv(rows), "utf-8")

    # Where the tests run in the background, SIGINT is ignored, and so it would be by the import.
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "escalation_app", "import", "long.csv", "--mapping", "mine.yaml"],
        env={**os.environ, "DATABASE_URL": sqlite_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    signal.signal(signal.SIGINT, ours)
    deadline = time.monotonic() + 120
    while not _has_tickets(house) and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(how)
    process.communicate(timeout=120)

    if how is signal.SIGKILL:
        assert rows_of(house.database, TicketRow) != []
        cli.main(["import", "log.csv", "--mapping", "mine.yaml"])
        assert one(house.database, TicketRow).source_ref == "1"
    else:
        assert rows_of(house.database, TicketRow) == []
        assert rows_of(house.database, PersonRow) == people
    assert rows_of(house.database, ImportBatchRow)[0].state == "withdrawn"
    assert process.returncode != 0


def _has_tickets(house: House) -> bool:
    """Asked so cheaply that the import cannot end between the answer and a signal."""
    with house.database.reading() as session:
        return session.execute(select(exists(select(TicketRow.id)))).scalar_one()

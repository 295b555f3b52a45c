"""An import that fails leaves nothing behind, however it fails."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from escalation_app.db import Database
from escalation_app.engine.timers import sweep
from escalation_app.models import ImportBatchRow, ImportTraceRow, OutboxRow, TicketRow
from escalation_app.services import effects, tickets
from escalation_app.services.importing import batches, publishing
from escalation_app.services.importing.batches import Busy
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, support_desk
from tests.support.logs import contents, event, one, rejects, rows_of, run_import

TICKETS = 9


class Broken(BaseException):
    """What nothing catches."""


@pytest.fixture
def desk(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[SupportDesk]:
    """A desk where three tickets are published at a time."""
    monkeypatch.setattr(publishing, "AT_ONCE", 3)
    with support_desk(database) as made:
        yield made


def log(*, until: int = 3) -> list[dict[str, str]]:
    """Overdue tickets with callers and owners of their own."""
    return [
        event(
            f"Case {case}",
            f"{day:02}/02/2026 08:00",
            "Working",
            priority="P1",
            caller=f"Caller {case}",
            owner=f"Owner {case}",
            site=f"Site {case}",
        )
        for case in range(1, TICKETS + 1)
        for day in range(2, until)
    ]


def break_after(calls: int, monkeypatch: pytest.MonkeyPatch, wrong: BaseException) -> None:
    """The transaction after so many of them fails, when all of it has been written."""
    real, count = effects.apply, iter(range(1, 100))

    def apply(*args: Any, **kwargs: Any) -> Any:
        written = real(*args, **kwargs)
        if next(count) > calls:
            raise wrong
        return written

    monkeypatch.setattr(effects, "apply", apply)


@pytest.mark.parametrize("wrong", [RuntimeError(), KeyboardInterrupt(), SystemExit(143)])
def test_an_import_that_fails_half_way_leaves_nothing_behind(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: BaseException
):
    before = contents(desk.database)
    break_after(2, monkeypatch, wrong)

    with pytest.raises(type(wrong)):
        run_import(desk, tmp_path, [*log(), event("x", "never")])

    assert contents(desk.database) == before
    assert rows_of(desk.database, ImportTraceRow) == []
    assert one(desk.database, ImportBatchRow).state == "withdrawn"
    assert sorted(path.name for path in tmp_path.glob("rejects*")) == []


def test_what_the_engine_did_about_withdrawn_tickets_goes_with_them(
    desk: SupportDesk, tmp_path: Path
):
    before = contents(desk.database)

    def act(doing: str, done: int, total: int | None) -> None:
        sweep(desk.database)
        if done == TICKETS:
            assert rows_of(desk.database, OutboxRow) != []
            raise Broken

    with pytest.raises(Broken):
        run_import(desk, tmp_path, log(), progress=act)

    assert contents(desk.database) == before
    assert rows_of(desk.database, OutboxRow) == []


def test_a_ticket_that_somebody_has_worked_on_meanwhile_stays(desk: SupportDesk, tmp_path: Path):
    def act(doing: str, done: int, total: int | None) -> None:
        if done == TICKETS:
            desk.act("manager", tickets.take, "OLD-5")
            raise Broken

    with pytest.raises(Broken):
        run_import(desk, tmp_path, log(), progress=act)

    assert one(desk.database, TicketRow, source="old_desk").reference == "OLD-5"
    report = run_import(desk, tmp_path, log())
    assert (report.tickets.new, report.tickets.unchanged) == (TICKETS - 1, 1)


def test_tickets_that_were_brought_up_to_date_are_as_they_were_before(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    run_import(desk, tmp_path, log())
    before = contents(desk.database)
    break_after(2, monkeypatch, Broken())

    with pytest.raises(Broken):
        run_import(desk, tmp_path, log(until=5))

    assert contents(desk.database) == before


def test_after_a_failure_the_same_file_comes_in_whole(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patched:
        break_after(2, patched, Broken())
        with pytest.raises(Broken):
            run_import(desk, tmp_path, log())

    assert run_import(desk, tmp_path, log()).tickets.new == TICKETS


def killed(
    desk: SupportDesk, folder: Path, monkeypatch: pytest.MonkeyPatch, **batch: object
) -> None:
    """Leave an import behind as a killed process does: half of it published, nothing taken back."""
    with monkeypatch.context() as patched:
        break_after(2, patched, Broken())
        patched.setattr(batches, "withdraw", lambda database, batch_id, now: None)
        with pytest.raises(Broken):
            run_import(desk, folder, log())
    table = columns(ImportBatchRow)
    with desk.database.writing() as session:
        session.execute(update(table).values(**batch))


def dead_process() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_an_import_that_was_killed_is_withdrawn_by_the_next(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = contents(desk.database)
    killed(desk, tmp_path, monkeypatch, owner=f"{socket.gethostname()[:80]}/{dead_process()}")
    assert len(rows_of(desk.database, TicketRow)) == 6

    run_import(desk, tmp_path, [])

    assert contents(desk.database) == before
    assert [row.state for row in rows_of(desk.database, ImportBatchRow)] == ["withdrawn", "done"]


def test_an_import_elsewhere_that_has_fallen_silent_is_withdrawn(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    killed(desk, tmp_path, monkeypatch, owner="another-host/1")

    with pytest.raises(Busy, match=r"log\.csv is being imported by another-host/1"):
        run_import(desk, tmp_path, log())
    desk.clock.advance(timedelta(seconds=61))

    assert run_import(desk, tmp_path, log()).tickets.new == TICKETS


def test_two_imports_do_not_run_at_once(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    killed(desk, tmp_path, monkeypatch, owner=f"{socket.gethostname()[:80]}/{os.getpid()}")
    before = contents(desk.database)

    with pytest.raises(Busy):
        run_import(desk, tmp_path, log())

    assert contents(desk.database) == before


def test_a_dry_run_reads_beside_an_import(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    killed(desk, tmp_path, monkeypatch, owner=f"{socket.gethostname()[:80]}/{os.getpid()}")

    report = run_import(desk, tmp_path, log(), is_dry_run=True)

    assert (report.tickets.unchanged, report.tickets.new) == (6, 3)
    assert rejects(tmp_path) == []

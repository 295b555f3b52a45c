"""The engine as a process beside the one that serves."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from escalation_app.launcher import engine_process
from escalation_app.launcher.engine_process import EngineProcess, engine_beside

WAITS = "import sys; sys.stdin.read()"
DEAF = "import time\nwhile True: time.sleep(1)"


def command(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def until(claim: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not claim():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_it_ends_when_it_is_stopped():
    engine = EngineProcess(command(WAITS))

    engine.stop()

    assert not is_there(engine.pid)


def test_it_is_started_again_when_it_dies(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    monkeypatch.setattr(engine_process, "AGAIN_AFTER", 0.01)
    marks = tmp_path / "marks"
    dies_once = f"f = open({str(marks)!r}, 'a'); f.write('x'); f.close()\n" + (
        f"import sys; sys.exit(3) if len(open({str(marks)!r}).read()) == 1 else sys.stdin.read()"
    )

    engine = EngineProcess(command(dies_once))
    until(lambda: marks.exists() and marks.read_text() == "xx")
    engine.stop()

    assert [record.getMessage() for record in caplog.records] == [
        "The engine ended with 3; it is started again"
    ]


def test_one_that_does_not_finish_is_killed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(engine_process, "SECONDS_TO_FINISH", 0.1)
    engine = EngineProcess(command(DEAF))

    engine.stop()

    assert not is_there(engine.pid)
    assert "it is killed" in caplog.text


def test_where_none_is_wanted_none_is_started(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine_process, "COMMAND", command("raise SystemExit(1)"))

    with engine_beside(is_wanted=False) as engine:
        assert engine is None

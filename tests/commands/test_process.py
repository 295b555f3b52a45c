"""`escalation process`: what an operator publishes, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from escalation_app import db, settings
from escalation_app.cli import main
from escalation_app.models import ProcessVersionRow
from escalation_app.services.process_versions import live_process, live_version, shipped_document


@pytest.fixture
def file(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The shipped document in a file, and settings that name an empty database."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    settings.settings.cache_clear()
    db.database.cache_clear()
    path = tmp_path / "mine.yaml"
    path.write_text(shipped_document(), encoding="utf-8")
    yield path
    db.database().dispose()
    db.database.cache_clear()
    settings.settings.cache_clear()


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_a_document_becomes_the_live_version(file: Path, capsys: pytest.CaptureFixture[str]):
    main(["process", "publish", str(file)])
    change(file, "close_after: 5d", "close_after: 3d")

    code = main(["process", "publish", str(file), "--note", "Close  sooner"])

    assert code == 0
    assert "Version 2 is live." in capsys.readouterr().out
    with db.database().reading() as session:
        assert live_process(session).close_after.days == 3
        row = session.get_one(ProcessVersionRow, 2)
        assert row.note == "Close sooner"
        assert row.published_by.endswith("the command line")


def test_the_same_document_again_changes_nothing(file: Path, capsys: pytest.CaptureFixture[str]):
    main(["process", "publish", str(file)])

    code = main(["process", "publish", str(file)])

    assert code == 0
    assert "Nothing was changed" in capsys.readouterr().out
    with db.database().reading() as session:
        assert live_version(session) == 1


def test_a_bad_document_is_refused_with_its_lines(file: Path, capsys: pytest.CaptureFixture[str]):
    main(["process", "publish", str(file)])
    change(file, "close_after: 5d", "close_after: soon")
    line = file.read_text(encoding="utf-8").splitlines().index("close_after: soon") + 1

    code = main(["process", "publish", str(file)])

    told = capsys.readouterr().err
    assert code == 1
    assert f"Line {line}, close_after" in told
    assert "1 mistake" in told
    with db.database().reading() as session:
        assert live_version(session) == 1


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_file_that_cannot_be_read_is_named(
    file: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
):
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)

    assert main(["process", "publish", str(file)]) == 1
    assert str(file) in capsys.readouterr().err


def test_what_is_shown_can_be_published_again(file: Path, capsys: pytest.CaptureFixture[str]):
    main(["process", "publish", str(file)])
    capsys.readouterr()

    assert main(["process", "show"]) == 0

    shown = capsys.readouterr()
    assert shown.out == shipped_document()
    assert shown.err == "Version 1 is live.\n"


def test_nothing_can_be_shown_before_the_first(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["process", "show"]) == 1
    assert "No process is published yet." in capsys.readouterr().err


def test_a_check_publishes_nothing(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["process", "check", str(file)]) == 0
    assert main(["process", "show"]) == 1
    assert "valid" in capsys.readouterr().out

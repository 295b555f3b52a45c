"""`escalation organisation`, as an operator calls it."""

import pytest

from escalation_app import db
from escalation_app.cli import main
from escalation_app.settings import settings


@pytest.fixture(autouse=True)
def install(monkeypatch: pytest.MonkeyPatch, sqlite_url: str):
    """The command line of a fresh install."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    settings.cache_clear()
    db.database.cache_clear()
    yield
    db.database().dispose()
    settings.cache_clear()
    db.database.cache_clear()


def test_an_organisation_is_added_with_its_plan_and_listed(capsys: pytest.CaptureFixture[str]):
    added = main(["organisation", "add", "Acme", "--name", "Acme  Ltd", "--plan", "pro"])
    main(["organisation", "list"])

    assert added == 0
    listed = capsys.readouterr().out
    assert "Added Acme Ltd (acme), plan pro." in listed
    assert "acme" in listed.splitlines()[-1]


def test_without_a_plan_it_has_the_default_one(capsys: pytest.CaptureFixture[str]):
    main(["organisation", "add", "acme", "--name", "Acme"])

    assert "plan basic" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["acme", "--name", "Acme", "--plan", "gold"], "there are: basic, pro, enterprise"),
        (["acme", "--name", "Acme", "--zone", "Mars/Olympus"], "is no time zone"),
        (["acme", "--name", " "], "needs a key"),
        (["x" * 121, "--name", "Acme"], "needs a key"),
    ],
)
def test_a_wrong_one_is_refused_with_what_to_change(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
):
    code = main(["organisation", "add", *arguments])

    assert code == 1
    assert says in capsys.readouterr().err


def test_the_same_key_twice_is_refused(capsys: pytest.CaptureFixture[str]):
    main(["organisation", "add", "acme", "--name", "Acme"])

    code = main(["organisation", "add", "acme", "--name", "Another"])

    assert code == 1
    assert "already" in capsys.readouterr().err

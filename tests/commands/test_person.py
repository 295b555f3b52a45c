import io

import pytest

from escalation_app import cli
from escalation_app.domain.errors import SignInRefused
from escalation_app.domain.permissions import Role
from escalation_app.services.identity import Attempt, look_up, sign_in
from tests.support.people import House

PASSWORD = "blue tram to the sea"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password comes from stdin."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))


def _person(*words: str) -> int:
    return cli.main(["person", *words])


def _roles_of(house: House, email: str, password: str = PASSWORD) -> frozenset[Role]:
    now = house.clock.utc_now()
    found = look_up(house.database, sign_in(house.database, Attempt(email, password), now), now)
    assert found is not None
    return found.actor.roles


def test_the_first_admin_comes_in_by_the_command_line(house: House, typed: None):
    code = _person(
        *("add", "Root@Example.org", "--name", "Rita Root", "--role", "admin"),
        *("--role", "manager", "--password-stdin"),
    )

    assert code == 0
    assert _roles_of(house, "root@example.org") == {Role.ADMIN, Role.MANAGER}


def test_a_customer_comes_in_with_an_organisation(house: House, typed: None):
    code = _person(
        *("add", "c@acme.example", "--name", "Cy", "--role", "customer"),
        *("--organisation", "acme", "--password-stdin"),
    )

    assert code == 0
    assert _roles_of(house, "c@acme.example") == {Role.CUSTOMER}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("new@example.org", "--role", "customer"), "Customers have an --organisation"),
        (("new@example.org", "--role", "agent", "--organisation", "acme"), "staff have none"),
        (("new@x.org", "--role", "customer", "--organisation", "a"), "there are: acme"),
        (("agent@example.org", "--role", "agent"), "somebody with the address"),
        (("nonsense", "--role", "agent"), "no e-mail address"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    house: House,
    typed: None,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    problem: str,
):
    code = _person("add", *words, "--name", "New", "--password-stdin")

    assert code == 1
    assert problem in capsys.readouterr().err


def test_a_weak_password_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.stdin", io.StringIO("password1234\n"))

    code = _person("password", "agent@example.org", "--password-stdin")

    assert code == 1
    assert "first a stranger would try" in capsys.readouterr().err
    assert look_up(house.database, house.token(Role.AGENT), house.clock.utc_now()) is not None


def test_a_password_typed_twice_differently_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    answers = iter([PASSWORD, "another one entirely"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))

    code = _person("password", "agent@example.org")

    assert code == 1
    assert "two different passwords" in capsys.readouterr().err


def test_a_new_password_signs_out_everywhere(house: House, typed: None):
    code = _person("password", "agent@example.org", "--password-stdin")

    assert code == 0
    assert look_up(house.database, house.token(Role.AGENT), house.clock.utc_now()) is None
    assert _roles_of(house, "agent@example.org") == {Role.AGENT}


def test_somebody_disabled_is_out_at_once_and_stays_out(house: House, typed: None):
    _person("password", "agent@example.org", "--password-stdin")

    code = _person("disable", "agent@example.org")

    assert code == 0
    with pytest.raises(SignInRefused):
        _roles_of(house, "agent@example.org")


def test_the_list_has_everybody_and_no_secrets(house: House, capsys: pytest.CaptureFixture[str]):
    _person("disable", "agent@example.org")
    capsys.readouterr()

    _person("list")

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(Role)
    assert "agent@example.org\tAgent One\tagent\tdisabled" in lines
    assert "admin@example.org\tAdmin One\tadmin\tactive" in lines


def test_nobody_can_be_disabled_who_is_not_there(house: House, capsys: pytest.CaptureFixture[str]):
    assert _person("disable", "nobody@example.org") == 1
    assert "Nobody has the address" in capsys.readouterr().err

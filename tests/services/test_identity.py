import subprocess
import sys
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, SignInRefused
from escalation_app.domain.permissions import Role
from escalation_app.services import identity, passwords
from escalation_app.services.identity import Attempt
from escalation_app.services.people import NewPerson, add_person
from tests.support.people import NOON

RIGHT = "three wise monkeys"


def _add(database: Database, email: str = "ann@example.org", *, is_active: bool = True) -> int:
    person = NewPerson(
        key=email,
        email=email,
        name="Ann Ash",
        roles=frozenset({Role.AGENT, Role.MANAGER}),
        team="service-desk",
        tier=1,
        password_hash=passwords.hash_password(RIGHT),
        is_active=is_active,
    )
    with database.writing() as session:
        return add_person(session, person, NOON)


def _try(database: Database, password: str, email: str = "ann@example.org", known: str = "") -> str:
    return identity.sign_in(database, Attempt(email, password, known, "Firefox"), NOON)


def _wrong(database: Database, email: str = "ann@example.org", known: str = "") -> int:
    with database.reading() as session:
        return identity.wrong_tries(session, Attempt(email, "", known), NOON)[1]


def test_the_right_password_begins_a_session_with_all_roles(database: Database):
    person = _add(database)

    token = _try(database, RIGHT, " Ann@Example.org ")

    with database.reading() as session:
        found = identity.actor_for_token(session, token, NOON)
    assert found is not None
    assert (found.actor.person_id, found.actor.name, found.actor.team) == (
        person,
        "Ann Ash",
        "service-desk",
    )
    assert found.actor.roles == {Role.AGENT, Role.MANAGER}


def test_the_token_itself_is_stored_nowhere(database: Database):
    _add(database)

    token = _try(database, RIGHT)

    with database.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM auth_session").all()
    assert token not in repr(rows)
    assert identity.token_hash(token) in repr(rows)


def test_two_sign_ins_have_two_tokens_of_256_bits(database: Database):
    _add(database)

    tokens = {_try(database, RIGHT) for _ in range(2)}

    assert len(tokens) == 2
    assert all(len(token) == 43 for token in tokens)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ann@example.org", "three wise donkeys"),
        ("ann@example.org", ""),
        ("ann@example.org", "\0\ud800"),
        ("nobody@example.org", RIGHT),
        ("gone@example.org", RIGHT),
        ("blank@example.org", ""),
        ("\0" * 500 + "\ud800", RIGHT),
        ("a" * 5000, "b" * 5000),
    ],
)
def test_every_refusal_reads_the_same_and_takes_one_hash(
    database: Database, monkeypatch: pytest.MonkeyPatch, email: str, password: str
):
    _add(database)
    _add(database, "gone@example.org", is_active=False)
    with database.writing() as session:
        add_person(
            session, NewPerson("blank", "blank@example.org", "Blank", frozenset({Role.ADMIN})), NOON
        )
    counted = _CountingHash(passwords._ARGON2)
    monkeypatch.setattr(passwords, "_ARGON2", counted)

    with pytest.raises(SignInRefused) as refusal:
        _try(database, password, email)

    assert str(refusal.value) == "That address and password do not match."
    assert counted.verified == 1
    assert _wrong(database, email) == 1


class _CountingHash:
    """A password hash that counts how often it was asked."""

    def __init__(self, real: object) -> None:
        self._real = real
        self.verified = 0

    def verify(self, password: str, stored: str) -> bool:
        self.verified += 1
        return self._real.verify(password, stored)  # type: ignore[attr-defined]

    def hash(self, password: str) -> str:
        return self._real.hash(password)  # type: ignore[attr-defined]


def test_passwords_are_kept_as_argon2id(database: Database):
    assert passwords.hash_password(RIGHT).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_password_typed_on_another_keyboard_is_the_same():
    composed, decomposed = "caf\u00e9 au lait 12", "cafe\u0301 au lait 12"

    assert passwords.verify(decomposed, passwords.hash_password(composed))


@pytest.mark.parametrize(
    ("wrong", "seconds"), [(0, 0), (9, 0), (10, 1), (11, 2), (14, 16), (15, 30), (10_000, 30)]
)
def test_ten_wrong_tries_are_free_and_then_it_gets_slower(wrong: int, seconds: int):
    assert identity.delay_after(wrong) == timedelta(seconds=seconds)


def test_wrong_tries_count_for_a_quarter_of_an_hour(database: Database):
    _add(database)
    with pytest.raises(SignInRefused):
        _try(database, "wrong wrong")

    with database.reading() as session:
        attempt = Attempt("ann@example.org", "")
        at_once = identity.wrong_tries(session, attempt, NOON)[1]
        later = identity.wrong_tries(session, attempt, NOON + timedelta(minutes=15))[1]

    assert (at_once, later) == (1, 0)


def test_strangers_do_not_slow_a_browser_that_has_been_signed_in_before(database: Database):
    _add(database)
    token = _try(database, RIGHT)
    with database.writing() as session:
        identity.sign_out(session, token, NOON)

    for _ in range(3):
        with pytest.raises(SignInRefused):
            _try(database, "wrong wrong")

    assert _wrong(database) == 3
    assert _wrong(database, known=token) == 0


def test_a_browser_known_at_one_account_is_a_stranger_at_another(database: Database):
    _add(database)
    _add(database, "bob@example.org")
    token = _try(database, RIGHT)

    with pytest.raises(SignInRefused):
        _try(database, "wrong wrong", "bob@example.org", known=token)

    assert _wrong(database, "bob@example.org") == 1


def test_the_right_password_forgives_the_wrong_ones(database: Database):
    _add(database)
    with pytest.raises(SignInRefused):
        _try(database, "wrong wrong")

    _try(database, RIGHT)

    assert _wrong(database) == 0


def test_a_session_ends_after_eight_idle_hours_and_after_seven_days_at_work(database: Database):
    _add(database)
    token = _try(database, RIGHT)
    now, steps = NOON, 0
    while identity.look_up(database, token, now) is not None:
        now += timedelta(hours=7)
        steps += 1

    assert now - NOON == timedelta(days=7)
    other = _try(database, RIGHT)
    assert identity.look_up(database, other, NOON + timedelta(hours=8, seconds=-1)) is not None
    assert identity.look_up(database, _try(database, RIGHT), NOON + timedelta(hours=8)) is None


def test_nothing_is_a_token_but_a_token(database: Database):
    for token in ("", "x", "\ud800", "' OR 1=1"):
        assert identity.look_up(database, token, NOON) is None


def test_a_disabled_person_is_signed_out(database: Database):
    person = _add(database)
    token = _try(database, RIGHT)

    with database.writing() as session:
        identity.disable(session, person, NOON)

    assert identity.look_up(database, token, NOON) is None
    with pytest.raises(SignInRefused):
        _try(database, RIGHT)


def test_other_roles_end_every_session(database: Database):
    person = _add(database)
    token = _try(database, RIGHT)

    with database.writing() as session:
        identity.set_roles(session, person, frozenset({Role.CUSTOMER}), NOON)

    assert identity.look_up(database, token, NOON) is None
    found = identity.look_up(database, _try(database, RIGHT), NOON)
    assert found is not None
    assert found.actor.roles == {Role.CUSTOMER}


def test_the_same_roles_end_nothing(database: Database):
    person = _add(database)
    token = _try(database, RIGHT)

    with database.writing() as session:
        identity.set_roles(session, person, frozenset({Role.AGENT, Role.MANAGER}), NOON)

    assert identity.look_up(database, token, NOON) is not None


def test_a_new_password_ends_every_session_and_the_old_one_is_refused(database: Database):
    person = _add(database)
    token = _try(database, RIGHT)

    with database.writing() as session:
        identity.set_password(session, person, "blue tram to the sea", NOON)

    assert identity.look_up(database, token, NOON) is None
    with pytest.raises(SignInRefused):
        _try(database, RIGHT)
    assert _try(database, "blue tram to the sea")


def test_which_sessions_stand_is_one_question(database: Database):
    _add(database)
    stands, ended = _try(database, RIGHT), _try(database, RIGHT)
    with database.writing() as session:
        identity.sign_out(session, ended, NOON)

    with database.reading() as session:
        hashes = [identity.token_hash(token) for token in (stands, ended, "made up")]
        standing = identity.standing_sessions(session, hashes, NOON)

    assert [actor.name for actor in standing.values()] == ["Ann Ash"]
    assert list(standing) == [identity.token_hash(stands)]


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "123456789",
        "Password123!",
        "P@ssw0rd2026",
        "qwertyuiop",
        "1q2w3e4r5t",
        "1234567890",
        "aaaaaaaaaaaaaaaa",
        "Ann@example.org",
        "ann-2026-10-10",
        "x" * 201,
        "nine wise\0monkeys",
    ],
)
def test_a_password_a_stranger_would_try_is_refused(password: str):
    with pytest.raises(Invalid):
        passwords.check_password(password, "ann@example.org", "Ann Ash")


@pytest.mark.parametrize(
    "password", [RIGHT, "correct tram battery", "密码是一个很长的句子吧", "0x7f!kq29-z"]
)
def test_length_is_all_a_password_needs(password: str):
    passwords.check_password(password, "ann@example.org", "Ann Ash")


def test_the_demos_seat_belongs_to_an_active_person(database: Database):
    person = _add(database)
    _add(database, "gone@example.org", is_active=False)

    with database.writing() as session:
        token = identity.continue_as(session, "ann@example.org", NOON)
        for key in ("gone@example.org", "nobody"):
            with pytest.raises(SignInRefused):
                identity.continue_as(session, key, NOON)

    found = identity.look_up(database, token, NOON)
    assert found is not None
    assert found.actor.person_id == person


def test_the_first_thing_a_process_checks_may_be_an_unknown_account():
    check = "from escalation_app.services.passwords import verify; print(verify('x', ''))"

    answer = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", check],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (answer.stdout, answer.returncode) == ("False\n", 0), answer.stderr

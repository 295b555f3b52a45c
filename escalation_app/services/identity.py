"""Who is it: passwords, sign-in, sessions, and what ends them.

A session is a 256-bit random token in a cookie; the database holds its SHA-256 alone. Passwords
are argon2id. Nothing here sleeps or hashes inside a transaction: `sign_in` is given a database.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from escalation_app.db import Database
from escalation_app.domain.errors import SignInRefused
from escalation_app.domain.permissions import Actor, ActorKind, Role
from escalation_app.models import AuthSessionRow, PersonRoleRow, PersonRow, SignInAttemptRow
from escalation_app.services.passwords import check_password, hash_password, verify
from escalation_app.services.tables import columns

IDLE_LIMIT = timedelta(hours=8)
ABSOLUTE_LIMIT = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
"""How often a session's `last_seen_at` is written at most."""
KNOWN_FOR = timedelta(days=90)
"""How long a browser that signed in counts as one of the account's own."""

WINDOW = timedelta(minutes=15)
FREE_TRIES = 10
"""Wrong tries within WINDOW before an account slows down."""
LONGEST_DELAY = timedelta(seconds=30)

_SESSIONS: Any = columns(AuthSessionRow)
_PEOPLE: Any = columns(PersonRow)
_ROLES: Any = columns(PersonRoleRow)
_ATTEMPTS: Any = columns(SignInAttemptRow)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that stands: whose it is, and the hash it is known by."""

    session_hash: str
    actor: Actor
    last_seen_at: datetime


def token_hash(token: str) -> str:
    """What is stored of a token, and how a session is named everywhere but in its cookie."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


# Sessions


# Asked with every event of every browser: it is put together once.
_STANDING = (
    select(
        _SESSIONS.c.token_hash,
        _SESSIONS.c.last_seen_at,
        _PEOPLE.c.id,
        _PEOPLE.c.name,
        _PEOPLE.c.organisation_id,
        _PEOPLE.c.team,
        _PEOPLE.c.tier,
        _PEOPLE.c.zone,
        _ROLES.c.role,
    )
    .join(_PEOPLE, _PEOPLE.c.id == _SESSIONS.c.person_id)
    .outerjoin(_ROLES, _ROLES.c.person_id == _PEOPLE.c.id)
    .where(
        _SESSIONS.c.token_hash.in_(bindparam("hashes", expanding=True)),
        _SESSIONS.c.ended_at.is_(None),
        _SESSIONS.c.expires_at > bindparam("now"),
        _SESSIONS.c.last_seen_at > bindparam("seen_since"),
        _PEOPLE.c.is_active.is_(True),
    )
)


def actor_for_token(session: Session, token: str, now: datetime) -> SignedIn | None:
    """The session behind a cookie; None when it ended, expired, or never was."""
    if not token:
        return None
    return _standing(session, {token_hash(token)}, now).get(token_hash(token))


def standing_sessions(session: Session, hashes: Iterable[str], now: datetime) -> dict[str, Actor]:
    """Those of the sessions that stand at `now`, and who acts in them."""
    return {key: found.actor for key, found in _standing(session, set(hashes), now).items()}


def _standing(session: Session, hashes: set[str], now: datetime) -> dict[str, SignedIn]:
    asked = {"hashes": list(hashes), "now": now, "seen_since": now - IDLE_LIMIT}
    rows = session.execute(_STANDING, asked).all()
    roles: dict[str, set[Role]] = {}
    for row in rows:
        held = roles.setdefault(row.token_hash, set())
        if row.role is not None:
            held.add(Role(row.role))
    return {
        row.token_hash: SignedIn(
            row.token_hash, _actor(row, frozenset(roles[row.token_hash])), row.last_seen_at
        )
        for row in rows
    }


def _actor(row: Any, roles: frozenset[Role]) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        name=row.name,
        person_id=row.id,
        roles=roles,
        organisation_id=row.organisation_id,
        team=row.team,
        tier=row.tier,
        zone=row.zone,
    )


def look_up(database: Database, token: str, now: datetime) -> SignedIn | None:
    """The session behind a cookie, marked as seen; a write at most every SEEN_EVERY."""
    if not token:
        return None
    with database.reading() as session:
        found = actor_for_token(session, token, now)
    if found is not None and now - found.last_seen_at >= SEEN_EVERY:
        with database.writing() as session:
            session.execute(
                update(AuthSessionRow)
                .where(
                    _SESSIONS.c.token_hash == found.session_hash,
                    _SESSIONS.c.last_seen_at < now,
                )
                .values(last_seen_at=now)
            )
    return found


def begin_session(session: Session, person_id: int, now: datetime, user_agent: str = "") -> str:
    """Sign a person in and return the new session's token, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    session.add(
        AuthSessionRow(
            token_hash=token_hash(token),
            person_id=person_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + ABSOLUTE_LIMIT,
            user_agent=user_agent[:200],
        )
    )
    session.execute(delete(AuthSessionRow).where(_SESSIONS.c.created_at < now - KNOWN_FOR))
    return token


def sign_out(session: Session, token: str, now: datetime) -> None:
    """End the session of a cookie, if it has one."""
    _end(session, _SESSIONS.c.token_hash == token_hash(token), now)


def end_sessions_of(session: Session, person_id: int, now: datetime) -> int:
    """End every session of a person: disabled, other roles, a new password. Returns how many."""
    return _end(session, _SESSIONS.c.person_id == person_id, now)


def _end(session: Session, which: Any, now: datetime) -> int:
    result: Any = session.execute(
        update(AuthSessionRow).where(which, _SESSIONS.c.ended_at.is_(None)).values(ended_at=now)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount


# Signing in


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at the door. `known` is the token their browser was last signed in with."""

    email: str
    password: str
    known: str = ""
    user_agent: str = ""


def _normal(email: str) -> str:
    """An address as it is stored; what cannot be stored is left out."""
    return email.encode(errors="ignore").decode().replace("\0", "").strip().lower()[:254]


def _account(session: Session, attempt: Attempt) -> str:
    """Whose tries are counted together: everybody's at an address, or those of one browser that
    has been signed in there before, so that strangers cannot slow the owner down."""
    email = _normal(attempt.email)
    known = token_hash(attempt.known)
    is_own = (
        attempt.known
        and session.execute(
            select(_SESSIONS.c.token_hash)
            .join(_PEOPLE, _PEOPLE.c.id == _SESSIONS.c.person_id)
            .where(_SESSIONS.c.token_hash == known, _PEOPLE.c.email == email)
        ).first()
    )
    return token_hash(f"{email} {known}" if is_own else email)


def wrong_tries(session: Session, attempt: Attempt, now: datetime) -> tuple[str, int]:
    """Whose tries this one is counted with, and how many were wrong within WINDOW."""
    account = _account(session, attempt)
    wrong = session.execute(
        select(func.count()).where(
            _ATTEMPTS.c.account_hash == account, _ATTEMPTS.c.at > now - WINDOW
        )
    ).scalar_one()
    return account, int(wrong)


def delay_after(wrong: int) -> timedelta:
    """How long the next try has to wait: nothing for FREE_TRIES, then 1, 2, 4 ... seconds."""
    if wrong < FREE_TRIES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(wrong - FREE_TRIES, 10)), LONGEST_DELAY)


def sign_in(database: Database, attempt: Attempt, now: datetime) -> str:
    """Check a password and begin a session; returns its token.

    Takes the time of one password hash whoever asks, so it is called in a thread of its own.
    Raises SignInRefused, with the same words for every reason, and counts the wrong try.
    """
    email = _normal(attempt.email)
    with database.reading() as session:
        person = session.execute(
            select(_PEOPLE.c.id, _PEOPLE.c.password_hash).where(
                _PEOPLE.c.email == email, _PEOPLE.c.is_active.is_(True)
            )
        ).first()
    is_right = verify(attempt.password, person.password_hash if person else "")
    with database.writing() as session:
        account = _account(session, attempt)
        if person is not None and is_right and _still_has(session, person):
            session.execute(delete(SignInAttemptRow).where(_ATTEMPTS.c.account_hash == account))
            return begin_session(session, person.id, now, attempt.user_agent)
        session.execute(delete(SignInAttemptRow).where(_ATTEMPTS.c.at < now - WINDOW))
        session.add(SignInAttemptRow(account_hash=account, at=now))
    raise SignInRefused


def _still_has(session: Session, person: Any) -> bool:
    """Whether the password that was just checked is still the person's, who is still active."""
    return (
        session.execute(
            select(_PEOPLE.c.id).where(
                _PEOPLE.c.id == person.id,
                _PEOPLE.c.password_hash == person.password_hash,
                _PEOPLE.c.is_active.is_(True),
            )
        ).first()
        is not None
    )


def continue_as(session: Session, key: str, now: datetime, user_agent: str = "") -> str:
    """Sign in with one click as the active person of that key: the demo's door alone.

    Raises SignInRefused when there is nobody.
    """
    found = session.execute(
        select(_PEOPLE.c.id).where(_PEOPLE.c.key == key, _PEOPLE.c.is_active.is_(True))
    ).scalar_one_or_none()
    if found is None:
        raise SignInRefused("Nobody has that seat.")
    return begin_session(session, int(found), now, user_agent)


# What an administrator changes


def set_password(session: Session, person_id: int, password: str, now: datetime) -> None:
    """Give a person a new password and end their sessions.

    Raises Invalid for one that is too easy to guess. Hashes inside the transaction: for the
    command line; a screen needs a way that does not hold the write lock meanwhile.
    """
    person = session.execute(
        select(_PEOPLE.c.email, _PEOPLE.c.name).where(_PEOPLE.c.id == person_id)
    ).one()
    check_password(password, person.email, person.name)
    session.execute(
        update(PersonRow)
        .where(_PEOPLE.c.id == person_id)
        .values(password_hash=hash_password(password))
    )
    end_sessions_of(session, person_id, now)


def disable(session: Session, person_id: int, now: datetime) -> None:
    """Keep a person from signing in, and end their sessions."""
    session.execute(update(PersonRow).where(_PEOPLE.c.id == person_id).values(is_active=False))
    end_sessions_of(session, person_id, now)


def set_roles(session: Session, person_id: int, roles: frozenset[Role], now: datetime) -> None:
    """Give a person exactly these roles; their sessions end if that changes anything."""
    held = session.execute(select(_ROLES.c.role).where(_ROLES.c.person_id == person_id)).scalars()
    if frozenset(Role(role) for role in held) == roles:
        return
    session.execute(delete(PersonRoleRow).where(_ROLES.c.person_id == person_id))
    session.add_all(PersonRoleRow(person_id=person_id, role=role.value) for role in roles)
    end_sessions_of(session, person_id, now)

"""Passwords: argon2id, and which ones are refused. Length counts, composition does not."""

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any, cast

from passlib.hash import argon2

from escalation_app.domain.errors import Invalid

SHORTEST = 10
LONGEST = 200

# Loaded before any thread asks: passlib's lazy loading fails when two calls meet in it.
cast(Any, argon2).set_backend("argon2_cffi")

# OWASP's second choice for argon2id: 19 MiB, two passes, about 30 ms.
_ARGON2: Any = cast(Any, argon2).using(type="ID", memory_cost=19_456, rounds=2, parallelism=1)

_LEET = str.maketrans("013457@$!", "oieastasi")


def hash_password(password: str) -> str:
    """What is stored of a password."""
    return str(_ARGON2.hash(_normal(password)))


def verify(password: str, stored: str) -> bool:
    """Whether a password is the stored one. Without one a hash is computed all the same, so that
    an account that does not exist takes as long as one that does."""
    is_right = bool(_ARGON2.verify(_normal(password), stored or _nobodys()))
    return is_right and bool(stored)


@cache
def _nobodys() -> str:
    return hash_password("no account has this one")


def _normal(password: str) -> str:
    storable = password[:LONGEST].encode(errors="ignore").decode().replace("\0", "")
    return unicodedata.normalize("NFKC", storable)


def check_password(password: str, email: str = "", name: str = "") -> None:
    """Accept a new password; raises Invalid saying what to change."""
    if len(password) < SHORTEST:
        raise Invalid(f"A password needs {SHORTEST} characters or more.")
    if len(password) > LONGEST:
        raise Invalid(f"A password may have {LONGEST} characters.")
    if _normal(password) != unicodedata.normalize("NFKC", password):
        raise Invalid("That password holds a character that cannot be typed.")
    if len(set(password)) < 4 or _core(password) in _common():
        raise Invalid("That password is among the first a stranger would try. Choose another one.")
    own = {email.lower().partition("@")[0], *name.lower().split()} - {""}
    if _core(password) in {_core(word) for word in own} or password.lower() == email.lower():
        raise Invalid("That password can be read off your name. Choose another one.")


def _core(password: str) -> str:
    """What is left of `P@ssw0rd2026!` without its decoration: `password`."""
    plain = unicodedata.normalize("NFKC", password).lower()
    bare = plain.strip("0123456789!?.,;:-_#*+$@&%/ ")
    return (bare or plain).translate(_LEET)


@cache
def _common() -> frozenset[str]:
    words = files("escalation_app.services").joinpath("common_passwords.txt").read_text().split()
    return frozenset(_core(word) for word in words)

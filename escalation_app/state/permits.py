"""What an event handler is marked with, and whose event is being handled."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from escalation_app.domain.errors import NotAllowed
from escalation_app.domain.permissions import Permission
from escalation_app.services.identity import SignedIn

F = TypeVar("F", bound=Callable[..., Any])

_MARK: Final = "__escalation_permit__"

SIGNED_OUT_TOO: Final = "signed out too"
"""The mark of a handler that the sign-in page may call."""

_signed_in: ContextVar[SignedIn | None] = ContextVar("signed_in", default=None)


def allow(permission: Permission) -> Callable[[F], F]:
    """Let those who hold `permission` call an event handler; stands directly above its `def`.

    A handler with no mark is callable by nobody. The service checks the object behind it.
    """

    def mark(handler: F) -> F:
        setattr(handler, _MARK, permission)
        return handler

    return mark


def open_to_all(handler: F) -> F:
    """Let anybody call an event handler, signed in or not."""
    setattr(handler, _MARK, SIGNED_OUT_TOO)
    return handler


def permit_of(handler: Callable[..., Any]) -> Permission | str | None:
    """The mark of a handler: a permission, SIGNED_OUT_TOO, or None."""
    return getattr(handler, _MARK, None)


def not_an_event(method: F) -> F:
    """Keep a public method of a state from becoming an event handler.

    Reflex makes one of every public method; this attribute is how its own are left out.
    """
    method.__override_base_method__ = True  # type: ignore[attr-defined]
    return method


def signed_in() -> SignedIn:
    """The session whose event is being handled, as the guard has just read it.

    Raises NotAllowed when there is none.
    """
    found = _signed_in.get()
    if found is None:
        raise NotAllowed
    return found


def is_signed_in() -> bool:
    """Whether the event being handled comes from a session that stands."""
    return _signed_in.get() is not None


def set_signed_in(found: SignedIn | None) -> None:
    """Say whose event this task handles: the guard alone does, and tests."""
    _signed_in.set(found)

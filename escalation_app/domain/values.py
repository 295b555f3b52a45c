"""Frozen values with some of their parts changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

T = TypeVar("T")


def changed(value: T, **changes: object) -> T:
    """What `dataclasses.replace` gives, in a fifth of the time for a dataclass without slots:
    deciding is mostly this.

    For dataclasses with nothing to do after they are made. Raises TypeError for a field that does
    not exist.
    """
    parts = getattr(value, "__dict__", None)
    if parts is None:
        return replace(value, **changes)  # type: ignore[type-var]
    new = made(type(value), {**parts, **changes})
    if len(new.__dict__) != len(parts):
        raise TypeError(f"{type(value).__name__} has not all of the fields {', '.join(changes)}")
    return new


def made(kind: type[T], parts: Mapping[str, Any]) -> T:
    """A frozen dataclass of all its parts, without what its constructor costs. `parts` belongs to
    the value from then on."""
    new = object.__new__(kind)
    object.__setattr__(new, "__dict__", parts)
    return new

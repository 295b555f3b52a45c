"""Frozen values with some of their parts changed."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def changed(value: T, **changes: object) -> T:
    """What `dataclasses.replace` gives, in half the time: deciding is mostly this.

    For dataclasses whose fields are all arguments, in order. Raises KeyError for a field that
    does not exist.
    """
    parts, places = _shape(type(value))
    values = list(parts(value))
    for name, new in changes.items():
        values[places[name]] = new
    return type(value)(*values)


@cache
def _shape(kind: Any) -> tuple[Callable[[Any], tuple[Any, ...]], Mapping[str, int]]:
    names = [field.name for field in fields(kind)]
    return attrgetter(*names), {name: place for place, name in enumerate(names)}

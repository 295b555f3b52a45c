"""The tables behind the models, for Core statements."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlmodel import SQLModel

A_MICROSECOND = timedelta(microseconds=1)
"""Lengths stand in whole microseconds."""
IN_LIST = 500
"""How many keys one IN list holds."""
TICKET = "ticket"
"""The subject type of a ticket's clocks and timer."""


def columns(model: type[SQLModel]) -> Any:
    """The table behind a model, for Core statements."""
    return model.__table__  # type: ignore[attr-defined]


def in_lists(keys: Iterable[int]) -> Iterable[list[int]]:
    """The keys in lists that a statement can take."""
    every = list(keys)
    for start in range(0, len(every), IN_LIST):
        yield every[start : start + IN_LIST]

"""Frozen values with some of their parts changed."""

from dataclasses import dataclass

import pytest

from escalation_app.domain.values import changed, made


@dataclass(frozen=True)
class Free:
    name: str
    size: int = 1


@dataclass(frozen=True, slots=True)
class Tight:
    name: str
    size: int = 1


@pytest.mark.parametrize("kind", [Free, Tight])
def test_a_changed_value_is_a_new_one_that_differs_in_what_was_changed(
    kind: type[Free] | type[Tight],
):
    before = kind("a", 2)

    after = changed(before, size=3)

    assert (before, after) == (kind("a", 2), kind("a", 3))
    assert hash(after) == hash(kind("a", 3))


@pytest.mark.parametrize("kind", [Free, Tight])
def test_a_part_that_does_not_exist_cannot_be_changed(kind: type[Free] | type[Tight]):
    with pytest.raises(TypeError):
        changed(kind("a"), colour="red")


def test_what_is_made_of_all_its_parts_is_what_its_constructor_makes():
    assert made(Free, {"name": "a", "size": 2}) == Free("a", 2)

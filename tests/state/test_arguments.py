from enum import StrEnum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from escalation_app.domain.errors import Invalid
from escalation_app.state.arguments import (
    FROM_CLIENT,
    LARGEST,
    LINE,
    LIST_LENGTH,
    Between,
    Length,
    Text,
    check_arguments,
    parameters_of,
)


class Kind(StrEnum):
    REPLY = "reply"
    NOTE = "note"


class Form(TypedDict):
    body: Text
    urgent: bool
    tags: list[str]
    hint: NotRequired[str]


def whole(self: object, one: int) -> None: ...
def shifted(self: object, one: Annotated[int, Between(-5, 5)]) -> None: ...
def real(self: object, one: float) -> None: ...
def line(self: object, one: str) -> None: ...
def short(self: object, one: Annotated[str, Length(3)]) -> None: ...
def body(self: object, one: Text) -> None: ...
def yes_no(self: object, one: bool) -> None: ...
def kind(self: object, one: Kind) -> None: ...
def choice(self: object, one: Literal["a", 2]) -> None: ...
def maybe(self: object, one: int | None) -> None: ...
def keys(self: object, one: list[int]) -> None: ...
def fields(self: object, one: dict[str, str]) -> None: ...
def form(self: object, one: Form) -> None: ...
def nothing(self: object) -> None: ...
def hidden(self: object, one: int, as_admin: bool = False) -> None: ...
def settable(self: object, page: Annotated[int, FROM_CLIENT] = 0) -> None: ...
def anything(self: object, one: Any) -> None: ...
def unannotated(self: object, one) -> None: ...  # type: ignore[no-untyped-def]
def many(self: object, *one: int) -> None: ...
def named(self: object, **one: int) -> None: ...


def _entries(*pairs: Any) -> dict[str, Any]:
    """A form as the browser sends it."""
    return {"__reflex_form_data__": list(pairs)}


FORM = {"body": "text", "urgent": True, "tags": ["x"]}


@pytest.mark.parametrize(
    ("handler", "value"),
    [
        (whole, 0),
        (whole, LARGEST),
        (shifted, -5),
        (real, 1),
        (real, -1.5),
        (line, ""),
        (line, "x" * LINE),
        (line, "naïve \U0001f600"),
        (short, "abc"),
        (body, "x" * 20_000),
        (yes_no, False),
        (kind, "note"),
        (choice, 2),
        (maybe, None),
        (maybe, 3),
        (keys, []),
        (keys, [1] * LIST_LENGTH),
        (fields, {"a": "b"}),
        (fields, _entries(["a", "b"])),
        (form, FORM),
        (form, FORM | {"hint": "h"}),
        (form, _entries(["body", "b"], ["urgent", "on"], ["tags", "x"], ["tags", "y"])),
        (form, _entries(["body", "b"])),
    ],
)
def test_what_the_signature_says_is_taken(handler: Any, value: Any):
    check_arguments(handler, {"one": value})


@pytest.mark.parametrize(
    ("handler", "value"),
    [
        (whole, -1),
        (whole, LARGEST + 1),
        (whole, 10**400),
        (whole, "1"),
        (whole, 1.0),
        (whole, True),
        (whole, None),
        (shifted, 6),
        (real, float("nan")),
        (real, float("inf")),
        (real, 10**400),
        (real, "1.5"),
        (line, "x" * (LINE + 1)),
        (line, None),
        (line, ["x"]),
        (line, "a\0b"),
        (line, "\ud800"),
        (short, "abcd"),
        (body, "x" * 20_001),
        (yes_no, 1),
        (yes_no, "true"),
        (kind, "NOTE"),
        (kind, ["note"]),
        (choice, "2"),
        (choice, True),
        (maybe, "3"),
        (keys, (1,)),
        (keys, [1, "2"]),
        (keys, [None]),
        (keys, [1] * (LIST_LENGTH + 1)),
        (fields, {"a": 1}),
        (fields, {"x" * 999: "a"}),
        (fields, {str(n): "" for n in range(99)}),
        (fields, _entries(["a", {"file": 1}])),
        (fields, _entries(["a"])),
        (fields, _entries([{}, "b"])),
        (fields, _entries(["a", "b"]) | {"more": 1}),
        (fields, {"__reflex_form_data__": 3}),
        (form, {}),
        (form, FORM | {"is_admin": True}),
        (form, FORM | {"body": None}),
        (form, _entries(["body", "b"], ["as", "admin"])),
        (form, [FORM]),
    ],
)
def test_anything_else_is_refused_in_words(handler: Any, value: Any):
    with pytest.raises(Invalid, match=r"^That could not be read: .*Nothing was changed\.$"):
        check_arguments(handler, {"one": value})


@pytest.mark.parametrize("payload", [None, [], "one", 3, {"one": 1, "two": 2}, {}, {"two": 1}])
def test_the_arguments_are_exactly_those_of_the_handler(payload: Any):
    with pytest.raises(Invalid):
        check_arguments(whole, payload)


def test_a_handler_without_arguments_takes_none():
    check_arguments(nothing, {})

    with pytest.raises(Invalid):
        check_arguments(nothing, {"self": 1})


def test_a_default_is_ours_unless_it_is_marked():
    check_arguments(hidden, {"one": 1})
    check_arguments(settable, {"page": 2})
    check_arguments(settable, {})

    with pytest.raises(Invalid, match="as admin is not taken here"):
        check_arguments(hidden, {"one": 1, "as_admin": True})


def test_what_a_client_calls_an_argument_is_not_repeated_to_it():
    with pytest.raises(Invalid) as refusal:
        check_arguments(nothing, {"<b>bold": 1})

    assert "bold" not in str(refusal.value)


@pytest.mark.parametrize("handler", [anything, unannotated, many, named])
def test_a_signature_that_cannot_be_checked_is_a_fault_of_ours(handler: Any):
    with pytest.raises(TypeError):
        parameters_of(handler)

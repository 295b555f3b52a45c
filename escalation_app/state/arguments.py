"""Run-time checking of what a client sends to an event handler.

Reflex does not enforce annotations: an `int` arrives as text, a list or a dict. The guard calls
`check_arguments` for every event, so a handler may rely on its own signature:

- `int`: whole, 0 to 2**31-1, or `Annotated[int, Between(-5, 5)]`; never a bool;
- `float`: finite, with `Between` if it has bounds;
- `str`: at most LINE characters, or `Annotated[str, Length(n)]`; `Text` is a message's body;
- `bool`, `StrEnum`, `Literal`, `X | None`;
- `list[X]` of at most LIST_LENGTH; `dict[str, X]` of at most FIELDS; a `TypedDict`, also of a form.

A parameter with a default is ours and cannot be set by a client, unless it is annotated
`Annotated[..., FROM_CLIENT]`.
"""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY, transform_form_data
from typing_extensions import is_typeddict

from escalation_app.domain.errors import Invalid

LINE = 300
"""Characters of a text that has no `Length` of its own."""
LARGEST = 2**31 - 1
"""The largest whole number that has no `Between` of its own."""
LIST_LENGTH = 500
FIELDS = 50


@dataclass(frozen=True, slots=True)
class Between:
    """Bounds of a number, both included."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Length:
    """The most characters of a text."""

    most: int


@dataclass(frozen=True, slots=True)
class FromClient:
    """Marks a parameter with a default that a client may set all the same."""


FROM_CLIENT = FromClient()

Text = Annotated[str, Length(20_000)]
"""The body of a message."""

Files = Annotated[str, Length(500)]
"""The keys of uploaded files, with commas between them."""

FieldText = Annotated[str, Length(500)]
"""What is written into a field of the process."""

Check = Callable[[Any, str], None]
"""Raises Invalid when a value is not what the parameter of that name takes."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a client may and must send to one handler."""

    checks: Mapping[str, Check]
    required: frozenset[str]


def keys_in(files: str) -> tuple[str, ...]:
    """The keys of a `Files`."""
    return tuple(key for key in files.split(",") if key)


def fields_in(keys: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    """What a form says about the fields of the process: the keys beside the values. What has no
    counterpart is left out."""
    return dict(zip(keys, values, strict=False))


def check_arguments(handler: Callable[..., Any], payload: object) -> None:
    """Check what a client sent; raises Invalid with a text that says what is wrong.

    Raises TypeError for a handler whose own annotations cannot be checked.
    """
    parameters = parameters_of(handler)
    if not isinstance(payload, dict):
        raise _invalid("the arguments", "must be named")
    for name in payload:
        if name not in parameters.checks:
            raise _invalid(name, "is not taken here")
    for name in sorted(parameters.required - payload.keys()):
        raise _invalid(name, "is missing")
    for name, value in payload.items():
        parameters.checks[name](value, name)


@cache
def parameters_of(handler: Callable[..., Any]) -> Parameters:
    """What a client may send to a handler; raises TypeError when an annotation is not supported."""
    hints = get_type_hints(handler, include_extras=True)
    checks: dict[str, Check] = {}
    required: set[str] = set()
    for parameter in list(inspect.signature(handler).parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{handler.__qualname__}: *{parameter.name} cannot be checked")
        hint = hints.get(parameter.name)
        if parameter.default is parameter.empty:
            required.add(parameter.name)
        elif FROM_CLIENT not in getattr(hint, "__metadata__", ()):
            continue
        try:
            checks[parameter.name] = _check_of(hint)
        except TypeError as error:
            raise TypeError(f"{handler.__qualname__}: {parameter.name}: {error}") from error
    return Parameters(checks, frozenset(required))


def _invalid(name: object, problem: str) -> Invalid:
    shown = name if isinstance(name, str) and name.isidentifier() and len(name) <= 40 else "one"
    words = shown.replace("_", " ")
    return Invalid(f"That could not be read: {words} {problem}. Nothing was changed.")


def _check_of(hint: Any, *bounds: Any) -> Check:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _check_of(arguments[0], *arguments[1:], *bounds)
    if origin in (Required, NotRequired):
        return _check_of(arguments[0], *bounds)
    if origin in (Union, UnionType):
        return _either([_check_of(one, *bounds) for one in arguments])
    if origin is Literal:
        return _one_of(arguments)
    if origin is list:
        return _list_of(_check_of(arguments[0], *bounds))
    if origin is dict and arguments[0] is str:
        return _fields_of(_check_of(arguments[1], *bounds))
    if is_typeddict(hint):
        return _typed_fields(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _one_of(tuple(member.value for member in hint))
    plain = {
        int: lambda: _whole_number(_of(bounds, Between, Between(0, LARGEST))),
        float: lambda: _number(_of(bounds, Between, Between(-math.inf, math.inf))),
        str: lambda: _text(_of(bounds, Length, Length(LINE)).most),
        bool: lambda: _instance_of(bool, "must be yes or no"),
        NoneType: lambda: _instance_of(NoneType, "must be empty"),
    }
    if hint not in plain:
        raise TypeError(f"{hint!r} cannot be checked")
    return plain[hint]()


def _of(bounds: tuple[Any, ...], kind: type, default: Any) -> Any:
    return next((bound for bound in bounds if isinstance(bound, kind)), default)


def _instance_of(kind: type, problem: str) -> Check:
    def check(value: Any, name: str) -> None:
        if type(value) is not kind:
            raise _invalid(name, problem)

    return check


def _whole_number(bounds: Between) -> Check:
    def check(value: Any, name: str) -> None:
        if type(value) is not int:
            raise _invalid(name, "must be a whole number")
        if not bounds.least <= value <= bounds.most:
            raise _invalid(name, f"must be from {bounds.least} to {bounds.most}")

    return check


def _number(bounds: Between) -> Check:
    def check(value: Any, name: str) -> None:
        if type(value) not in (int, float) or abs(value) > 1e300 or not math.isfinite(value):
            raise _invalid(name, "must be a number")
        if not bounds.least <= value <= bounds.most:
            raise _invalid(name, f"must be from {bounds.least} to {bounds.most}")

    return check


def _text(longest: int) -> Check:
    def check(value: Any, name: str) -> None:
        if type(value) is not str:
            raise _invalid(name, "must be text")
        if len(value) > longest:
            raise _invalid(name, f"may have {longest} characters, not {len(value)}")
        # Neither can be stored: PostgreSQL refuses NUL, and half a surrogate pair is no text.
        if "\0" in value or not _is_unicode(value):
            raise _invalid(name, "holds a character that is no text")

    return check


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _one_of(values: tuple[Any, ...]) -> Check:
    def check(value: Any, name: str) -> None:
        if not any(type(value) is type(one) and value == one for one in values):
            raise _invalid(name, "is none of the choices")

    return check


def _either(checks: list[Check]) -> Check:
    def check(value: Any, name: str) -> None:
        refusals: list[Invalid] = []
        for one in checks:
            try:
                return one(value, name)
            except Invalid as refusal:
                refusals.append(refusal)
        raise refusals[0]

    return check


def _list_of(each: Check) -> Check:
    def check(value: Any, name: str) -> None:
        if type(value) is not list:
            raise _invalid(name, "must be a list")
        if len(value) > LIST_LENGTH:
            raise _invalid(name, f"may have {LIST_LENGTH} entries, not {len(value)}")
        for one in value:
            each(one, name)

    return check


def _form_fields(value: Any, name: str, kind: Any) -> dict[str, Any]:
    """A dict as it came, or the fields of a submitted form as Reflex reads them for `kind`."""
    if type(value) is not dict:
        raise _invalid(name, "must be a form")
    if FORM_DATA_ENTRIES_KEY in value:
        entries = value[FORM_DATA_ENTRIES_KEY]
        if len(value) != 1 or type(entries) is not list or len(entries) > FIELDS:
            raise _invalid(name, "must be a form")
        for pair in entries:
            if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
                raise _invalid(name, "must be a form")
        value = transform_form_data(value, kind)
    if len(value) > FIELDS:
        raise _invalid(name, f"may have {FIELDS} fields")
    return value


def _fields_of(each: Check) -> Check:
    a_name = _text(LINE)

    def check(value: Any, name: str) -> None:
        for key, content in _form_fields(value, name, dict).items():
            a_name(key, name)
            each(content, key)

    return check


def _typed_fields(kind: Any) -> Check:
    checks = {
        key: _check_of(hint) for key, hint in get_type_hints(kind, include_extras=True).items()
    }

    def check(value: Any, name: str) -> None:
        fields = _form_fields(value, name, kind)
        for key in fields:
            if key not in checks:
                raise _invalid(key, "is not taken here")
        for key in sorted(kind.__required_keys__ - fields.keys()):
            raise _invalid(key, "is missing")
        for key, content in fields.items():
            checks[key](content, key)

    return check

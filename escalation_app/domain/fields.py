"""The fields of a ticket that a process defines, and what may stand in them.

A value is kept as text: a number without needless zeros, a date such as 2026-03-02, a choice by its
key, "yes" or "no". "" is a field that is not filled in.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType

from escalation_app.domain.errors import Invalid

LONGEST_VALUE = 200
"""Characters of a text in a field."""
MOST_DIGITS = 15
"""Digits of a number in a field."""
YES_NO = {"yes": "Yes", "no": "No"}


NOTHING_FILLED: Mapping[str, str] = MappingProxyType({})


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"


class FieldMoment(StrEnum):
    """When a field must be filled in."""

    OPENING = "opening"
    RESOLVING = "resolving"


class CustomersMay(StrEnum):
    """What a field is to customers."""

    NOTHING = "nothing"
    """They do not learn that it exists."""
    SEE = "see"
    FILL = "fill"
    """They fill it in when they open a ticket, and see it afterwards."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field as a version of the process defines it. `choices` are names by key, of a choice
    alone; `required` is when it must be filled in, if ever. With `natures` it belongs only to
    tickets in whose category one of these words stands, with a `tool` only to those on a tier that
    has it."""

    key: str
    label: str
    kind: FieldKind
    choices: Mapping[str, str]
    required: FieldMoment | None = None
    customers: CustomersMay = CustomersMay.NOTHING
    natures: tuple[str, ...] = ()
    hint: str = ""
    tool: str = ""

    @property
    def options(self) -> Mapping[str, str]:
        """What one chooses from, by key; empty for what is typed."""
        return YES_NO if self.kind is FieldKind.YES_NO else self.choices

    def fits(self, category: str, tools: Container[str]) -> bool:
        """Whether it belongs to a ticket of this category on a tier with these tools."""
        if self.tool and self.tool not in tools:
            return False
        said = category.casefold()
        return not self.natures or any(word.casefold() in said for word in self.natures)

    def value_of(self, text: str) -> str:
        """What is kept for what somebody wrote; "" for nothing. Raises Invalid for what is not of
        the field's kind."""
        text = " ".join(text.replace("\x00", "").split())
        if not text:
            return ""
        if self.options and text not in self.options:
            raise Invalid(f"Choose “{self.label}” from the list.")
        match self.kind:
            case FieldKind.NUMBER:
                return self._number(text)
            case FieldKind.DATE:
                return self._date(text)
            case FieldKind.TEXT if len(text) > LONGEST_VALUE:
                raise Invalid(f"“{self.label}” may have {LONGEST_VALUE} characters.")
            case _:
                return text

    def words_of(self, value: str) -> str:
        """A value as people read it; also one that the field does not take any more."""
        if self.kind is FieldKind.DATE and value:
            return f"{date.fromisoformat(value):%d %B %Y}".lstrip("0")
        return self.options.get(value, value)

    def _number(self, text: str) -> str:
        wrong = Invalid(f"“{self.label}” must be a number such as 12 or 3.5.")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise wrong from None
        if not number.is_finite():
            raise wrong
        shown = f"{number.normalize():f}" if number else "0"
        if sum(each.isdigit() for each in shown) > MOST_DIGITS:
            raise Invalid(f"“{self.label}” may have {MOST_DIGITS} digits.")
        return shown

    def _date(self, text: str) -> str:
        try:
            on = date.fromisoformat(text)
        except ValueError:
            raise Invalid(f"“{self.label}” must be a date such as 2026-03-02.") from None
        if not 1900 <= on.year < 2200:
            raise Invalid(f"“{self.label}” must lie between 1900 and 2199.")
        return on.isoformat()


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """What must stand in a field. Of a choice, or of yes and no, one of the `values`; in a text,
    one of them as a part of it; a number or a date from `least` to `most`, "" being no end. Nothing
    that is not filled in fulfils it."""

    key: str
    kind: FieldKind
    values: tuple[str, ...] = ()
    least: str = ""
    most: str = ""

    def holds(self, value: str) -> bool:
        """Whether this value, kept as a FieldSpec keeps it, fulfils it."""
        if not value:
            return False
        if self.kind is FieldKind.TEXT:
            said = value.casefold()
            return any(word.casefold() in said for word in self.values)
        if self.values:
            return value in self.values
        return self._lies_between(value)

    def _lies_between(self, value: str) -> bool:
        if self.kind is FieldKind.DATE:  # dates are kept so that they sort as texts
            return (self.least or value) <= value <= (self.most or value)
        try:
            number = Decimal(value)
        except InvalidOperation:
            return False  # written under a version in which the field was of another kind
        return Decimal(self.least or value) <= number <= Decimal(self.most or value)


def all_hold(conditions: tuple[FieldCondition, ...], values: Mapping[str, str]) -> bool:
    """Whether what stands in a ticket's fields, by key, fulfils every one of the conditions."""
    return all(one.holds(values.get(one.key, "")) for one in conditions)


def unfilled(
    specs: tuple[FieldSpec, ...], values: Mapping[str, str], moment: FieldMoment
) -> tuple[str, ...]:
    """The labels of a ticket's fields that must be filled in by this moment and are not. What had
    to be at the opening still has to be when the ticket is resolved."""
    moments = (moment,) if moment is FieldMoment.OPENING else tuple(FieldMoment)
    return tuple(
        spec.label for spec in specs if spec.required in moments and not values.get(spec.key)
    )

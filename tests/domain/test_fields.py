"""What may stand in a field that a process defines."""

import pytest

from escalation_app.domain.errors import Invalid
from escalation_app.domain.fields import (
    CustomersMay,
    FieldKind,
    FieldMoment,
    FieldSpec,
    unfilled,
)


def spec(kind: FieldKind, **more: object) -> FieldSpec:
    choices = {"red": "Red", "blue": "Blue"} if kind is FieldKind.CHOICE else {}
    return FieldSpec("it", "Its field", kind, choices, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        (FieldKind.TEXT, "  a  b\n", "a b"),
        (FieldKind.NUMBER, "12", "12"),
        (FieldKind.NUMBER, " 3.50 ", "3.5"),
        (FieldKind.NUMBER, "-0", "0"),
        (FieldKind.NUMBER, "1e3", "1000"),
        (FieldKind.DATE, "2026-03-02", "2026-03-02"),
        (FieldKind.CHOICE, "red", "red"),
        (FieldKind.YES_NO, "no", "no"),
    ],
)
def test_what_is_of_its_kind_is_kept(kind: FieldKind, written: str, kept: str):
    assert spec(kind).value_of(written) == kept


@pytest.mark.parametrize("kind", FieldKind)
def test_nothing_is_a_field_that_is_not_filled_in(kind: FieldKind):
    assert spec(kind).value_of("  ") == ""


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (FieldKind.TEXT, "x" * 201),
        (FieldKind.NUMBER, "twelve"),
        (FieldKind.NUMBER, "nan"),
        (FieldKind.NUMBER, "Infinity"),
        (FieldKind.NUMBER, "1e30"),
        (FieldKind.NUMBER, "1" * 16),
        (FieldKind.DATE, "2026-02-30"),
        (FieldKind.DATE, "yesterday"),
        (FieldKind.DATE, "0001-01-01"),
        (FieldKind.CHOICE, "green"),
        (FieldKind.CHOICE, "Red"),
        (FieldKind.YES_NO, "maybe"),
    ],
)
def test_what_is_not_is_refused_with_the_fields_name(kind: FieldKind, written: str):
    with pytest.raises(Invalid, match="Its field"):
        spec(kind).value_of(written)


def test_values_are_said_in_words():
    assert spec(FieldKind.CHOICE).words_of("red") == "Red"
    assert spec(FieldKind.YES_NO).words_of("yes") == "Yes"
    assert spec(FieldKind.DATE).words_of("2026-03-02") == "2 March 2026"
    assert spec(FieldKind.CHOICE).words_of("gone") == "gone"
    assert spec(FieldKind.DATE).words_of("") == ""


def test_a_field_of_a_nature_belongs_to_tickets_of_that_nature_alone():
    about = spec(FieldKind.TEXT, natures=("billing",))

    assert about.fits("Billing and refunds") and not about.fits("Network")
    assert spec(FieldKind.TEXT).fits("")


def test_what_must_be_filled_in_depends_on_the_moment():
    early = spec(FieldKind.TEXT, required=FieldMoment.OPENING, customers=CustomersMay.FILL)
    late = FieldSpec("end", "End", FieldKind.TEXT, {}, FieldMoment.RESOLVING)
    other = FieldSpec("o", "O", FieldKind.TEXT, {}, FieldMoment.RESOLVING, natures=("billing",))
    specs = (early, late, other)

    assert unfilled(specs, {}, FieldMoment.OPENING, "") == ("Its field",)
    assert unfilled(specs, {}, FieldMoment.RESOLVING, "") == ("Its field", "End")
    assert unfilled(specs, {"it": "x", "end": "y"}, FieldMoment.RESOLVING, "Billing") == ("O",)

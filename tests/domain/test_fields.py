"""What may stand in a field that a process defines."""

import pytest

from escalation_app.domain.errors import Invalid
from escalation_app.domain.fields import (
    CustomersMay,
    FieldCondition,
    FieldKind,
    FieldMoment,
    FieldSpec,
    all_hold,
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

    assert about.fits("Billing and refunds", ()) and not about.fits("Network", ())
    assert spec(FieldKind.TEXT).fits("", ())


def test_a_field_of_a_tool_belongs_to_tickets_on_tiers_that_have_it():
    recorded = spec(FieldKind.TEXT, tool="crm")

    assert recorded.fits("", {"phone", "crm"}) and not recorded.fits("", {"phone"})


def test_what_must_be_filled_in_depends_on_the_moment():
    early = spec(FieldKind.TEXT, required=FieldMoment.OPENING, customers=CustomersMay.FILL)
    late = FieldSpec("end", "End", FieldKind.TEXT, {}, FieldMoment.RESOLVING)
    specs = (early, late, FieldSpec("o", "O", FieldKind.TEXT, {}))

    assert unfilled(specs, {}, FieldMoment.OPENING) == ("Its field",)
    assert unfilled(specs, {}, FieldMoment.RESOLVING) == ("Its field", "End")
    assert unfilled(specs, {"it": "x", "end": "y"}, FieldMoment.RESOLVING) == ()


def condition(kind: FieldKind, *values: str, least: str = "", most: str = "") -> FieldCondition:
    return FieldCondition("it", kind, values, least, most)


@pytest.mark.parametrize(
    ("asked", "value", "is_so"),
    [
        (condition(FieldKind.CHOICE, "red", "blue"), "blue", True),
        (condition(FieldKind.CHOICE, "red"), "blue", False),
        (condition(FieldKind.YES_NO, "yes"), "yes", True),
        (condition(FieldKind.YES_NO, "yes"), "no", False),
        (condition(FieldKind.TEXT, "Kiosk", "gate"), "the KIOSK in Bergen", True),
        (condition(FieldKind.TEXT, "gate"), "the kiosk in Bergen", False),
        (condition(FieldKind.NUMBER, least="1000"), "1000", True),
        (condition(FieldKind.NUMBER, least="1000"), "999.5", False),
        (condition(FieldKind.NUMBER, most="9"), "10", False),
        (condition(FieldKind.NUMBER, least="-2", most="9"), "-1.5", True),
        (condition(FieldKind.NUMBER, least="1"), "many", False),
        (condition(FieldKind.DATE, least="2026-03-02"), "2026-03-02", True),
        (condition(FieldKind.DATE, least="2026-03-02", most="2026-03-09"), "2026-03-10", False),
    ],
)
def test_a_condition_holds_for_what_stands_in_a_field(
    asked: FieldCondition, value: str, is_so: bool
):
    assert asked.holds(value) is is_so


@pytest.mark.parametrize("kind", FieldKind)
def test_no_condition_holds_for_a_field_that_is_not_filled_in(kind: FieldKind):
    asked = condition(kind, "", least="0" if kind is FieldKind.NUMBER else "")

    assert not asked.holds("")
    assert not all_hold((asked,), {})


def test_all_conditions_must_hold():
    asked = (
        FieldCondition("fix", FieldKind.CHOICE, ("none",)),
        FieldCondition("amount", FieldKind.NUMBER, (), "10"),
    )

    assert all_hold(asked, {"fix": "none", "amount": "12"})
    assert not all_hold(asked, {"fix": "none", "amount": "9"})
    assert not all_hold(asked, {"fix": "none"})
    assert all_hold((), {})

"""Templates of replies: their placeholders, and the stage they fit."""

import pytest

from escalation_app.domain.replies import Placeholder, filled, has_gap, unknown_placeholders


def test_placeholders_are_filled_and_a_value_with_braces_stays_what_it_is():
    values = {Placeholder.REQUESTER: "{me}", Placeholder.ME: "A. Farouk"}

    assert filled("Hello {requester}, I am {me}.", values) == "Hello {me}, I am A. Farouk."


def test_a_text_that_needs_what_is_missing_is_not_filled():
    assert filled("By {next_update}.", {Placeholder.NEXT_UPDATE: ""}) is None
    assert filled("By {next_update}.", {}) is None
    assert filled("Soon.", {}) == "Soon."


def test_what_is_no_placeholder_is_found():
    assert unknown_placeholders("{requester} {requestor} {} {{me}} }") == (
        "requestor",
        "",
        "{",
        "}",
        "}",
    )


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("This is what we know so far: ...\n\nYou hear from us.", True),
        ("The plan: …", True),
        ("Let me see... It is lamp 14.", False),
        ("The cause is known.", False),
    ],
)
def test_dots_that_stand_by_themselves_are_a_gap(text: str, is_open: bool):
    assert has_gap(text) is is_open

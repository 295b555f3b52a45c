"""What somebody wrote, in pieces that a page can link."""

import pytest

from escalation_app.services.queries.text_parts import text_parts
from escalation_app.views.common import TextPart


def test_plain_words_have_no_pieces():
    assert text_parts("Nothing to see, not even T-shirts or http: alone.") == ()


def test_a_reference_leads_to_its_ticket():
    assert text_parts("As in T-1402, again.") == (
        TextPart("As in "),
        TextPart("T-1402", url="/tickets/T-1402"),
        TextPart(", again."),
    )


def test_an_address_leads_away_and_leaves_the_end_of_its_sentence():
    assert text_parts("See https://status.example/a?b=1&c=2.") == (
        TextPart("See "),
        TextPart(
            "https://status.example/a?b=1&c=2",
            url="https://status.example/a?b=1&c=2",
            is_outside=True,
        ),
        TextPart("."),
    )


def test_a_reference_within_an_address_is_part_of_it():
    parts = text_parts("https://desk.example/T-1402/x")

    assert [part.url for part in parts] == ["https://desk.example/T-1402/x"]


def test_a_reference_without_a_page_for_the_reader_is_plain_words():
    own = {"T-7": "/mine/T-7"}

    parts = text_parts("As in T-1402 and T-7.", url_of=lambda ref: own.get(ref, ""))

    assert [(part.text, part.url) for part in parts] == [
        ("As in T-1402 and ", ""),
        ("T-7", "/mine/T-7"),
        (".", ""),
    ]
    assert text_parts("As in T-1402.", url_of=lambda _: "") == ()


@pytest.mark.parametrize("text", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x"])
def test_only_addresses_of_the_web_become_links(text: str):
    assert text_parts(text) == ()


def test_a_name_and_a_link_stand_beside_each_other():
    parts = text_parts("@S. Iyer see T-7", frozenset({"S. Iyer"}))

    assert [(part.text, part.is_mention, part.url) for part in parts] == [
        ("@S. Iyer", True, ""),
        (" see ", False, ""),
        ("T-7", False, "/tickets/T-7"),
    ]

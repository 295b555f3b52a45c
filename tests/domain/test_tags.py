"""Tags as they are written and kept."""

import pytest

from escalation_app.domain.errors import Invalid
from escalation_app.domain.tags import MAX_TAG, tag_of, tags_of


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("VIP", "vip"),
        (" night  shift ", "night-shift"),
        ("#billing", "billing"),
        ("Größe", "größe"),
    ],
)
def test_a_tag_is_kept_in_lower_case_and_without_spaces(written: str, kept: str):
    assert tag_of(written) == kept


@pytest.mark.parametrize(
    "written", ["", "  ", "--", "a;b", "a%b", "<b>", "x" * (MAX_TAG + 1), "\x00"]
)
def test_what_can_be_no_tag_is_refused(written: str):
    with pytest.raises(Invalid):
        tag_of(written)


def test_commas_part_tags():
    assert tags_of("vip, Night shift,,vip") == {"vip", "night-shift"}

"""Who a text names behind an @."""

import pytest

from escalation_app.domain.mentions import mentioned, parts_of

PEOPLE = {1: "A. Farouk", 2: "S. Iyer", 3: "S. Iyer-Olsen", 4: "J. Lind", 5: "J. Lind"}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("@A. Farouk look", (1,)),
        ("please @s. iyer, now", (2,)),
        ("(@S. Iyer-Olsen)", (3,)),
        ("@S. Iyer and @A. Farouk and @S. Iyer", (2, 1)),
        ("@J. Lind", (4, 5)),
        ("mail to a@A. Farouk", ()),
        ("@A. Farouks", ()),
        ("@S. İyer and @S. ıyer", ()),
        ("A. Farouk", ()),
        ("@nobody", ()),
        ("", ()),
    ],
)
def test_whom_it_names(text: str, keys: tuple[int, ...]):
    assert mentioned(text, PEOPLE) == keys


def test_a_text_falls_into_pieces_that_make_it_up_again():
    text = "Hello @S. Iyer, see @A. Farouk."

    parts = parts_of(text, PEOPLE.values())

    assert parts == [
        ("Hello ", False),
        ("@S. Iyer", True),
        (", see ", False),
        ("@A. Farouk", True),
        (".", False),
    ]
    assert parts_of("plain", ()) == [("plain", False)]

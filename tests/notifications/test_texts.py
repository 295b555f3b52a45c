"""Every kind of event has words, and customers read only those made for them."""

from datetime import timedelta

import pytest

from escalation_app.domain.events import EventKind
from escalation_app.notifications.customer_texts import CUSTOMER
from escalation_app.notifications.staff_texts import STAFF
from escalation_app.notifications.texts import DIGEST, notice_text, public_data
from escalation_app.notifications.words import span_words

DATA = {
    "metric": "resolution",
    "share": 75,
    "due_at": "2026-03-02T16:00:00+00:00",
    "by": "MARKER person",
    "assignee": "MARKER person",
    "manager": "MARKER person",
    "why": "MARKER why",
    "reason": "MARKER reason",
    "trigger": "MARKER trigger",
    "path": "MARKER path",
    "name": "MARKER step",
    "says": "MARKER says",
    "subject": "MARKER subject",
    "team_name": "MARKER team",
    "status": "waiting for customer",
    "from_tier": 1,
    "to_tier": 2,
    "from_severity": 3,
    "to_severity": 1,
    "outcome": "done",
    "escalation": "automatic",
}


@pytest.mark.parametrize("kind", EventKind)
@pytest.mark.parametrize("audience", ["staff", "customer"])
def test_every_kind_of_event_has_words_of_its_own(kind: EventKind, audience: str):
    known = STAFF if audience == "staff" else CUSTOMER

    title, text = notice_text(kind, DATA, "T-1", "Down", audience)  # type: ignore[arg-type]

    assert kind in known
    assert title and text.endswith("T-1: Down")
    assert title[0].isupper() or title[0].isdigit()


@pytest.mark.parametrize("kind", EventKind)
@pytest.mark.parametrize("audience", ["staff", "customer"])
def test_words_are_found_although_nothing_is_known(kind: EventKind, audience: str):
    title, text = notice_text(kind, {}, "T-1", "Down", audience)  # type: ignore[arg-type]

    assert title and "None" not in title + text


@pytest.mark.parametrize("kind", [*EventKind, DIGEST, "unheard_of"])
def test_a_customer_reads_nothing_internal(kind: str):
    told = {**DATA, "items": ["MARKER item"], "count": 1, "late_s": 60}

    title, text = notice_text(kind, told, "T-1", "Down", "customer")

    assert "MARKER" not in title + text
    assert "MARKER" not in repr(public_data(kind, told))


def test_staff_read_what_a_step_says_and_that_nobody_was_there():
    data = {"name": "Tell the team", "says": "The team is told.", "outcome": "no_recipient"}

    title, text = notice_text(EventKind.PATH_STEP_TAKEN, data, "T-1", "Down", "staff")

    assert title == "Tell the team"
    assert "Nobody the path names could be reached" in text


def test_a_broken_promise_names_what_was_promised_and_when():
    title, text = notice_text(EventKind.SLA_BREACHED, DATA, "T-1", "Down", "staff")

    assert title == "A promise is broken"
    assert text.startswith("The resolution was due at 02 Mar 2026, 16:00 UTC.")


def test_a_kind_nobody_knows_any_more_still_has_words():
    assert notice_text("unheard_of", {}, "T-1", "Down", "staff")[0] == "News"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=90), "1 h 30 min"),
        (timedelta(days=2, hours=3, minutes=4), "2 d 3 h"),
    ],
)
def test_lengths_are_said_in_their_two_largest_units(length: timedelta, words: str):
    assert span_words(length) == words


def test_a_digest_counts_its_lines():
    one = notice_text(DIGEST, {"count": 1, "late_s": 61, "items": ["a"]}, "", "", "staff")
    many = notice_text(DIGEST, {"count": 5, "late_s": 61, "items": ["a", "b"]}, "", "", "staff")

    assert one == ("1 thing late by up to 1 min 1 s", "a")
    assert many == ("5 things late by up to 1 min 1 s", "a\nb\nand 3 more")

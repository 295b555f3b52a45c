"""How times are said, by the server and by the browser: one table of cases for both."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from escalation_app.views.words import as_sentence, duration_words, iso, time_left_words

HERE = Path(__file__).parent
WORDS = HERE.parents[1] / "assets" / "words.mjs"
CASES = json.loads((HERE / "words_cases.json").read_text())

Answers = Callable[..., list[Any]]

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def browser_words() -> Answers:
    """Asks ``assets/words.mjs``, in the JavaScript runtime that builds the front end."""
    beside = Path(sys.executable).parent / "bun"
    runtime = str(beside) if beside.exists() else shutil.which("node")
    if runtime is None:
        pytest.skip("no JavaScript runtime on this machine")

    def ask(*calls: tuple[str, list[Any]]) -> list[Any]:
        answer = subprocess.run(
            [runtime, str(HERE / "words_runner.mjs"), str(WORDS)],
            input=json.dumps(calls),
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(answer.stdout)

    return ask


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _badge(now: datetime, **clock: str) -> tuple[str, list[Any]]:
    return ("timeLeft", [clock, _milliseconds(now)])


def _running(minutes_from: float, minutes_to: float, **more: str) -> dict[str, str]:
    return {
        "state": "running",
        "from": iso(NOON + timedelta(minutes=minutes_from)),
        "due": iso(NOON + timedelta(minutes=minutes_to)),
        **more,
    }


@pytest.mark.parametrize(("seconds", "words"), CASES["durations"])
def test_the_server_says_a_length_in_at_most_two_units(seconds: int, words: str):
    assert duration_words(seconds) == words


@pytest.mark.parametrize(("state", "seconds", "reason", "tail", "words"), CASES["time_left"])
def test_the_server_says_how_a_clock_stands(
    state: str, seconds: int, reason: str, tail: str, words: str
):
    assert time_left_words(state, seconds, reason, tail) == words


def test_the_browser_says_a_length_as_the_server_does(browser_words: Answers):
    said = browser_words(*[("durationWords", [seconds]) for seconds, _ in CASES["durations"]])

    assert said == [words for _, words in CASES["durations"]]


def test_the_browser_says_how_a_clock_stands_as_the_server_does(browser_words: Answers):
    said = browser_words(*[("timeLeftWords", case[:4]) for case in CASES["time_left"]])

    assert said == [case[4] for case in CASES["time_left"]]


def test_a_badge_turns_amber_when_a_quarter_is_left_and_red_when_it_is_past(
    browser_words: Answers,
):
    clock = _running(-60, 60)
    second = timedelta(seconds=1)

    badges = browser_words(
        _badge(NOON + timedelta(minutes=30) - second, **clock),
        _badge(NOON + timedelta(minutes=30), **clock),
        _badge(NOON + timedelta(minutes=60), **clock),
        _badge(NOON + timedelta(minutes=60) + second, **clock),
    )

    assert [(one["level"], one["words"]) for one in badges] == [
        ("calm", "30m left"),
        ("soon", "30m left"),
        ("soon", "due now"),
        ("over", "1s over"),
    ]


def test_the_dial_shows_the_share_that_is_left(browser_words: Answers):
    clock = _running(-60, 60)

    badges = browser_words(
        *[_badge(NOON + timedelta(minutes=at), **clock) for at in (-60, 0, 30, 48, 60, 90)]
    )

    assert [round(one["share"]) for one in badges] == [100, 50, 25, 10, 0, 0]


def test_a_quarter_is_left_when_the_clock_s_own_calendar_says_so(browser_words: Answers):
    clock = _running(-60, 60, soon=iso(NOON - timedelta(minutes=10)))

    before, after = browser_words(
        _badge(NOON - timedelta(minutes=11), **clock), _badge(NOON, **clock)
    )

    assert before["level"] == "calm"
    assert after["level"] == "soon"
    assert after["share"] < 25


def test_less_than_half_an_hour_is_near_whatever_share_of_the_time_that_is(browser_words: Answers):
    near, short_target, far = browser_words(
        _badge(NOON, **_running(-200, 29)),
        _badge(NOON, **_running(-1, 20)),
        _badge(NOON, **_running(-1, 31)),
    )

    assert near["near"] is True
    assert (short_target["level"], short_target["near"]) == ("calm", True)
    assert far["near"] is False


def test_a_clock_outside_its_hours_says_when_it_opens(browser_words: Answers):
    opens = iso(NOON + timedelta(hours=2))
    clock = _running(-60, 600, opens=opens)

    closed, opened = browser_words(
        _badge(NOON, **clock), _badge(NOON + timedelta(hours=3), **clock)
    )

    assert closed["words"].startswith("opens ")
    assert opened["words"] == "7h left"


def test_a_clock_that_stands_still_says_what_the_server_said(browser_words: Answers):
    late, paused, unknown, nothing = browser_words(
        _badge(NOON, state="late", words="met 12m late"),
        _badge(NOON, state="paused", reason="waiting for customer"),
        _badge(NOON, state="running", due="not a time", words="9m left"),
        _badge(NOON, state=""),
    )

    assert (late["level"], late["icon"], late["words"]) == ("late", "over", "met 12m late")
    assert (paused["icon"], paused["words"]) == ("pause", "paused: waiting for customer")
    assert (unknown["level"], unknown["words"]) == ("none", "9m left")
    assert nothing is None


def test_an_instant_is_written_by_how_far_it_is(browser_words: Answers):
    def when(at: datetime, zone: str = "UTC") -> tuple[str, list[Any]]:
        return ("whenWords", [_milliseconds(at), _milliseconds(NOON), zone])

    said = browser_words(
        when(NOON + timedelta(hours=2, minutes=41)),
        when(NOON + timedelta(days=1)),
        when(NOON - timedelta(days=6)),
        when(NOON + timedelta(days=7)),
        when(NOON - timedelta(days=365)),
        when(NOON + timedelta(hours=11, minutes=30), "Europe/Oslo"),
        when(datetime(2026, 9, 13, tzinfo=UTC)),
    )

    assert said == [
        "14:41",
        "Fri 12:00",
        "Fri 12:00",
        "19 Mar",
        "12 Mar 2025",
        "Fri 00:30",
        "13 Sep",
    ]


def test_what_is_past_is_said_to_have_been_at_its_time_or_on_its_day(browser_words: Answers):
    said = browser_words(
        *(
            ("pastWords", [_milliseconds(at), _milliseconds(NOON), "UTC"])
            for at in (NOON, NOON - timedelta(days=2), NOON - timedelta(days=9))
        )
    )

    assert said == ["at 12:00", "on Tue at 12:00", "on 3 Mar"]


def test_a_gauge_ends_at_due_and_later_at_now(browser_words: Answers):
    start, due = _milliseconds(NOON), _milliseconds(NOON + timedelta(minutes=60))

    def place(at: int, used: float | None = None) -> tuple[str, list[Any]]:
        clock = {"from": start, "due": due, "used": used}
        return ("gaugePlace", [clock, _milliseconds(NOON + timedelta(minutes=at))])

    half, over, still = browser_words(place(30), place(120), place(30, 42))

    assert half == {"now": 50, "scale": 1}
    assert over == {"now": 100, "scale": 0.5}
    assert still == {"now": 42, "scale": 1}


def test_instants_leave_the_server_in_utc():
    there = datetime(2026, 3, 12, 14, 41, tzinfo=timezone(timedelta(hours=1)))

    assert iso(there) == "2026-03-12T13:41:00+00:00"
    assert iso(None) == ""
    with pytest.raises(ValueError, match="aware"):
        iso(datetime(2026, 3, 12))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("A call", "A call."), ("A call. ", "A call."), ("Why?", "Why?"), ("", ""), ("So…", "So…")],
)
def test_what_people_wrote_becomes_a_sentence(text: str, sentence: str):
    assert as_sentence(text) == sentence

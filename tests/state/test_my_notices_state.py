"""A person's own settings through the real pipeline: saved at once, and theirs alone."""

from typing import Any

import pytest

from escalation_app.domain.preferences import NoticeGroup, NoticePreference, Pace, QuietChoice
from escalation_app.services.my_notices import my_preference
from escalation_app.state import admin as no_live_page
from escalation_app.state.my_notices import MyNoticesState
from tests.support.desk import SupportDesk
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]


@pytest.fixture
def settings_page(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, no_live_page, [MyNoticesState.open_page])


def kept(desk: SupportDesk, who: str = "agent") -> NoticePreference:
    return desk.see(who, my_preference)


@pytest.mark.parametrize(
    ("handler", "arguments", "says"),
    [
        (
            "switch",
            {"group": "promises", "way": "email", "is_told": False},
            "Promised times: they do not come by e-mail any more.",
        ),
        (
            "switch",
            {"group": "tickets", "way": "in_app", "is_told": True},
            "Tickets: they are shown in the app.",
        ),
        ("mail", {"pace": "hourly"}, "E-mail comes once an hour."),
        ("mail", {"pace": "off"}, "No e-mail comes but what must reach you."),
        ("choose_quiet", {"choice": "none"}, "No hours are quiet for you."),
        ("choose_quiet", {"choice": "own"}, "It is quiet for you from 22:00 to 07:00."),
        (
            "choose_quiet",
            {"choice": "process"},
            "The quiet hours of the process count for you.",
        ),
    ],
)
def test_each_change_is_saved_at_once_and_says_what_it_does(
    desk: SupportDesk, settings_page: Play, handler: str, arguments: dict[str, Any], says: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/settings")
        await client.send(getattr(MyNoticesState, handler), **arguments)

        assert client.shown(MyNoticesState, "saved") == says
        assert client.toasts == []

    settings_page(scene)


def test_what_was_set_is_kept_and_shown_again(desk: SupportDesk, settings_page: Play):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/settings")
        await client.send(MyNoticesState.switch, group="promises", way="email", is_told=False)
        await client.send(MyNoticesState.mail, pace="hourly")
        await client.send(MyNoticesState.choose_quiet, choice="own")
        await client.send(MyNoticesState.start_at, at="20:30")
        await client.send(MyNoticesState.end_at, at="06:00")
        await client.send(MyNoticesState.rest_at_weekends, is_quiet=True)
        said = client.shown(MyNoticesState, "saved")
        await client.open("/settings")
        mine = client.shown(MyNoticesState, "mine")

        assert said == "It is quiet for you from 20:30 to 06:00, and all weekend."
        assert (mine.pace, mine.quiet, mine.starts, mine.ends) == (
            "hourly",
            "own",
            "20:30",
            "06:00",
        )
        assert client.shown(MyNoticesState, "saved") == ""

    settings_page(scene)

    stored = kept(desk)
    assert (stored.pace, stored.quiet) == (Pace.HOURLY, QuietChoice.OWN)
    assert stored.muted_email == {NoticeGroup.PROMISES}
    assert stored.own.weekends


@pytest.mark.parametrize("at", ["", "25:00", "noon", "7:00"])
def test_a_time_that_is_none_is_refused_in_words_and_nothing_is_saved(
    desk: SupportDesk, settings_page: Play, at: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", "/settings")
        await client.send(MyNoticesState.mail, pace="off")
        await client.send(MyNoticesState.start_at, at=at)

        assert client.toasts == ["That is no time of day such as 22:00."]
        assert client.shown(MyNoticesState, "saved") == ""

    settings_page(scene)

    assert kept(desk).own == NoticePreference().own


@pytest.mark.parametrize("who", ["customer", "lead", "agent", "manager", "executive", "admin"])
def test_everybody_who_is_signed_in_has_the_page_and_changes_their_own_alone(
    desk: SupportDesk, settings_page: Play, who: str
):
    async def scene(stage: Stage) -> None:
        client = await stage.enter(who, "/settings")
        await client.send(MyNoticesState.mail, pace="off")

        assert client.shown(MyNoticesState, "mine").email == f"{who}@example.org"

    settings_page(scene)

    assert {one: kept(desk, one).pace for one in desk.people} == {
        one: Pace.OFF if one == who else Pace.AT_ONCE for one in desk.people
    }


def test_who_is_not_signed_in_changes_nothing(desk: SupportDesk, settings_page: Play):
    async def scene(stage: Stage) -> None:
        client = stage.running.client("")
        await client.open("/settings")
        await client.send(MyNoticesState.mail, pace="off")

        assert client.redirects

    settings_page(scene)

    assert {kept(desk, who).pace for who in desk.people} == {Pace.AT_ONCE}

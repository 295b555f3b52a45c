"""What people set about their notices: kept, refused where it makes no sense, theirs alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed
from escalation_app.domain.permissions import ENGINE
from escalation_app.domain.preferences import (
    NOTHING_SET,
    NoticeGroup,
    NoticePreference,
    Pace,
    QuietChoice,
)
from escalation_app.domain.process import Delivery
from escalation_app.domain.quiet import QuietHours
from escalation_app.services.my_notices import (
    be_quiet,
    mail_me,
    my_preference,
    set_quiet_hours,
    tell_me,
)
from escalation_app.services.unit_of_work import unit_of_work
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as one:
        yield one


def mine(desk: SupportDesk, who: str = "agent") -> NoticePreference:
    return desk.see(who, my_preference)


def test_who_has_set_nothing_has_nothing_set(desk: SupportDesk):
    assert mine(desk) == NOTHING_SET


def test_all_that_was_set_is_read_again(desk: SupportDesk):
    desk.act("agent", tell_me, NoticeGroup.TICKETS, Delivery.IN_APP, is_told=False)
    desk.act("agent", tell_me, NoticeGroup.PROMISES, Delivery.EMAIL, is_told=False)
    desk.act("agent", mail_me, Pace.HOURLY)
    desk.act("agent", be_quiet, QuietChoice.OWN)
    desk.act("agent", set_quiet_hours, starts="20:15", ends="06:30", weekends=True)

    assert mine(desk) == NoticePreference(
        muted_in_app=frozenset({NoticeGroup.TICKETS}),
        muted_email=frozenset({NoticeGroup.PROMISES}),
        pace=Pace.HOURLY,
        quiet=QuietChoice.OWN,
        own=QuietHours(timedelta(hours=20, minutes=15), timedelta(hours=6, minutes=30), True),
    )


def test_what_was_turned_off_is_turned_on_again(desk: SupportDesk):
    for is_told in (False, True):
        desk.act("agent", tell_me, NoticeGroup.TICKETS, Delivery.IN_APP, is_told=is_told)

    assert mine(desk) == NOTHING_SET


def test_each_setting_is_that_of_its_person_alone(desk: SupportDesk):
    desk.act("agent", mail_me, Pace.OFF)

    assert mine(desk, "colleague") == NOTHING_SET
    assert mine(desk, "customer") == NOTHING_SET


@pytest.mark.parametrize("who", ["customer", "lead", "agent", "manager", "executive", "admin"])
def test_everybody_may_set_their_own(desk: SupportDesk, who: str):
    desk.act(who, mail_me, Pace.OFF)

    assert mine(desk, who).pace is Pace.OFF


@pytest.mark.parametrize("text", ["24:00", "7:00", "22", "22:60", "", "22:00:00", "٢٢:٠٠", "-1:00"])
def test_what_is_no_time_of_day_is_refused(desk: SupportDesk, text: str):
    for name in ("starts", "ends"):
        with pytest.raises(Invalid, match="no time of day"):
            desk.act("agent", set_quiet_hours, **{name: text})

    assert mine(desk) == NOTHING_SET


def test_hours_that_would_never_end_are_refused(desk: SupportDesk):
    with pytest.raises(Invalid, match="another time"):
        desk.act("agent", set_quiet_hours, starts="07:00")


@pytest.mark.parametrize(
    ("service", "arguments"),
    [
        (tell_me, {"group": NoticeGroup.TICKETS, "way": Delivery.EMAIL, "is_told": False}),
        (mail_me, {"pace": Pace.OFF}),
        (be_quiet, {"choice": QuietChoice.NONE}),
        (set_quiet_hours, {"starts": "20:00"}),
    ],
)
def test_what_is_no_person_sets_nothing(desk: SupportDesk, service: Any, arguments: dict[str, Any]):
    with pytest.raises(NotAllowed), unit_of_work(ENGINE, on=desk.database) as uow:
        service(uow, **arguments)

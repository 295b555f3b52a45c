"""Somebody's own page of settings: only what exists for them, and what they cannot change."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import NotAllowed
from escalation_app.domain.permissions import ENGINE
from escalation_app.domain.preferences import NoticeGroup, QuietChoice
from escalation_app.domain.process import Delivery
from escalation_app.services.my_notices import be_quiet, set_quiet_hours, tell_me
from escalation_app.services.queries.my_notices import my_notices
from escalation_app.views.my_notices import MyNotices, NoticeChoice, NoticeWay
from tests.support.desk import SupportDesk, support_desk
from tests.support.outbox import change_person, change_process


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as one:
        yield one


def page(desk: SupportDesk, who: str = "agent") -> MyNotices:
    return desk.see(who, my_notices)


def group(desk: SupportDesk, key: NoticeGroup, who: str = "agent") -> NoticeChoice:
    return next(one for one in page(desk, who).groups if one.key == key)


def test_staff_choose_among_what_staff_are_told(desk: SupportDesk):
    shown = page(desk)

    assert [one.key for one in shown.groups] == [
        "tickets",
        "conversation",
        "handling",
        "promises",
        "escalations",
        "commitments",
    ]
    assert shown.email == "agent@example.org"
    assert shown.quiet == "process"
    assert shown.quiet_choices[0].hint == "22:00 to 07:00"
    assert shown.never_waits == "S1 or S2"


def test_customers_choose_among_what_customers_are_told_in_their_words(desk: SupportDesk):
    shown = page(desk, "customer")

    assert [one.name for one in shown.groups] == ["Your tickets", "Answers", "Escalation"]
    assert [one.value for one in shown.quiet_choices] == ["own", "none"]
    assert shown.quiet == "none"


def test_a_way_the_process_never_uses_offers_no_switch(desk: SupportDesk):
    in_app, email = group(desk, NoticeGroup.HANDLING).ways

    assert (in_app.key, in_app.is_used) == ("in_app", True)
    assert (email.key, email.is_used) == ("email", False)


def test_what_is_turned_off_shows_as_off(desk: SupportDesk):
    desk.act("agent", tell_me, NoticeGroup.PROMISES, Delivery.EMAIL, is_told=False)

    assert [way.is_told for way in group(desk, NoticeGroup.PROMISES).ways] == [True, False]


def test_what_is_forced_in_part_is_named_and_the_rest_can_be_turned_off(desk: SupportDesk):
    shown = group(desk, NoticeGroup.ESCALATIONS)

    assert shown.always == "You are always told when a manager takes a case."
    assert not any(way.is_forced for way in shown.ways)


def test_what_is_forced_as_a_whole_cannot_be_turned_off(desk: SupportDesk):
    kinds = "sla_warning, sla_breached, no_path, timer_repaired, "
    change_process(desk, replacing=("must_reach: [", f"must_reach: [{kinds}"))

    assert all(way.is_forced for way in group(desk, NoticeGroup.PROMISES).ways)


def test_a_process_without_quiet_hours_offers_none_of_its_own(desk: SupportDesk):
    change_process(desk, replacing=("quiet_hours: {", "# quiet_hours: {"))

    shown = page(desk)

    assert [one.value for one in shown.quiet_choices] == ["own", "none"]
    assert (shown.quiet, shown.never_waits) == ("none", "")


def test_own_hours_are_shown_in_the_zone_that_counts(desk: SupportDesk):
    desk.act("agent", be_quiet, QuietChoice.OWN)
    desk.act("agent", set_quiet_hours, starts="20:05", weekends=True)
    change_person(desk, "agent", zone="Europe/London")

    shown = page(desk)

    assert (shown.quiet, shown.starts, shown.ends) == ("own", "20:05", "07:00")
    assert (shown.has_weekends, shown.zone) == (True, "Europe/London")


def test_a_zone_nobody_knows_is_shown_as_what_it_counts_as(desk: SupportDesk):
    change_person(desk, "agent", zone="Mars/Olympus")

    assert page(desk).zone == "UTC"


def test_what_is_no_person_has_no_page(desk: SupportDesk):
    with desk.reading() as session, pytest.raises(NotAllowed):
        my_notices(session, ENGINE)


def test_ways_are_in_the_order_of_the_heads_of_the_table(desk: SupportDesk):
    for one in page(desk).groups:
        assert [way.key for way in one.ways] == ["in_app", "email"]
        assert all(isinstance(way, NoticeWay) for way in one.ways)

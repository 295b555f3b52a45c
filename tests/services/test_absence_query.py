"""Who is away, as the page of absences says it to whoever may look."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import NotAllowed
from escalation_app.services import absences
from escalation_app.services.queries.absences import absence_page
from tests.support.desk import SupportDesk, support_desk

DAY = timedelta(days=1)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def away(desk: SupportDesk, who: str, begins: float, ends: float, by: str = "manager") -> int:
    person, there = desk.people[who].person_id, desk.people["colleague"].person_id
    since, until = desk.now + begins * DAY, desk.now + ends * DAY
    return desk.act(by, absences.set_absence, person, since, until, there, "On leave")


def test_own_absences_and_those_of_others_stand_apart_the_soonest_first(desk: SupportDesk):
    away(desk, "agent", 3, 4)
    away(desk, "agent", 0, 1)
    away(desk, "specialist", 1, 2)

    shown = desk.see("agent", absence_page, desk.now)

    assert [line.is_now for line in shown.mine] == [True, False]
    assert [(line.person.name, line.substitute) for line in shown.others] == [
        ("S. Iyer", "J. Lind")
    ]
    assert (shown.mine[0].can_end, shown.others[0].can_end) == (True, False)
    assert [one.value for one in shown.people] == [str(desk.people["agent"].person_id)]


def test_a_manager_and_an_admin_say_so_for_everybody(desk: SupportDesk):
    away(desk, "agent", 0, 1)

    for who in ("manager", "admin"):
        shown = desk.see(who, absence_page, desk.now)
        assert shown.others[0].can_end
        assert len(shown.people) == 6


def test_what_is_over_is_not_listed(desk: SupportDesk):
    key = away(desk, "agent", 0, 1)
    desk.act("agent", absences.end_absence, key)

    assert desk.see("agent", absence_page, desk.now).mine == ()


def test_a_customer_sees_nothing_of_it(desk: SupportDesk):
    with pytest.raises(NotAllowed):
        desk.see("customer", absence_page, desk.now)

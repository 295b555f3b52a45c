"""Tickets beside one: about the same, and of the same customer."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import NotFound
from escalation_app.services import tickets
from escalation_app.services.queries.related import related_tickets
from escalation_app.views.ticket import RelatedTickets
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as found:
        yield found


def beside(desk: SupportDesk, ref: str, who: str = "agent") -> RelatedTickets:
    return desk.see(who, related_tickets, ref)


def test_tickets_that_share_most_words_come_first_whoever_reported_them(desk: SupportDesk):
    ref = desk.open("Card terminals decline every payment").reference
    most = desk.open("Every card payment declined at terminals", by="stranger").reference
    some = desk.open("Terminals print no card receipt").reference
    desk.open("Timetable feed is late")

    similar = beside(desk, ref).similar

    assert [one.ref for one in similar] == [most, some]
    assert similar[0].customer == "Tessel Payments"


def test_short_and_lone_words_make_nothing_similar(desk: SupportDesk):
    ref = desk.open("No way to log in to the portal").reference
    desk.open("The way to the new page is not there")
    desk.open("Portal is slow")

    assert [one.subject for one in beside(desk, ref).similar] == ["Portal is slow"]
    assert beside(desk, desk.open("A B C").reference).similar == ()


def test_the_customers_newest_tickets_are_named_and_the_open_ones_counted(desk: SupportDesk):
    ref = desk.open("First").reference
    desk.open("Of others", by="stranger")
    second = desk.open("Second").reference
    desk.act("agent", tickets.resolve, second)

    found = beside(desk, ref)

    assert [(one.ref, one.status) for one in found.of_customer] == [(second, "resolved")]
    assert found.open_of_customer == 1


def test_a_customer_is_told_of_nobody_elses_tickets(desk: SupportDesk):
    ref = desk.open("Card terminals decline").reference
    desk.open("Card terminals decline here too", by="stranger")

    assert beside(desk, ref, "customer").similar == ()
    with pytest.raises(NotFound):
        beside(desk, ref, "stranger")

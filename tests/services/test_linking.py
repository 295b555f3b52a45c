"""Saying that two tickets belong together, and saying it no longer."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.links import LinkKind
from escalation_app.models import OutboxRow, TicketLinkRow
from escalation_app.services.linking import link, link_again, unlink
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.link_choices import link_choices
from escalation_app.services.queries.ticket import ticket_page
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def said(desk: SupportDesk, ref: str) -> list[tuple[str, str]]:
    return [(one.said, one.ref) for one in desk.see("agent", ticket_page, ref, desk.now).links]


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        (LinkKind.RELATES_TO, "relates to", "relates to"),
        (LinkKind.DUPLICATE_OF, "is a duplicate of", "has as a duplicate"),
        (LinkKind.CAUSED_BY, "is caused by", "causes"),
    ],
)
def test_a_link_stands_on_both_tickets_and_on_their_record_each_in_its_words(
    desk: SupportDesk, kind: LinkKind, first: str, second: str
):
    one, other = desk.open("One").reference, desk.open("Other", by="stranger").reference

    desk.act("agent", link, one, other, kind)

    assert said(desk, one) == [(first, other)]
    assert said(desk, other) == [(second, one)]
    for ref, words in ((one, first), (other, second)):
        titles = [item.title for item in desk.see("agent", ticket_page, ref, desk.now).timeline]
        assert any(title.startswith(words.capitalize()) for title in titles)


def test_a_second_time_changes_nothing(desk: SupportDesk):
    one, other = desk.open("One").reference, desk.open("Other").reference
    desk.act("agent", link, one, other, LinkKind.RELATES_TO)
    before = desk.see("agent", ticket_page, one, desk.now)

    desk.act("colleague", link, one, other, LinkKind.RELATES_TO)
    desk.act("colleague", link, other, one, LinkKind.RELATES_TO)

    assert desk.see("agent", ticket_page, one, desk.now) == before


def test_two_tickets_are_not_each_others_duplicates(desk: SupportDesk):
    one, other = desk.open("One").reference, desk.open("Other").reference
    desk.act("agent", link, one, other, LinkKind.DUPLICATE_OF)

    with pytest.raises(Invalid, match=f"{other} is a duplicate of {one} already|already"):
        desk.act("agent", link, other, one, LinkKind.DUPLICATE_OF)


def test_it_is_taken_away_from_either_side_and_brought_back_as_it_was(desk: SupportDesk):
    one, other = desk.open("One").reference, desk.open("Other").reference
    desk.act("agent", link, one, other, LinkKind.CAUSED_BY)

    pair = desk.act("agent", unlink, other, one, LinkKind.CAUSED_BY)
    assert said(desk, one) == said(desk, other) == []
    words = desk.act("agent", link_again, *pair, LinkKind.CAUSED_BY)

    assert words == f"{one} is caused by {other} again."
    assert said(desk, one) == [("is caused by", other)]


def test_what_is_not_linked_cannot_be_unlinked(desk: SupportDesk):
    one, other = desk.open("One").reference, desk.open("Other").reference

    with pytest.raises(NotFound):
        desk.act("agent", unlink, one, other, LinkKind.RELATES_TO)


def test_a_merge_is_not_made_and_a_ticket_is_not_linked_to_itself(desk: SupportDesk):
    one, other = desk.open("One").reference, desk.open("Other").reference

    with pytest.raises(Invalid, match="Choose from the list"):
        desk.act("agent", link, one, other, LinkKind.MERGED_INTO)
    with pytest.raises(Invalid, match="to itself"):
        desk.act("agent", link, one, one, LinkKind.RELATES_TO)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("specialist", NotAllowed),
        ("executive", NotAllowed),
        ("admin", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
    ],
)
def test_who_may_not_link(desk: SupportDesk, who: str, error: type[Exception]):
    one, other = desk.open("One").reference, desk.open("Other").reference

    with pytest.raises(error):
        desk.act(who, link, one, other, LinkKind.RELATES_TO)

    assert rows(desk, TicketLinkRow) == []


def test_no_customer_is_told_or_reads_of_it(desk: SupportDesk):
    one, other = desk.open("One").reference, desk.open("Other", by="stranger").reference
    before = desk.see("customer", customer_status, one, desk.now)
    sent = len(rows(desk, OutboxRow))

    desk.act("agent", link, one, other, LinkKind.RELATES_TO)

    assert desk.see("customer", customer_status, one, desk.now) == before
    assert len(rows(desk, OutboxRow)) == sent


def test_the_same_customers_are_offered_first_and_anothers_says_so(desk: SupportDesk):
    theirs = desk.open("Kiosk", by="stranger").reference
    mine = desk.open("Kiosk").reference
    ref = desk.open("Printer").reference

    found = desk.see("agent", link_choices, ref, "kiosk")

    assert [one.value for one in found] == [mine, theirs]
    assert "Another customer's" in found[1].text
    assert [one.value for one in desk.see("agent", link_choices, ref)] == [mine]

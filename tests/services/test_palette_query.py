"""The command palette: what it finds, in which order, and for whom."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.services import saved_views, tickets
from escalation_app.services.queries.palette import palette_entries
from escalation_app.services.queries.queue_filter import QueueFilter
from escalation_app.views.frame import PaletteEntry
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as desk:
        yield desk


def found(desk: SupportDesk, who: str, text: str = "") -> tuple[PaletteEntry, ...]:
    return desk.see(who, palette_entries, text)


def titles(desk: SupportDesk, who: str, text: str, kind: str) -> list[str]:
    return [one.title for one in found(desk, who, text) if one.kind == kind]


def test_a_reference_or_its_number_leads_to_its_ticket_first(desk: SupportDesk):
    wanted = desk.open("Settlement is missing")
    desk.open(f"Asks about {wanted.reference}")

    for text in (wanted.reference, wanted.reference.lower(), wanted.reference.removeprefix("T-")):
        first = found(desk, "agent", text)[0]
        assert (first.kind, first.url) == ("ticket", f"/tickets/{wanted.reference}")


def test_words_of_a_subject_lead_to_open_tickets_first(desk: SupportDesk):
    solved, still_open = desk.open("Login loop, old"), desk.open("Login loop, new")
    desk.act("agent", tickets.resolve, still_open.reference)
    del solved

    assert titles(desk, "agent", "login loop", "ticket")[0].endswith("Login loop, old")
    assert len(titles(desk, "agent", "login loop", "ticket")) == 2


def test_pages_are_those_of_the_readers_role(desk: SupportDesk):
    assert "Outbox" in titles(desk, "admin", "", "page")
    assert "Outbox" not in titles(desk, "agent", "", "page")
    assert titles(desk, "agent", "queue", "page") == ["Queue"]


def test_views_are_found_with_those_that_are_saved(desk: SupportDesk):
    desk.act("agent", saved_views.save_view, "Fires of my own", QueueFilter("over", 1))

    assert titles(desk, "agent", "fires", "view") == ["Fires of my own"]
    assert titles(desk, "colleague", "fires", "view") == []
    assert "Due soon" in titles(desk, "agent", "view soon", "view")


def test_a_customer_finds_nothing_of_the_queue(desk: SupportDesk):
    desk.open("Theirs", by="stranger")

    assert titles(desk, "customer", "theirs", "ticket") == []
    assert titles(desk, "customer", "", "view") == []


@pytest.mark.parametrize("text", ["%", "_", "'; drop table ticket; --", "\\", "9" * 100])
def test_every_character_is_taken_as_it_is(desk: SupportDesk, text: str):
    desk.open("Login loop")

    assert titles(desk, "agent", text, "ticket") == []

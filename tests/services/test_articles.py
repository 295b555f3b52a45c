"""Articles: drafted from a case, changed, published, found beside what is about the same."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from escalation_app.db import Database
from escalation_app.domain.articles import ArticleText
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Stale
from escalation_app.domain.events import EventKind
from escalation_app.domain.resolution import Resolution
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import EventRow
from escalation_app.services import articles, escalations, tickets
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.queries.articles import article_list, article_page, ticket_articles
from escalation_app.services.resolution import note_resolution
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork
from escalation_app.views.articles import ArticlePage
from tests.support.at_once import at_once, refusals
from tests.support.desk import SupportDesk, rows, support_desk

TEXT = ArticleText("Import loses rows", "Rows are missing after an import.", "A race", "Lock it")


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as found:
        yield found


@pytest.fixture
def ref(desk: SupportDesk) -> str:
    """A ticket with a message of each side, escalated, its cause known."""
    ref = desk.open("Import loses rows", impact="medium", urgency="high").reference
    desk.act("agent", tickets.send_message, ref, "We look at it.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "A decision.")
    noted = Resolution(cause="Two imports at once", side="business", category="defect")
    desk.act("agent", note_resolution, ref, noted)
    desk.act("agent", tickets.send_message, ref, "One import waits for the other now.")
    return ref


@pytest.fixture
def key(desk: SupportDesk, ref: str) -> int:
    return desk.act("agent", articles.draft_article, ref)


def page(desk: SupportDesk, key: int, who: str = "agent") -> ArticlePage:
    return desk.see(who, article_page, key)


def published(desk: SupportDesk, key: int) -> int:
    return desk.act("manager", articles.publish_article, key)


def test_a_draft_is_made_from_the_facts_of_the_case(desk: SupportDesk, ref: str, key: int):
    shown = page(desk, key)

    assert (shown.title, shown.ref) == ("Import loses rows", ref)
    assert shown.symptoms == "Import loses rows, please help."
    assert (shown.cause, shown.category_name) == ("Two imports at once", "A defect of the product")
    assert shown.resolution == "One import waits for the other now."
    assert (shown.is_draft, shown.can_change, shown.can_publish) == (True, True, False)


def test_a_ticket_has_one_article(desk: SupportDesk, ref: str, key: int):
    assert not desk.see("agent", ticket_articles, ref).can_draft

    with pytest.raises(Invalid, match="already"):
        desk.act("colleague", articles.draft_article, ref)


def test_a_change_is_kept_and_can_be_put_back(desk: SupportDesk, key: int):
    before = page(desk, key)

    was = desk.act("agent", articles.change_article, key, before.version, TEXT)
    assert page(desk, key).resolution == "Lock it"
    desk.act("agent", articles.put_article_back, key, before.version + 1, was)

    assert page(desk, key).resolution == before.resolution


def test_a_change_of_what_somebody_else_has_changed_is_refused(desk: SupportDesk, key: int):
    version = page(desk, key).version
    desk.act("agent", articles.change_article, key, version, TEXT)

    with pytest.raises(Stale):
        desk.act("colleague", articles.change_article, key, version, TEXT)


@pytest.mark.parametrize(
    "wrong",
    [
        ArticleText(" ", "Rows are missing."),
        ArticleText("Import", " "),
        ArticleText("Import", "Rows are missing.", category="no_such"),
        ArticleText("x" * 301, "Rows are missing."),
    ],
)
def test_what_says_nothing_or_too_much_is_refused(desk: SupportDesk, key: int, wrong: ArticleText):
    with pytest.raises(Invalid):
        desk.act("agent", articles.change_article, key, page(desk, key).version, wrong)


def test_it_is_published_and_withdrawn_by_who_may_and_each_is_on_record(
    desk: SupportDesk, key: int
):
    published(desk, key)
    with pytest.raises(Invalid):
        published(desk, key)
    assert page(desk, key, "manager").published_by == "L. Moreau"
    with pytest.raises(NotAllowed):
        desk.act("agent", articles.change_article, key, page(desk, key).version, TEXT)

    desk.act("manager", articles.withdraw_article, key)

    kind = columns(EventRow).c.kind == EventKind.ARTICLE_CHANGED
    assert [row.data["what"] for row in rows(desk, EventRow, kind)] == [
        "drafted",
        "published",
        "withdrawn",
    ]


def test_nothing_is_published_that_does_not_say_how_it_was_solved(desk: SupportDesk):
    key = desk.act("agent", articles.draft_article, desk.open("Unsolved").reference)

    with pytest.raises(Invalid, match="how it was solved"):
        published(desk, key)


def test_what_is_published_goes_on_saying_how_it_was_solved(desk: SupportDesk, key: int):
    published(desk, key)
    without = replace(TEXT, resolution="")

    with pytest.raises(Invalid, match="how it was solved"):
        desk.act("manager", articles.change_article, key, page(desk, key).version, without)


def test_a_draft_is_open_to_writers_and_what_is_published_to_all_of_ours(
    desk: SupportDesk, key: int
):
    with pytest.raises(NotFound):
        page(desk, key, "executive")
    assert desk.see("executive", article_list, "").rows == ()

    published(desk, key)

    assert page(desk, key, "executive").title == "Import loses rows"
    assert [row.key for row in desk.see("executive", article_list, "import rows").rows] == [key]
    assert desk.see("executive", article_list, "import printer").rows == ()
    assert desk.see("executive", article_list, "100%").rows == ()


@pytest.mark.parametrize("search", ["übertragung", "ÜBERTRAGUNG", "Übertragung"])
def test_case_is_no_matter_in_any_alphabet(desk: SupportDesk, key: int, search: str):
    text = replace(TEXT, title="Übertragung bricht ab")
    desk.act("agent", articles.change_article, key, page(desk, key).version, text)

    assert [row.key for row in desk.see("agent", article_list, search).rows] == [key]


def test_it_is_found_beside_a_ticket_about_the_same(desk: SupportDesk, ref: str, key: int):
    same = desk.open("Nightly import loses half the rows", by="stranger").reference
    other = desk.open("Printer is on fire").reference

    assert [line.key for line in desk.see("agent", ticket_articles, same).similar] == [key]
    assert desk.see("agent", ticket_articles, other).similar == ()
    assert desk.see("executive", ticket_articles, same).similar == ()
    own = desk.see("agent", ticket_articles, ref)
    assert (own.own.key, own.similar) == (key, ())


@pytest.mark.parametrize("who", ["customer", "stranger"])
def test_customers_have_no_part_in_it(desk: SupportDesk, ref: str, key: int, who: str):
    published(desk, key)

    with pytest.raises(NotAllowed):
        page(desk, key, who)
    with pytest.raises(NotAllowed):
        desk.see(who, article_list, "")
    with pytest.raises((NotAllowed, NotFound)):
        desk.act(who, articles.draft_article, ref)
    with pytest.raises(NotAllowed):
        desk.act(who, articles.change_article, key, 1, TEXT)
    with pytest.raises(NotAllowed):
        desk.act(who, articles.withdraw_article, key)


def test_an_executive_reads_and_does_not_write(desk: SupportDesk, ref: str):
    with pytest.raises(NotAllowed):
        desk.act("executive", articles.draft_article, ref)


def test_only_who_may_publish_publishes(desk: SupportDesk, key: int):
    with pytest.raises(NotAllowed):
        desk.act("agent", articles.publish_article, key)
    with pytest.raises(NotFound):
        desk.act("manager", articles.publish_article, key + 1)


def test_a_draft_is_deleted_and_put_back_as_it_was(desk: SupportDesk, ref: str, key: int):
    before = page(desk, key)

    deleted = desk.act("agent", articles.delete_article, key, before.version)

    with pytest.raises(NotFound):
        page(desk, key)
    assert desk.see("agent", ticket_articles, ref).can_draft
    assert desk.act("agent", articles.restore_article, deleted) == "The draft is there again."
    assert page(desk, key) == before
    kind = columns(EventRow).c.kind == EventKind.ARTICLE_CHANGED
    said = [row.data["what"] for row in rows(desk, EventRow, kind)]
    assert said == ["drafted", "deleted", "put back"]


def test_a_draft_that_is_put_back_does_not_push_another_one_aside(
    desk: SupportDesk, ref: str, key: int
):
    deleted = desk.act("agent", articles.delete_article, key, 1)
    other = desk.act("manager", articles.draft_article, ref)

    with pytest.raises(Invalid, match="already"):
        desk.act("agent", articles.restore_article, deleted)

    assert page(desk, other).written_by == "L. Moreau"


def test_what_is_published_or_was_changed_since_is_not_deleted(desk: SupportDesk, key: int):
    desk.act("colleague", articles.change_article, key, 1, TEXT)

    with pytest.raises(Stale):
        desk.act("agent", articles.delete_article, key, 1)
    published(desk, key)
    with pytest.raises(Invalid, match="Make it a draft"):
        desk.act("manager", articles.delete_article, key, 3)

    assert page(desk, key).title == TEXT.title


@pytest.mark.parametrize("who", ["executive", "customer"])
def test_who_may_not_delete_a_draft_or_put_it_back(desk: SupportDesk, key: int, who: str):
    with pytest.raises((NotAllowed, NotFound)):
        desk.act(who, articles.delete_article, key, 1)
    deleted = desk.act("agent", articles.delete_article, key, 1)

    with pytest.raises(NotAllowed):
        desk.act(who, articles.restore_article, deleted)


def test_two_who_delete_a_draft_at_once_delete_it_once(desk: SupportDesk, key: int):
    def delete(uow: UnitOfWork) -> object:
        return articles.delete_article(uow, key, 1)

    done = at_once(desk, ("agent", delete), ("manager", delete))

    assert refusals(done) == ["That article does not exist, or is not open to you."]

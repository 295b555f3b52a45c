"""The page of one article: written by two at once, nothing is lost."""

from typing import Any

import pytest

from escalation_app.domain.articles import ArticleText
from escalation_app.live.changes import Change
from escalation_app.routes import article_url
from escalation_app.services import articles
from escalation_app.state import articles as articles_module
from escalation_app.state.articles import ArticleState, TicketArticlesState
from tests.support.desk import SupportDesk
from tests.support.live_states import Play, Stage, desk, playing

__all__ = ["desk"]

THEIRS = ArticleText("Import loses rows", "Rows are missing.", resolution="Lock it")
MINE = {
    "title": "Import loses rows",
    "symptoms": "Rows are missing after an import.",
    "cause": "",
    "resolution": "",
    "category": "",
}


@pytest.fixture
def play(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> Play:
    return playing(desk, monkeypatch, articles_module, [ArticleState.open_page])


def test_an_article_that_somebody_drafts_from_the_ticket_is_pushed_to_its_page(
    desk: SupportDesk, play: Play
):
    ref = desk.open("Import").reference

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", f"/tickets/{ref}")
        await client.send(TicketArticlesState.open_part)
        wants: Any = stage.watching.slots["articles"][3]
        assert client.shown(TicketArticlesState, "found").can_draft

        key = desk.act("colleague", articles.draft_article, ref)
        await stage.push(client, "articles")

        found = (await stage.state(client, TicketArticlesState)).found
        assert (found.own.key, found.can_draft) == (key, False)
        assert wants(Change(tickets=frozenset({found.ticket_id})))
        assert not wants(Change(tickets=frozenset({found.ticket_id + 1})))

    play(scene)


def test_who_is_too_late_is_told_and_can_still_insist(desk: SupportDesk, play: Play):
    key = desk.act("agent", articles.draft_article, desk.open("Import").reference)

    async def scene(stage: Stage) -> None:
        client = await stage.enter("agent", article_url(key))
        await client.send(ArticleState.begin)
        desk.act("colleague", articles.change_article, key, 1, THEIRS)
        await client.send(ArticleState.save, form=MINE)
        error = client.shown(ArticleState, "error")
        assert client.shown(ArticleState, "is_writing") is True
        assert client.shown(ArticleState, "page").resolution == "Lock it"
        await client.send(ArticleState.save, form=MINE)

        assert "Nothing was overwritten. Save again" in error
        assert client.shown(ArticleState, "page").symptoms == MINE["symptoms"]
        assert client.shown(ArticleState, "is_writing") is False

    play(scene)

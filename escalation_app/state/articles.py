"""Articles: the list, one to read and write, and those beside a ticket."""

from typing import Annotated, Any, TypedDict, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.domain.articles import ArticleText
from escalation_app.domain.errors import NotFound, Stale
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.live.changes import touching_ticket, touching_tickets
from escalation_app.routes import article_url
from escalation_app.services import articles
from escalation_app.services.articles import MAX_PART
from escalation_app.services.queries.articles import article_list, article_page, ticket_articles
from escalation_app.services.tickets import MAX_SUBJECT
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow
from escalation_app.views.articles import ArticleList, ArticlePage, TicketArticles

MAX_SEARCH = 120
Part = Annotated[str, Length(MAX_PART)]


class ArticleForm(TypedDict):
    """What an article shall say."""

    title: Annotated[str, Length(MAX_SUBJECT)]
    symptoms: Part
    cause: Part
    resolution: Part
    category: Annotated[str, Length(60)]


class ArticlesState(AppState):
    """The list."""

    page: ArticleList = ArticleList()
    is_loaded: bool = False

    _search: str = ""

    @rx.event
    @allow(Permission.ARTICLE_SEE)
    async def open_page(self) -> None:
        """Read the list and keep it live."""
        self._search = ""
        await self._show()

    @rx.event
    @allow(Permission.ARTICLE_SEE)
    async def look_for(self, text: Annotated[str, Length(2_000)]) -> None:
        """Search while it is typed."""
        self._search = " ".join(text[:MAX_SEARCH].split())
        await self._show()

    async def _show(self) -> None:
        actor, search = await self.actor(), self._search

        def load(session: Session) -> ArticleList:
            return article_list(session, actor, search)

        shown = await self.read(lambda session, _: load(session))
        if shown is not None:
            self.page, self.is_loaded = shown, True
            scope = ("articles", actor, search)
            keep_live(self, "page", scope, load, _apply_list, touching_tickets, shown, rest=1.0)


class ArticleState(AppState):
    """One article, read or written."""

    page: ArticlePage = ArticlePage()
    is_loaded: bool = False
    is_missing: bool = False
    is_writing: bool = False
    error: str = ""
    form: int = 0

    _key: int = 0
    _version: int = 0
    """The version that is being changed."""

    @rx.event
    @allow(Permission.ARTICLE_SEE)
    async def open_page(self) -> None:
        """Read the article that the address names, and keep it live."""
        named = self._named()
        self._key = int(named) if named.isascii() and named.isdigit() and len(named) < 16 else 0
        self.page, self.is_loaded = ArticlePage(), False
        self.is_writing, self.error = False, ""
        await self._show()

    async def _show(self) -> None:
        actor, key = await self.actor(), self._key

        def load(session: Session) -> ArticlePage | None:
            return _find(session, actor, key)

        shown = await self.read(lambda session, _: load(session))
        _put(self, shown)
        keep_live(self, "page", ("article", actor, key), load, _apply, touching_tickets, shown)

    @rx.event
    @allow(Permission.ARTICLE_WRITE)
    async def begin(self) -> None:
        """Write it anew."""
        self.is_writing, self._version, self.error = True, self.page.version, ""
        self.form += 1

    @rx.event
    @allow(Permission.ARTICLE_WRITE)
    async def stop(self) -> None:
        """Leave it as it was."""
        self.is_writing = False

    @rx.event
    @allow(Permission.ARTICLE_WRITE)
    async def save(self, form: ArticleForm) -> None:
        """Keep what is written. What is refused stays in the form."""
        text = ArticleText(
            form["title"], form["symptoms"], form["cause"], form["resolution"], form["category"]
        )
        was, version = _text_of(self.page), self._version
        refusal = await self.attempt(articles.change_article, self._key, version, text)
        self.error = "" if refusal is None else str(refusal)
        await self._show()
        if isinstance(refusal, Stale):
            self._version = self.page.version
            self.error += " Save again to put yours in its place."
        if refusal is None:
            self.is_writing = False
            undo = (articles.put_article_back, (self._key, self.page.version, was))
            await self.tell("Saved.", undo=undo if self.page.version != version else None)

    @rx.event
    @allow(Permission.ARTICLE_PUBLISH)
    async def publish(self) -> None:
        """Let everybody of ours find it."""
        done = await self.call(articles.publish_article, self._key)
        await self._show()
        if done is not None:
            undo = (articles.withdraw_article, (self._key,))
            await self.tell("Published for everybody of ours.", undo=undo)

    @rx.event
    @allow(Permission.ARTICLE_PUBLISH)
    async def withdraw(self) -> None:
        """Make it a draft again."""
        said = await self.call(articles.withdraw_article, self._key)
        await self._show()
        if said is not None:
            await self.tell(said)

    @rx.event
    @allow(Permission.ARTICLE_WRITE)
    async def delete(self) -> Any:
        """Delete the draft as it is shown, and go to the list; the toast brings it back."""
        deleted = await self.call(articles.delete_article, self._key, self.page.version)
        if deleted is None:
            await self._show()
            return None
        undo = (articles.restore_article, (deleted,))
        await self.tell("The draft is deleted.", self.page.title, undo=undo)
        return rx.redirect("/articles")


class TicketArticlesState(AppState):
    """What is known about a ticket's subject, beside it."""

    found: TicketArticles = TicketArticles()

    _reference: str = ""

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def open_part(self) -> None:
        """Read the articles beside the ticket that the address names, and keep them live."""
        self._reference = self._named()
        actor, reference = await self.actor(), self._reference

        def load(session: Session) -> TicketArticles:
            return _beside(session, actor, reference)

        self.found = await self.read(lambda session, _: load(session)) or TicketArticles()
        scope, watches = ("articles of", actor, reference), touching_ticket(self.found.ticket_id)
        keep_live(self, "articles", scope, load, _apply_beside, watches, self.found, rest=1.0)

    @rx.event
    @allow(Permission.ARTICLE_WRITE)
    async def draft(self) -> Any:
        """Draft an article from the ticket, and go to it."""
        key = await self.call(articles.draft_article, self._reference)
        return None if key is None else rx.redirect(article_url(key))


def _beside(session: Session, actor: Actor, reference: str) -> TicketArticles:
    try:
        return ticket_articles(session, actor, reference)
    except NotFound:
        return TicketArticles()


def _text_of(page: ArticlePage) -> ArticleText:
    return ArticleText(page.title, page.symptoms, page.cause, page.resolution, page.category)


def _find(session: Session, actor: Actor, key: int) -> ArticlePage | None:
    try:
        return article_page(session, actor, key)
    except NotFound:
        return None


def _put(state: ArticleState, shown: ArticlePage | None) -> None:
    state.page, state.is_missing, state.is_loaded = shown or ArticlePage(), shown is None, True


async def _apply(root: rx.State, shown: ArticlePage | None) -> None:
    _put(cast(ArticleState, await root.get_state(ArticleState)), shown)


async def _apply_beside(root: rx.State, shown: TicketArticles) -> None:
    cast(TicketArticlesState, await root.get_state(TicketArticlesState)).found = shown


async def _apply_list(root: rx.State, shown: ArticleList) -> None:
    cast(ArticlesState, await root.get_state(ArticlesState)).page = shown

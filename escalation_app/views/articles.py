"""Articles."""

from dataclasses import dataclass

from escalation_app.views.common import Choice


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article in a list."""

    key: int = 0
    url: str = ""
    title: str = ""
    category: str = ""
    is_draft: bool = False
    written_by: str = ""
    changed_at: str = ""
    begins: str = ""
    """How its symptoms begin."""


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One article, with what the reader may do with it."""

    key: int = 0
    title: str = ""
    symptoms: str = ""
    cause: str = ""
    resolution: str = ""
    category: str = ""
    category_name: str = ""
    categories: tuple[Choice, ...] = ()
    is_draft: bool = False
    version: int = 0
    written_by: str = ""
    written_at: str = ""
    changed_at: str = ""
    published_by: str = ""
    published_at: str = ""
    ref: str = ""
    ticket_url: str = ""
    can_change: bool = False
    can_publish: bool = False
    can_withdraw: bool = False
    can_delete: bool = False


@dataclass(frozen=True, slots=True)
class ArticleList:
    """Articles, the newest first, and how many there are."""

    rows: tuple[ArticleLine, ...] = ()
    words: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class TicketArticles:
    """What is known about a ticket's subject. `own` is the article from this ticket, without a key
    while there is none."""

    ticket_id: int = 0
    own: ArticleLine = ArticleLine()
    similar: tuple[ArticleLine, ...] = ()
    can_draft: bool = False

"""Articles: a list, one to read, and those that are about the same as a ticket."""

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.articles import ArticleState, words_of
from escalation_app.domain.errors import NotFound
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.models import ArticleRow, PersonRow
from escalation_app.routes import article_url, ticket_url
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.scope import TICKETS
from escalation_app.services.queries.seen_ticket import see_ticket
from escalation_app.services.tables import columns
from escalation_app.views.articles import ArticleLine, ArticleList, ArticlePage, TicketArticles
from escalation_app.views.common import Choice
from escalation_app.views.words import iso

SHOWN = 100
"""Articles of a list, those that were changed last."""
LOOKED_AT = 1_000
"""How many articles, the newest ones, are compared by their words."""
SIMILAR = 4
BEGINS = 160

_ARTICLES: Any = columns(ArticleRow)
_WRITERS: Any = columns(PersonRow).alias("writer")
_PUBLISHERS: Any = columns(PersonRow).alias("publisher")


def article_list(session: Session, actor: Actor, search: str) -> ArticleList:
    """The articles that have all the words, those that were changed last first; drafts for those
    who may write. Raises NotAllowed."""
    require(actor, Permission.ARTICLE_SEE)
    wanted = [_open_to(actor)]
    wanted += [
        or_(
            _ARTICLES.c.title.icontains(word, autoescape=True),
            _ARTICLES.c.words.contains(word.casefold(), autoescape=True),
        )
        for word in search.split()[:8]
    ]
    rows = session.execute(
        _lines()
        .where(*wanted)
        .order_by(_ARTICLES.c.changed_at.desc(), _ARTICLES.c.id.desc())
        .limit(SHOWN)
    ).all()
    total = session.execute(select(func.count()).select_from(_ARTICLES).where(*wanted)).scalar_one()
    names = _category_names(session)
    words = f"{total} article{'' if total == 1 else 's'}"
    if total > len(rows):
        words = f"the latest {len(rows)} of {total}"
    return ArticleList(tuple(_line(row, names) for row in rows), words, search)


def article_page(session: Session, actor: Actor, key: int) -> ArticlePage:
    """One article. Raises NotAllowed, and NotFound for a draft that is not open to the reader."""
    require(actor, Permission.ARTICLE_SEE)
    row = session.execute(
        select(
            _ARTICLES,
            _WRITERS.c.name.label("writer"),
            _PUBLISHERS.c.name.label("publisher"),
            TICKETS.c.reference,
        )
        .join(_WRITERS, _WRITERS.c.id == _ARTICLES.c.written_by)
        .join(TICKETS, TICKETS.c.id == _ARTICLES.c.ticket_id)
        .outerjoin(_PUBLISHERS, _PUBLISHERS.c.id == _ARTICLES.c.published_by)
        .where(_ARTICLES.c.id == key, _open_to(actor))
    ).first()
    if row is None:
        raise NotFound("That article")
    is_draft = row.state == ArticleState.DRAFT
    may_publish = actor.may(Permission.ARTICLE_PUBLISH)
    names = _category_names(session)
    return ArticlePage(
        key=row.id,
        title=row.title,
        symptoms=row.symptoms,
        cause=row.cause,
        resolution=row.resolution,
        category=row.category,
        category_name=names.get(row.category, ""),
        categories=(
            Choice("", "No category"),
            *(Choice(key, name) for key, name in names.items()),
        ),
        is_draft=is_draft,
        version=row.version,
        written_by=row.writer,
        written_at=iso(row.written_at),
        changed_at=iso(row.changed_at),
        published_by=row.publisher or "",
        published_at=iso(row.published_at),
        ref=row.reference,
        ticket_url=ticket_url(row.reference),
        can_change=actor.may(Permission.ARTICLE_WRITE) and (is_draft or may_publish),
        can_publish=is_draft and may_publish,
        can_withdraw=not is_draft and may_publish,
        can_delete=is_draft and actor.may(Permission.ARTICLE_WRITE),
    )


def ticket_articles(session: Session, actor: Actor, reference: str) -> TicketArticles:
    """The articles that share most words with a ticket's subject, and the one from it. Raises
    NotFound as `see_ticket` does; without the permission there is nothing."""
    ticket = see_ticket(session, actor, reference).ticket
    if not actor.may(Permission.ARTICLE_SEE):
        return TicketArticles(ticket.id)
    names = _category_names(session)
    own = session.execute(
        _lines().where(_ARTICLES.c.ticket_id == ticket.id, _open_to(actor))
    ).first()
    about = words_of(ticket.subject)
    newest = (
        select(_ARTICLES.c.id, _ARTICLES.c.words)
        .where(_ARTICLES.c.ticket_id != ticket.id, _open_to(actor))
        .order_by(_ARTICLES.c.id.desc())
        .limit(LOOKED_AT)
    )
    # One common word of several says little.
    least = 1 if len(about) == 1 else 2
    shared = [
        (count, row.id)
        for row in (session.execute(newest) if about else ())
        if (count := sum(f" {word} " in row.words for word in about)) >= least
    ]
    keys = [key for _, key in sorted(shared, reverse=True)[:SIMILAR]]
    found = {
        row.id: _line(row, names)
        for row in session.execute(_lines().where(_ARTICLES.c.id.in_(keys)))
    }
    return TicketArticles(
        ticket_id=ticket.id,
        own=ArticleLine() if own is None else _line(own, names),
        similar=tuple(found[key] for key in keys),
        can_draft=actor.may(Permission.ARTICLE_WRITE) and own is None,
    )


def _open_to(actor: Actor) -> Any:
    """Drafts are for those who may write."""
    if actor.may(Permission.ARTICLE_WRITE):
        return _ARTICLES.c.id.is_not(None)
    return _ARTICLES.c.state == ArticleState.PUBLISHED.value


def _lines() -> Any:
    return select(
        _ARTICLES.c.id,
        _ARTICLES.c.title,
        _ARTICLES.c.symptoms,
        _ARTICLES.c.category,
        _ARTICLES.c.state,
        _ARTICLES.c.changed_at,
        _WRITERS.c.name.label("writer"),
    ).join(_WRITERS, _WRITERS.c.id == _ARTICLES.c.written_by)


def _line(row: Any, names: dict[str, str]) -> ArticleLine:
    begins = " ".join(row.symptoms.split())
    return ArticleLine(
        key=row.id,
        url=article_url(row.id),
        title=row.title,
        category=names.get(row.category, ""),
        is_draft=row.state == ArticleState.DRAFT,
        written_by=row.writer,
        changed_at=iso(row.changed_at),
        begins=begins if len(begins) <= BEGINS else f"{begins[:BEGINS].rstrip()}…",
    )


def _category_names(session: Session) -> dict[str, str]:
    rules = live_process(session).resolution
    return {} if rules is None else dict(rules.causes)

"""What people do with articles. They are for people of ours alone: a case is quoted in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from escalation_app.domain.articles import ArticleState, ArticleText, found_by
from escalation_app.domain.errors import Invalid, NotFound, Stale
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import Permission, require
from escalation_app.domain.tickets import Side, Ticket
from escalation_app.models import ArticleRow, MessageRow, ResolutionRow
from escalation_app.services.effects import put_on_record
from escalation_app.services.process_versions import live_process
from escalation_app.services.tables import columns
from escalation_app.services.tickets import MAX_SUBJECT, clean, one_line, seen
from escalation_app.services.unit_of_work import UnitOfWork

MAX_PART = 20_000
"""Characters of each part of an article."""

_ARTICLES: Any = columns(ArticleRow)
_MESSAGES: Any = columns(MessageRow)
_RESOLUTIONS: Any = columns(ResolutionRow)


def draft_article(uow: UnitOfWork, reference: str) -> int:
    """Draft an article from what is known of a ticket: its subject, what the customer first wrote,
    the root cause and its category, and what the customer was told last; returns its key.

    Raises NotFound, NotAllowed, and Invalid when there is one already.
    """
    ticket = seen(uow, reference, Permission.TICKET_SEE)
    require(uow.actor, Permission.ARTICLE_WRITE)
    known = select(_ARTICLES.c.id).where(_ARTICLES.c.ticket_id == ticket.id)
    if uow.session.execute(known).first() is not None:
        raise Invalid("There is an article from this ticket already.")
    text = _facts(uow.session, ticket)
    values = {
        "ticket_id": ticket.id,
        **_values(text),
        "state": ArticleState.DRAFT.value,
        "version": 1,
        "written_at": uow.now,
        "written_by": uow.actor.person_id,
        "changed_at": uow.now,
    }
    found = uow.session.execute(insert(_ARTICLES).returning(_ARTICLES.c.id), values)
    key = int(found.scalar_one())
    _record(uow, ticket.id, key, text.title, "drafted")
    return key


def _facts(session: Session, ticket: Ticket) -> ArticleText:
    public = (_MESSAGES.c.ticket_id == ticket.id) & _MESSAGES.c.is_public.is_(True)

    def said(side: Side, *, is_first: bool) -> str:
        order = _MESSAGES.c.id if is_first else _MESSAGES.c.id.desc()
        body = select(_MESSAGES.c.body).where(public, _MESSAGES.c.side == side.value)
        return str(session.execute(body.order_by(order).limit(1)).scalar() or "")

    solved = session.execute(
        select(_RESOLUTIONS.c.cause, _RESOLUTIONS.c.category)
        .where(_RESOLUTIONS.c.ticket_id == ticket.id)
        .order_by(_RESOLUTIONS.c.escalation_id.desc())
        .limit(1)
    ).first()
    return ArticleText(
        title=ticket.subject,
        symptoms=said(Side.THEM, is_first=True)[:MAX_PART],
        cause="" if solved is None else solved.cause,
        resolution=said(Side.US, is_first=False)[:MAX_PART],
        category="" if solved is None else solved.category,
    )


def change_article(uow: UnitOfWork, key: int, version: int, text: ArticleText) -> ArticleText:
    """Write it anew; returns what it said before. One that is published is changed by whoever may
    publish. Raises Stale when somebody has changed it since that version, Invalid, NotAllowed."""
    row = _found(uow, key, Permission.ARTICLE_WRITE)
    if row.state == ArticleState.PUBLISHED:
        require(uow.actor, Permission.ARTICLE_PUBLISH)
    if row.version != version:
        raise Stale("The article")
    kept = _cleaned(uow.session, text)
    if row.state == ArticleState.PUBLISHED:
        _require_solution(kept.resolution)
    was = text_in(row)
    if kept != was:
        _change(uow, row, "changed", **_values(kept))
    return was


def put_article_back(uow: UnitOfWork, key: int, version: int, text: ArticleText) -> str:
    """Undo a change, unless somebody has changed it since; what to say then."""
    change_article(uow, key, version, text)
    return "The article is as it was before."


def publish_article(uow: UnitOfWork, key: int) -> int:
    """Let everybody of ours find it; returns its key. Raises Invalid without a resolution."""
    row = _found(uow, key, Permission.ARTICLE_PUBLISH)
    if row.state == ArticleState.PUBLISHED:
        raise Invalid("It is published already.")
    _require_solution(row.resolution)
    _change(
        uow,
        row,
        "published",
        state=ArticleState.PUBLISHED.value,
        published_at=uow.now,
        published_by=uow.actor.person_id,
    )
    return key


def _require_solution(resolution: str) -> None:
    if not resolution.strip():
        raise Invalid("Say how it was solved: nothing is published without that.")


def withdraw_article(uow: UnitOfWork, key: int) -> str:
    """Make it a draft again; what to say then."""
    row = _found(uow, key, Permission.ARTICLE_PUBLISH)
    if row.state == ArticleState.DRAFT:
        raise Invalid("It is a draft already.")
    draft = ArticleState.DRAFT.value
    _change(uow, row, "withdrawn", state=draft, published_at=None, published_by=None)
    return "It is a draft again."


@dataclass(frozen=True, slots=True)
class DeletedArticle:
    """A draft that was deleted, as it was."""

    key: int
    values: Mapping[str, Any]


def delete_article(uow: UnitOfWork, key: int, version: int) -> DeletedArticle:
    """Delete a draft; what can be put back is returned. Raises Stale when somebody has changed it
    since that version, Invalid for one that is published, NotAllowed, NotFound."""
    row = _found(uow, key, Permission.ARTICLE_WRITE)
    if row.state == ArticleState.PUBLISHED:
        raise Invalid("It is published. Make it a draft before it is deleted.")
    if row.version != version:
        raise Stale("The article")
    uow.session.execute(delete(_ARTICLES).where(_ARTICLES.c.id == key))
    _record(uow, row.ticket_id, key, row.title, "deleted")
    return DeletedArticle(key, dict(row._mapping))


def restore_article(uow: UnitOfWork, deleted: DeletedArticle) -> str:
    """Undo that a draft was deleted; what to say then. Raises Invalid when there is another article
    from its ticket by now."""
    require(uow.actor, Permission.ARTICLE_WRITE)
    values = deleted.values
    same = (_ARTICLES.c.id == deleted.key) | (_ARTICLES.c.ticket_id == values["ticket_id"])
    # Whoever drafts one holds the ticket, so that nobody does between this look and the insert.
    uow.hold([values["ticket_id"]])
    if uow.session.execute(select(_ARTICLES.c.id).where(same)).first() is not None:
        raise Invalid("There is an article from this ticket already.")
    uow.session.execute(insert(_ARTICLES), dict(values))
    _record(uow, values["ticket_id"], deleted.key, values["title"], "put back")
    return "The draft is there again."


def _found(uow: UnitOfWork, key: int, permission: Permission) -> Any:
    require(uow.actor, Permission.ARTICLE_SEE)
    require(uow.actor, permission)
    wanted = select(_ARTICLES).where(_ARTICLES.c.id == key).with_for_update()
    row = uow.session.execute(wanted).first()
    if row is None:
        raise NotFound("That article")
    return row


def _cleaned(session: Session, text: ArticleText) -> ArticleText:
    rules = live_process(session).resolution
    if text.category and (rules is None or text.category not in rules.causes):
        raise Invalid("Choose the category from the list.")

    def part(said: str, what: str) -> str:
        return clean(said, what, MAX_PART) if said.strip() else ""

    return ArticleText(
        title=one_line(text.title, "The title", MAX_SUBJECT),
        symptoms=clean(text.symptoms, "What one sees", MAX_PART),
        cause=part(text.cause, "The cause"),
        resolution=part(text.resolution, "What solves it"),
        category=text.category,
    )


def text_in(row: Any) -> ArticleText:
    """What a row of an article says."""
    return ArticleText(row.title, row.symptoms, row.cause, row.resolution, row.category)


def _values(text: ArticleText) -> dict[str, Any]:
    return {
        "title": text.title,
        "symptoms": text.symptoms,
        "cause": text.cause,
        "resolution": text.resolution,
        "category": text.category,
        "words": found_by(text),
    }


def _change(uow: UnitOfWork, row: Any, what: str, **values: Any) -> None:
    uow.session.execute(
        update(_ARTICLES)
        .where(_ARTICLES.c.id == row.id)
        .values(version=row.version + 1, changed_at=uow.now, **values)
    )
    _record(uow, row.ticket_id, row.id, values.get("title", row.title), what)


def _record(uow: UnitOfWork, ticket_id: int | None, key: int, title: str, what: str) -> None:
    data = {"article": key, "title": title, "what": what}
    event = Event(EventKind.ARTICLE_CHANGED, uow.now, data)
    put_on_record(uow.session, uow.actor, uow.now, event, ticket_id)

"""What people are writing: drafts that wait on the server, and whether a ticket went on without
them meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from escalation_app.domain.errors import NotFound, Overtaken
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.models import ComposerDraftRow, EventRow
from escalation_app.services.bulk import NewRows, is_sqlite, putting, run
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_DRAFTS: Any = columns(ComposerDraftRow)
_EVENTS: Any = columns(EventRow)
_KEY = ("person_id", "ticket_id", "kind")


class Writing(StrEnum):
    """Who shall read what is written."""

    REPLY = "reply"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Draft:
    """Text that was not sent, and the ticket's revision when it was begun."""

    body: str
    begun_revision: int


_PERMISSIONS: Mapping[Writing, Permission] = MappingProxyType(
    {Writing.REPLY: Permission.MESSAGE_SEND, Writing.NOTE: Permission.NOTE_WRITE}
)


def keep_draft(
    uow: UnitOfWork, reference: str, kind: Writing, body: str, begun_revision: int
) -> None:
    """Keep what the actor has typed so far, in place of what they had; an empty text keeps nothing.

    The revision at which a text was begun stays what it was. Raises NotFound, NotAllowed.
    """
    require(uow.actor, _PERMISSIONS[kind])
    ticket_id = _seen_id(uow.session, uow.actor, reference)
    if not body.strip():
        forget_draft(uow, ticket_id, kind)
        return
    mine = _mine(uow.actor, ticket_id, kind)
    known = uow.session.execute(
        update(_DRAFTS).where(*mine).values(body=body, updated_at=uow.now).returning(_DRAFTS.c.kind)
    ).first()
    if known is None:
        _put(uow, ticket_id, kind, Draft(body, begun_revision))


def has_seen(uow: UnitOfWork, reference: str, kind: Writing, revision: int) -> None:
    """The actor was shown what had changed: their draft counts as begun at this revision."""
    ticket_id = _seen_id(uow.session, uow.actor, reference)
    uow.session.execute(
        update(_DRAFTS)
        .where(*_mine(uow.actor, ticket_id, kind))
        .values(begun_revision=revision, updated_at=uow.now)
    )


def forget_draft(uow: UnitOfWork, ticket_id: int, kind: Writing) -> None:
    """What was typed has been sent, or was deleted."""
    uow.session.execute(delete(_DRAFTS).where(*_mine(uow.actor, ticket_id, kind)))


def drafts_of(session: Session, actor: Actor, reference: str) -> dict[Writing, Draft]:
    """What the actor has typed on a ticket and not sent, what they typed last first."""
    ticket_id = _seen_id(session, actor, reference)
    rows = session.execute(
        select(_DRAFTS)
        .where(_DRAFTS.c.person_id == actor.person_id, _DRAFTS.c.ticket_id == ticket_id)
        .order_by(_DRAFTS.c.updated_at.desc())
    )
    return {Writing(row.kind): Draft(row.body, row.begun_revision) for row in rows}


def refuse_overtaken(session: Session, ticket_id: int, since: int) -> None:
    """Raise Overtaken when since this revision something happened that a reply must know of: a
    public message of anybody's, or the end of the ticket."""
    rows = session.execute(
        select(_EVENTS.c.kind, _EVENTS.c.actor_name)
        .where(
            _EVENTS.c.ticket_id == ticket_id,
            _EVENTS.c.revision > since,
            _EVENTS.c.kind.in_(list(_MATTERS)),
        )
        .order_by(_EVENTS.c.revision, _EVENTS.c.number)
    )
    changes = [f"{row.actor_name} {_MATTERS[row.kind]}" for row in rows]
    if changes:
        raise Overtaken(list(dict.fromkeys(changes)))


_MATTERS: Mapping[str, str] = MappingProxyType(
    {
        EventKind.MESSAGE_RECEIVED.value: "wrote",
        EventKind.MESSAGE_SENT.value: "answered the customer",
        EventKind.TICKET_RESOLVED.value: "resolved the ticket",
        EventKind.TICKET_CLOSED.value: "closed the ticket",
        EventKind.TICKET_REOPENED.value: "reopened the ticket",
        EventKind.TICKET_MERGED.value: "merged the ticket into another one",
        EventKind.MERGE_RECEIVED.value: "merged another ticket into this one",
    }
)


def _seen_id(session: Session, actor: Actor, reference: str) -> int:
    key = session.execute(
        select(TICKETS.c.id).where(TICKETS.c.reference == reference, visible(actor))
    ).scalar_one_or_none()
    if key is None:
        raise NotFound("That ticket")
    return int(key)


def _mine(actor: Actor, ticket_id: int, kind: Writing) -> tuple[Any, ...]:
    return (
        _DRAFTS.c.person_id == actor.person_id,
        _DRAFTS.c.ticket_id == ticket_id,
        _DRAFTS.c.kind == kind.value,
    )


def _put(uow: UnitOfWork, ticket_id: int, kind: Writing, draft: Draft) -> None:
    values = (uow.actor.person_id, ticket_id, kind.value, draft.body, draft.begun_revision, uow.now)
    new = NewRows(_DRAFTS, (*_KEY, "body", "begun_revision", "updated_at"), [values])
    run(uow.session, putting(new, _KEY, is_sqlite=is_sqlite(uow.session)))

"""Files that go with messages: uploaded first, sent with a message, read by whoever may read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from escalation_app.domain.attachments import MOST_FILES, MOST_WAITING
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.models import AttachmentRow, MessageRow
from escalation_app.services import file_store
from escalation_app.services.bulk import insert_rows
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_FILES: Any = columns(AttachmentRow)
_MESSAGES: Any = columns(MessageRow)
WAITS_FOR = timedelta(days=1)
"""How long a file that was uploaded and never sent is kept."""
_WRITERS = (Permission.TICKET_OPEN, Permission.MESSAGE_SEND, Permission.NOTE_WRITE)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file whose content has arrived whole. `size` is in bytes, `digest` its SHA-256.
    `waits`: it is its uploader's alone, who has not sent it."""

    key: str
    name: str
    media_type: str
    size: int
    digest: str
    waits: bool = False


def may_upload(actor: Actor) -> None:
    """Raises NotAllowed for somebody who can write nothing a file could go with."""
    if not any(actor.may(permission) for permission in _WRITERS):
        raise NotAllowed


def register(uow: UnitOfWork, file: Uploaded) -> tuple[str, ...]:
    """Note a file that the actor has uploaded; it is theirs alone until they send it.

    Gives the keys of files of theirs that have waited too long and were forgotten. Raises
    NotAllowed, and Invalid when too many wait.
    """
    may_upload(uow.actor)
    mine = (_FILES.c.uploader_id == uow.actor.person_id, _FILES.c.message_id.is_(None))
    old = _FILES.c.created_at < uow.now - WAITS_FOR
    forgotten = uow.session.execute(delete(_FILES).where(*mine, old).returning(_FILES.c.key))
    keys = tuple(forgotten.scalars())
    waiting = uow.session.execute(select(func.count()).where(*mine)).scalar_one()
    if waiting >= MOST_WAITING:
        raise Invalid(f"{waiting} files wait to be sent. Send some of them first.")
    row = {
        "key": file.key,
        "uploader_id": uow.actor.person_id,
        "ticket_id": None,
        "message_id": None,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "digest": file.digest,
        "created_at": uow.now,
    }
    insert_rows(uow.session, _FILES, [row])
    return keys


def attach(uow: UnitOfWork, ticket_id: int, keys: Sequence[str]) -> None:
    """Let files that the actor has uploaded go with the newest message of a ticket, which this
    transaction has just written.

    Raises Invalid for too many, NotFound for one that is not there, somebody else's, or sent.
    """
    if not keys:
        return
    wanted = set(keys)
    if len(wanted) > MOST_FILES:
        raise Invalid(f"At most {MOST_FILES} files go with one message.")
    newest = select(func.max(_MESSAGES.c.id)).where(_MESSAGES.c.ticket_id == ticket_id)
    attached = uow.session.execute(
        update(_FILES)
        .where(
            _FILES.c.key.in_(wanted),
            _FILES.c.uploader_id == uow.actor.person_id,
            _FILES.c.message_id.is_(None),
        )
        .values(ticket_id=ticket_id, message_id=newest.scalar_subquery())
        .returning(_FILES.c.key)
    )
    if len(attached.all()) != len(wanted):
        raise NotFound("A file")


def copy_files(session: Session, messages: Mapping[int, int], ticket_id: int) -> None:
    """Let the files of messages go with their copies in another ticket too: `messages` by the id of
    the message that has them the id of its copy."""
    files = select(_FILES).where(_FILES.c.message_id.in_(list(messages))).order_by(_FILES.c.id)
    copies: list[dict[str, Any]] = []
    for row in session.execute(files).mappings():
        values = {name: row[name] for name in row if name != "id"}
        values["key"] = file_store.share(row["key"])
        values |= {"ticket_id": ticket_id, "message_id": messages[row["message_id"]]}
        copies.append(values)
    if copies:
        insert_rows(session, _FILES, copies)


def find_attachment(session: Session, actor: Actor, key: str) -> Uploaded:
    """A file that the actor may read: one that goes with a message they may read, or that they
    have uploaded and not sent. Raises NotFound for every other one."""
    row = session.execute(
        select(_FILES, _MESSAGES.c.is_public, TICKETS.c.id.label("seen_id"))
        .outerjoin(_MESSAGES, _MESSAGES.c.id == _FILES.c.message_id)
        .outerjoin(TICKETS, (TICKETS.c.id == _FILES.c.ticket_id) & visible(actor))
        .where(_FILES.c.key == key)
    ).first()
    if row is None:
        raise NotFound("That file")
    if row.message_id is None:
        is_open = row.uploader_id == actor.person_id
    else:
        is_open = row.seen_id is not None and (row.is_public or actor.may(Permission.NOTE_SEE))
    if not is_open:
        raise NotFound("That file")
    waits = row.message_id is None
    return Uploaded(row.key, row.name, row.media_type, row.size, row.digest, waits)

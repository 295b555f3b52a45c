"""What people write on tickets and have not sent yet, and the files that go with it."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, UtcDateTime


class ComposerDraftRow(SQLModel, table=True):
    """What a person has typed on a ticket and not sent: a reply, or a note. `begun_revision` is
    what the ticket was at when they began it, or last looked at what had changed."""

    __tablename__ = "composer_draft"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BIG_ID)
    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id", index=True, sa_type=BIG_ID)
    kind: str = Field(primary_key=True, max_length=10)
    body: str
    begun_revision: int
    updated_at: datetime = Field(sa_type=UtcDateTime)


class AttachmentRow(SQLModel, table=True):
    """A file that somebody uploaded; its content stands under DATA_DIR by its `key`. Until it is
    sent it has no message and is its uploader's alone."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_waiting", "uploader_id", "message_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    key: str = Field(unique=True, max_length=40)
    uploader_id: int = Field(foreign_key="person.id", sa_type=BIG_ID)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", index=True, sa_type=BIG_ID)
    message_id: int | None = Field(
        default=None, foreign_key="message.id", index=True, sa_type=BIG_ID
    )
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size: int = Field(sa_type=BIG_ID)
    digest: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)

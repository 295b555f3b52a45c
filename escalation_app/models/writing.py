"""What people are writing on tickets and have not sent yet."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

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

"""What people have set about the queue: views, columns, what they put off and what they saw."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, PLAIN_JSON, UtcDateTime


class SavedViewRow(SQLModel, table=True):
    """A view that somebody saved. `query` is what its address says of filters, order and columns.

    `shared_with` is "" for the owner alone, a team's key, or "*" for everybody of ours. One that
    was deleted stays, so that it can be put back.
    """

    __tablename__ = "saved_view"
    __table_args__ = (
        Index(
            "uq_saved_view_name",
            "owner_id",
            "name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    owner_id: int = Field(foreign_key="person.id", sa_type=BIG_ID)
    name: str = Field(max_length=60)
    shared_with: str = Field(default="", max_length=60)
    query: dict[str, Any] = Field(default_factory=dict, sa_type=PLAIN_JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class QueuePreferenceRow(SQLModel, table=True):
    """How somebody's queue looks; nobody who has set nothing has a row.

    `columns` are the keys of those they chose, in their order. `default_view_id` is the view they
    begin with. What changed before `seen_at` they have seen.
    """

    __tablename__ = "queue_preference"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BIG_ID)
    columns: list[Any] = Field(default_factory=list, sa_type=PLAIN_JSON)
    default_view_id: int | None = Field(default=None, foreign_key="saved_view.id", sa_type=BIG_ID)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TicketSeenRow(SQLModel, table=True):
    """Somebody has seen a ticket as it was at a revision, after their `seen_at`."""

    __tablename__ = "ticket_seen"
    __table_args__ = {"sqlite_with_rowid": False}

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BIG_ID)
    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id", sa_type=BIG_ID)
    revision: int


class SnoozeRow(SQLModel, table=True):
    """Somebody does not want to see a ticket in their queue until an instant, or until its
    customer answers (`until_at` is null). What is over is seen all the same."""

    __tablename__ = "snooze"
    __table_args__ = {"sqlite_with_rowid": False}

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BIG_ID)
    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id", sa_type=BIG_ID)
    since_at: datetime = Field(sa_type=UtcDateTime)
    until_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

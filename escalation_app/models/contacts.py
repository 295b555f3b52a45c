"""Calls, meetings and visits of tickets."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, UtcDateTime


class ContactRow(SQLModel, table=True):
    """A contact that somebody of ours logged (domain.contacts), numbered within its ticket. One
    that was taken back stays, and says so."""

    __tablename__ = "contact"
    __table_args__ = {"sqlite_with_rowid": False}

    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id", sa_type=BIG_ID)
    number: int = Field(primary_key=True)
    kind: str = Field(max_length=20)
    with_whom: str = Field(max_length=200)
    began_at: datetime = Field(sa_type=UtcDateTime)
    minutes: int
    outcome: str
    is_public: bool
    reached: bool
    logged_at: datetime = Field(sa_type=UtcDateTime)
    logged_by: int = Field(foreign_key="person.id", sa_type=BIG_ID)
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    taken_back_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)

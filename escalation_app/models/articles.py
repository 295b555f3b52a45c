"""What people have learned from cases."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, UtcDateTime


class ArticleRow(SQLModel, table=True):
    """An article, drafted from the ticket it belongs to: one of each ticket. `words` is what it is
    found by (domain.articles); `version` counts its changes."""

    __tablename__ = "article"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    ticket_id: int = Field(foreign_key="ticket.id", unique=True, sa_type=BIG_ID)
    title: str = Field(max_length=300)
    symptoms: str
    cause: str = ""
    resolution: str = ""
    category: str = Field(default="", max_length=60)
    words: str = ""
    state: str = Field(max_length=20)
    version: int = 1
    written_at: datetime = Field(sa_type=UtcDateTime)
    written_by: int = Field(foreign_key="person.id", sa_type=BIG_ID)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    published_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)

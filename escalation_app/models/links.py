"""How tickets belong together."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, UtcDateTime


class TicketLinkRow(SQLModel, table=True):
    """One ticket in its relation to another one (domain.links.LinkKind), said from the first one's
    side. A ticket is merged into at most one."""

    __tablename__ = "ticket_link"
    __table_args__ = (
        Index("ix_ticket_link_other", "other_id"),
        Index(
            "uq_ticket_link_merged",
            "ticket_id",
            unique=True,
            sqlite_where=text("kind = 'merged_into'"),
            postgresql_where=text("kind = 'merged_into'"),
        ),
    )

    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id", sa_type=BIG_ID)
    other_id: int = Field(primary_key=True, foreign_key="ticket.id", sa_type=BIG_ID)
    kind: str = Field(primary_key=True, max_length=20)
    linked_at: datetime = Field(sa_type=UtcDateTime)
    linked_by: int = Field(foreign_key="person.id", sa_type=BIG_ID)

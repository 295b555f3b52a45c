"""What stands in the fields that a process defines for a ticket."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID


class TicketFieldRow(SQLModel, table=True):
    """A field of a ticket that is filled in, by its key in the process (domain.fields)."""

    __tablename__ = "ticket_field"
    __table_args__ = {"sqlite_with_rowid": False}

    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id", sa_type=BIG_ID)
    key: str = Field(primary_key=True, max_length=60)
    value: str = Field(max_length=200)

"""How escalated cases are solved."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, PLAIN_JSON, UtcDateTime


class ResolutionRow(SQLModel, table=True):
    """What is written down about the solution of one escalation. `held` are keys of the process's
    criteria; the prevention has an owner and a due time when there is one."""

    __tablename__ = "resolution"

    escalation_id: int = Field(primary_key=True, foreign_key="escalation.id", sa_type=BIG_ID)
    ticket_id: int = Field(foreign_key="ticket.id", index=True, sa_type=BIG_ID)
    held: list[str] = Field(default_factory=list, sa_type=PLAIN_JSON)
    cause: str = ""
    side: str = Field(default="", max_length=20)
    category: str = Field(default="", max_length=60)
    prevention: str = ""
    prevention_owner_id: int | None = Field(
        default=None, foreign_key="person.id", index=True, sa_type=BIG_ID
    )
    prevention_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    prevention_state: str = Field(
        default="open", max_length=20, sa_column_kwargs={"server_default": "open"}
    )
    prevention_reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """What came of it, or why it was last moved."""
    prevention_ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    prevention_reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    prevention_wakes_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    """When its owner is reminded next."""
    noted_at: datetime = Field(sa_type=UtcDateTime)
    noted_by: int = Field(foreign_key="person.id", sa_type=BIG_ID)

"""Dates that were added to calendars on top of the published process."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, PLAIN_JSON, UtcDateTime


class CalendarDayRow(SQLModel, table=True):
    """One added date of a calendar (domain.calendar_days.AddedDay); it counts until it is removed.

    `revision` orders all changes, and `stamp` is unlike that of any other change. `applied_at` is
    empty until the clocks of all open tickets follow; those with ids up to `reached_id` do, except
    for the tickets `left_out`, on which counting failed: once all others follow, they are tried
    again at `retry_at`.
    """

    __tablename__ = "calendar_day"
    __table_args__ = (
        Index(
            "uq_calendar_day",
            "calendar",
            "on_date",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    calendar: str = Field(max_length=60)
    on_date: date
    kind: str = Field(max_length=20)
    name: str = Field(max_length=80)
    hours: list[Any] = Field(default_factory=list, sa_type=PLAIN_JSON)
    added_at: datetime = Field(sa_type=UtcDateTime)
    added_by: str = Field(max_length=200)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed_by: str = Field(default="", max_length=200)
    revision: int = Field(unique=True, sa_type=BIG_ID)
    stamp: str = Field(max_length=32)
    reached_id: int = Field(default=0, sa_type=BIG_ID)
    left_out: list[int] = Field(default_factory=list, sa_type=PLAIN_JSON)
    retry_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    applied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

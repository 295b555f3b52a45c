"""What the engine runs on: timers, outbox, heartbeat, process versions, import batches."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, OPTIONAL_JSON, PLAIN_JSON, UtcDateTime


class TimerRow(SQLModel, table=True):
    """The next instant at which something of a subject is to be decided.

    One row a subject, replaced whenever the instant changes: a timer only wakes, what is due is
    decided from the subject's own state, so a stale timer can do nothing wrong. `lane` is the
    organisation of the subject: of many that are due, each organisation's are fired in turn.
    """

    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due", "due_at", "lane"), {"sqlite_with_rowid": False})

    subject_type: str = Field(primary_key=True, max_length=20)
    subject_id: int = Field(primary_key=True, sa_type=BIG_ID)
    lane: int = Field(default=0, sa_type=BIG_ID)
    due_at: datetime = Field(sa_type=UtcDateTime)
    failures: int = 0


class CounterRow(SQLModel, table=True):
    """A running number, taken in blocks inside the writing transaction."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True, max_length=40)
    value: int = Field(sa_type=BIG_ID)


class OutboxRow(SQLModel, table=True):
    """One message to one person by one way, or to a channel that many read.

    It tells of the event `event_id`, once to each; what tells of no single event, and what goes to
    a channel, has a `dedupe_key`. `data` stands only where it is another than the event's.
    `channel` is the way: in_app, email, or "post:" and the key of a channel, whose rows have no
    person. An in_app row is the notice itself: it is sent when it is written, and read at
    `read_at`. `is_forced`: no setting of the person silences or delays it.
    `state`: pending, leased, sent, kept (its way is not set up), digest (waits to be collected
    with others from `next_attempt_at` on), digested, suppressed, dead.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("uq_outbox_event", "event_id", "person_id", "channel", unique=True),
        Index(
            "uq_outbox_dedupe",
            "dedupe_key",
            unique=True,
            sqlite_where=text("dedupe_key IS NOT NULL"),
            postgresql_where=text("dedupe_key IS NOT NULL"),
        ),
        # Most messages are sent, many of them by being written: they are in nobody's way here.
        Index(
            "ix_outbox_work",
            "state",
            "next_attempt_at",
            "id",
            sqlite_where=text("state <> 'sent'"),
            postgresql_where=text("state <> 'sent'"),
        ),
        Index("ix_outbox_bell", "person_id", "channel", "read_at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    event_id: int | None = Field(default=None, foreign_key="event.id", sa_type=BIG_ID)
    dedupe_key: str | None = Field(default=None, max_length=200)
    channel: str = Field(max_length=60)
    person_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    ticket_id: int | None = Field(default=None, sa_type=BIG_ID)
    kind: str = Field(max_length=40)
    data: dict[str, Any] | None = Field(default=None, sa_type=OPTIONAL_JSON)
    is_forced: bool = False
    state: str = Field(max_length=20)
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    lease_owner: str = Field(default="", max_length=60)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    note: str = Field(default="", max_length=500)


class HeartbeatRow(SQLModel, table=True):
    """The last sweep of each engine.

    `held_until` is set while it fires nothing because its clock was set, by `jumped_us`; the hold
    that somebody has confirmed stands in `confirmed_hold`. `lag_us` is how late it noticed, or has
    not noticed yet, the earliest timer. Its auditor has looked at `audited_total` tickets and set
    the timers of `repaired_total`.
    """

    __tablename__ = "heartbeat"

    engine: str = Field(primary_key=True, max_length=80)
    at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime = Field(sa_type=UtcDateTime)
    sweep_us: int = 0
    lag_us: int = Field(default=0, sa_type=BIG_ID)
    fired_total: int = 0
    failed_total: int = 0
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    jumped_us: int = Field(default=0, sa_type=BIG_ID)
    confirmed_hold: datetime | None = Field(default=None, sa_type=UtcDateTime)
    audited_total: int = Field(default=0, sa_type=BIG_ID)
    repaired_total: int = 0


class ProcessVersionRow(SQLModel, table=True):
    """An immutable published process: one row, one document (YAML), and the public holidays it
    names as they were known then (services.public_holidays.to_keep)."""

    __tablename__ = "process_version"

    version: int = Field(primary_key=True)
    document: str
    checksum: str = Field(max_length=64)
    note: str = Field(default="", max_length=300)
    published_at: datetime = Field(sa_type=UtcDateTime)
    published_by: str = Field(max_length=200)
    public_holidays: dict[str, Any] = Field(default_factory=dict, sa_type=PLAIN_JSON)


class ImportBatchRow(SQLModel, table=True):
    """One run of an import. `state`: publishing, done or withdrawn.

    `owner` is "host/process id" and `beat_at` when it last wrote: a run that ended without a word
    is withdrawn by the next one. `shift_weeks` is how far the times of its source were moved.
    """

    __tablename__ = "import_batch"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    mapping: str = Field(max_length=120)
    source: str = Field(max_length=60, index=True)
    file_name: str = Field(max_length=300)
    state: str = Field(max_length=20)
    owner: str = Field(default="", max_length=120)
    started_at: datetime = Field(sa_type=UtcDateTime)
    beat_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    shift_weeks: int = 0
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=PLAIN_JSON)


class ImportTraceRow(SQLModel, table=True):
    """What a run under way would have to take back besides its tickets; none once it is done.

    `kind`: person or organisation that it added, or replaced, with the rows of the ticket whose
    place a longer history took.
    """

    __tablename__ = "import_trace"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    batch_id: int = Field(foreign_key="import_batch.id", index=True, sa_type=BIG_ID)
    kind: str = Field(max_length=20)
    row_id: int = Field(sa_type=BIG_ID)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=PLAIN_JSON)

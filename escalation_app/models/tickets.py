"""Tickets, their messages, clocks, escalations, path runs and record of events."""

# SQLModel declares __tablename__ as a declared_attr; a plain name is what it documents.
# pyright: reportAssignmentType=false

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from escalation_app.models.types import BIG_ID, PLAIN_JSON, UtcDateTime


class TicketRow(SQLModel, table=True):
    """One ticket. The `pressing_*` and `sort_at` columns repeat its most pressing clock
    (domain.tickets.pressing), so that a queue is one indexed read."""

    __tablename__ = "ticket"
    __table_args__ = (
        # In the order of a queue, with all that a queue is filtered and sorted by.
        Index(
            "ix_ticket_queue",
            "is_open",
            "sort_at",
            "tier",
            "severity",
            "status",
            "pressing_state",
            "pressing_soon_at",
            "assignee_id",
            "team",
            "plan",
            "created_at",
            "last_contact_at",
            "organisation_id",
            "tags",
        ),
        Index("ix_ticket_tier_queue", "is_open", "tier", "sort_at"),
        Index("ix_ticket_tier_age", "is_open", "tier", "created_at"),
        Index("ix_ticket_assignee_queue", "assignee_id", "is_open", "sort_at"),
        # All that is counted on boards and beside queues stands in this index.
        Index(
            "ix_ticket_standing",
            "is_open",
            "tier",
            "severity",
            "pressing_state",
            "sort_at",
            "pressing_soon_at",
            "assignee_id",
        ),
        Index("ix_ticket_resolved", "resolved_at"),
        Index("ix_ticket_organisation", "organisation_id", "created_at"),
        Index("ix_ticket_requester", "requester_id", "created_at"),
        # Tags stand apart, for the few tickets that have some.
        Index(
            "ix_ticket_tags",
            "is_open",
            "tags",
            sqlite_where=text("tags <> ''"),
            postgresql_where=text("tags <> ''"),
        ),
        # The escalated ones apart, by what presses most, for the list and the boards that show
        # the first few of them and count how many are over.
        Index(
            "ix_ticket_escalated",
            "sort_at",
            "id",
            "pressing_state",
            sqlite_where=text("is_escalated IS 1"),
            postgresql_where=text("is_escalated IS TRUE"),
        ),
        UniqueConstraint("source", "source_ref", name="uq_ticket_source"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    reference: str = Field(unique=True, max_length=40)
    subject: str = Field(max_length=300)
    category: str = Field(default="", max_length=120)
    channel: str = Field(default="portal", max_length=30)
    organisation_id: int = Field(foreign_key="organisation.id", sa_type=BIG_ID)
    requester_id: int = Field(foreign_key="person.id", sa_type=BIG_ID)
    plan: str = Field(max_length=60)
    impact: str = Field(max_length=60)
    urgency: str = Field(max_length=60)
    severity: int
    status: str = Field(max_length=30)
    is_open: bool
    tier: int
    team: str = Field(max_length=60)
    assignee_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    process_version: int = Field(foreign_key="process_version.version")
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_contact_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_contact_by: str | None = Field(default=None, max_length=10)
    last_move: str = Field(default="", max_length=300)
    last_moved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    close_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    floor_used: bool = False
    muted: str = Field(default="", max_length=300)
    revision: int = 0
    pressing_state: str = Field(max_length=20)
    pressing_metric: str = Field(default="", max_length=30)
    pressing_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pressing_from_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pressing_soon_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sort_at: datetime = Field(sa_type=UtcDateTime)
    is_escalated: bool = False
    has_commitments: bool = False
    tags: str = Field(default="", max_length=400)
    """Its tags with a space before and after each; "" when it has none."""
    source: str | None = Field(default=None, max_length=60)
    source_ref: str | None = Field(default=None, max_length=120)
    source_digest: str | None = Field(default=None, max_length=64)
    import_batch_id: int | None = Field(default=None, index=True, sa_type=BIG_ID)


class MessageRow(SQLModel, table=True):
    """A message of the conversation. `side` is us or them; a note is not public."""

    __tablename__ = "message"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    ticket_id: int = Field(foreign_key="ticket.id", index=True, sa_type=BIG_ID)
    at: datetime = Field(sa_type=UtcDateTime)
    author_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    author_name: str = Field(max_length=200)
    side: str = Field(max_length=10)
    is_public: bool
    is_automatic: bool = False
    body: str


class ClockRow(SQLModel, table=True):
    """One SLA clock (domain.clocks.Clock). Lengths are whole microseconds."""

    __tablename__ = "clock"
    __table_args__ = (
        UniqueConstraint("subject_type", "subject_id", "metric", "cycle", name="uq_clock"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    subject_type: str = Field(default="ticket", max_length=20)
    subject_id: int = Field(sa_type=BIG_ID)
    metric: str = Field(max_length=30)
    cycle: int
    state: str = Field(max_length=20)
    target_us: int = Field(sa_type=BIG_ID)
    calendar: str = Field(max_length=60)
    policy: str = Field(max_length=60)
    started_at: datetime = Field(sa_type=UtcDateTime)
    running_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    consumed_us: int = Field(default=0, sa_type=BIG_ID)
    stretches: list[Any] = Field(default_factory=list, sa_type=PLAIN_JSON)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    breached_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    noticed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pause_reason: str = Field(default="", max_length=60)
    revision: int = 1
    mark_us: int = Field(default=0, sa_type=BIG_ID)
    due_by_retarget: bool = False


class EscalationRow(SQLModel, table=True):
    """An escalation of a ticket; at most one is active (ended_at is null)."""

    __tablename__ = "escalation"
    __table_args__ = (
        Index(
            "uq_escalation_active",
            "ticket_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    ticket_id: int = Field(foreign_key="ticket.id", index=True, sa_type=BIG_ID)
    kind: str = Field(max_length=20)
    reason: str
    requested_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    from_tier: int
    started_at: datetime = Field(sa_type=UtcDateTime)
    manager_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    executive_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_reason: str = ""
    nudged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PathRunRow(SQLModel, table=True):
    """A run of an escalation path; at most one per ticket is active."""

    __tablename__ = "path_run"
    __table_args__ = (
        Index(
            "uq_path_run_active",
            "ticket_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    ticket_id: int = Field(foreign_key="ticket.id", index=True, sa_type=BIG_ID)
    path: str = Field(max_length=60)
    process_version: int = Field(foreign_key="process_version.version")
    started_at: datetime = Field(sa_type=UtcDateTime)
    trigger: str = Field(max_length=120)
    cycle: int = 1
    next_step: int = 0
    next_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_reason: str = Field(default="", max_length=300)
    ask: dict[str, Any] = Field(default_factory=dict, sa_type=PLAIN_JSON)
    held_us: int = Field(default=0, sa_type=BIG_ID)


class PathStepRow(SQLModel, table=True):
    """A step that was taken. The key makes a second firing impossible."""

    __tablename__ = "path_step"
    __table_args__ = {"sqlite_with_rowid": False}

    run_id: int = Field(primary_key=True, foreign_key="path_run.id", sa_type=BIG_ID)
    step: int = Field(primary_key=True)
    loop: int = Field(primary_key=True, default=0)
    taken_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    outcome: str = Field(max_length=20)
    told: list[Any] = Field(default_factory=list, sa_type=PLAIN_JSON)
    text: str = ""


class ObligationRow(SQLModel, table=True):
    """What somebody of ours owes to a case, numbered within its ticket. Its clock is the ticket's
    of the metric `obligation` and that cycle."""

    __tablename__ = "obligation"
    __table_args__ = (Index("ix_obligation_person", "person_id", "state"),)

    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id", sa_type=BIG_ID)
    number: int = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", sa_type=BIG_ID)
    text: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    role: str = Field(default="", max_length=120)
    is_priority: bool = False
    is_call: bool = False
    state: str = Field(max_length=20)
    reason: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    instead_of: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    nudged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PromiseRow(SQLModel, table=True):
    """What was promised to a customer, numbered within its ticket. Its clock is the ticket's of
    the metric `promise` and that cycle."""

    __tablename__ = "promise"
    __table_args__ = (Index("ix_promise_owner", "owner_id", "state"),)

    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id", sa_type=BIG_ID)
    number: int = Field(primary_key=True)
    owner_id: int = Field(foreign_key="person.id", sa_type=BIG_ID)
    text: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: int = Field(foreign_key="person.id", sa_type=BIG_ID)
    replaces: int | None = None
    state: str = Field(max_length=20)
    reason: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    doubts: str = ""
    override_reason: str = ""


class EscalationRequestRow(SQLModel, table=True):
    """An escalation that a customer asked for, numbered within its ticket. Its clock is the
    ticket's of the metric `triage` and that cycle."""

    __tablename__ = "escalation_request"

    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id", sa_type=BIG_ID)
    number: int = Field(primary_key=True)
    requested_by: int = Field(foreign_key="person.id", sa_type=BIG_ID)
    reason: str
    requested_at: datetime = Field(sa_type=UtcDateTime)
    triaged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    triaged_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    outcome: str = Field(default="", max_length=300)


class EventRow(SQLModel, table=True):
    """The append-only record of everything that happened.

    `revision` is what the decision left the ticket at and `number` the event's place in it: one
    decision cannot be written twice. `once` names what can happen only once whatever is decided:
    a breach of a clock, a warning of a revision of its target.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_kind", "kind", "at"),
        Index("uq_event_decision", "ticket_id", "revision", "number", unique=True),
        Index(
            "uq_event_once",
            "once",
            unique=True,
            sqlite_where=text("once IS NOT NULL"),
            postgresql_where=text("once IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_ID)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id", sa_type=BIG_ID)
    revision: int | None = None
    number: int | None = None
    once: str | None = Field(default=None, max_length=120)
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    kind: str = Field(max_length=40)
    actor_kind: str = Field(max_length=20)
    actor_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG_ID)
    actor_name: str = Field(max_length=200)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=PLAIN_JSON)

"""All tables. Importing this package registers them on SQLModel.metadata."""

from escalation_app.models.engine import (
    CounterRow,
    HeartbeatRow,
    ImportBatchRow,
    ImportTraceRow,
    OutboxRow,
    ProcessVersionRow,
    TimerRow,
)
from escalation_app.models.people import (
    AuthSessionRow,
    OrganisationRow,
    PersonRoleRow,
    PersonRow,
    SignInAttemptRow,
)
from escalation_app.models.tickets import (
    ClockRow,
    EscalationRow,
    EventRow,
    MessageRow,
    PathRunRow,
    PathStepRow,
    TicketRow,
)

__all__ = [
    "AuthSessionRow",
    "ClockRow",
    "CounterRow",
    "EscalationRow",
    "EventRow",
    "HeartbeatRow",
    "ImportBatchRow",
    "ImportTraceRow",
    "MessageRow",
    "OrganisationRow",
    "OutboxRow",
    "PathRunRow",
    "PathStepRow",
    "PersonRoleRow",
    "PersonRow",
    "ProcessVersionRow",
    "SignInAttemptRow",
    "TicketRow",
    "TimerRow",
]

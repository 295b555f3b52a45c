"""All tables. Importing this package registers them on SQLModel.metadata."""

from escalation_app.models.articles import ArticleRow
from escalation_app.models.calendars import CalendarDayRow
from escalation_app.models.contacts import ContactRow
from escalation_app.models.engine import (
    CounterRow,
    HeartbeatRow,
    ImportBatchRow,
    ImportTraceRow,
    OutboxRow,
    ProcessVersionRow,
    TimerRow,
)
from escalation_app.models.fields import TicketFieldRow
from escalation_app.models.links import TicketLinkRow
from escalation_app.models.people import (
    AbsenceRow,
    AuthSessionRow,
    NoticePreferenceRow,
    OrganisationRow,
    PersonRoleRow,
    PersonRow,
    SignInAttemptRow,
)
from escalation_app.models.queue import (
    QueuePreferenceRow,
    SavedViewRow,
    SnoozeRow,
    TicketSeenRow,
)
from escalation_app.models.resolution import ResolutionRow
from escalation_app.models.tickets import (
    ClockRow,
    EscalationRequestRow,
    EscalationRow,
    EventRow,
    MessageRow,
    ObligationRow,
    PathRunRow,
    PathStepRow,
    PromiseRow,
    TicketRow,
)
from escalation_app.models.writing import AttachmentRow, ComposerDraftRow

__all__ = [
    "AbsenceRow",
    "ArticleRow",
    "AttachmentRow",
    "AuthSessionRow",
    "CalendarDayRow",
    "ClockRow",
    "ComposerDraftRow",
    "ContactRow",
    "CounterRow",
    "EscalationRequestRow",
    "EscalationRow",
    "EventRow",
    "HeartbeatRow",
    "ImportBatchRow",
    "ImportTraceRow",
    "MessageRow",
    "NoticePreferenceRow",
    "ObligationRow",
    "OrganisationRow",
    "OutboxRow",
    "PathRunRow",
    "PathStepRow",
    "PersonRoleRow",
    "PersonRow",
    "ProcessVersionRow",
    "PromiseRow",
    "QueuePreferenceRow",
    "ResolutionRow",
    "SavedViewRow",
    "SignInAttemptRow",
    "SnoozeRow",
    "TicketFieldRow",
    "TicketLinkRow",
    "TicketRow",
    "TicketSeenRow",
    "TimerRow",
]

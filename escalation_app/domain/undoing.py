"""Taking back what somebody has just done to a ticket: a decision of its own, on record."""

from dataclasses import dataclass
from datetime import datetime

from escalation_app.domain.clocks import Clock, Metric
from escalation_app.domain.commitments import EscalationRequest, Obligation
from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid, Stale
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.lifecycle import go_to, take_up_by_us
from escalation_app.domain.permissions import Permission
from escalation_app.domain.tickets import (
    OPEN_STATUSES,
    Decision,
    Escalation,
    PathRun,
    Status,
    Ticket,
)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to a ticket, and what it was like before.

    `since` is the revision before, `revision` the one it was left at. `ended_path` when an
    escalation path, or the escalation, ended with it: that cannot be taken back.
    """

    reference: str
    what: str
    permission: Permission
    since: int
    revision: int
    assignee_id: int | None
    status: Status
    tags: frozenset[str]
    ended_path: bool = False


@dataclass(frozen=True, slots=True)
class DutyDone:
    """What somebody said of an obligation, and what it and its clock were like before. `since`,
    `revision` and `ended_path` are those of `Done`."""

    reference: str
    since: int
    revision: int
    was: Obligation
    clock: Clock | None
    ended_path: bool = False


def duty_done(number: int, decision: Decision) -> DutyDone:
    """What a decision about an obligation that was owed did."""
    before, after = decision.before, decision.after
    assert before is not None
    return DutyDone(
        reference=after.reference,
        since=before.revision,
        revision=after.revision,
        was=next(each for each in before.obligations if each.number == number),
        clock=before.clock_of(Metric.OBLIGATION, number),
        ended_path=bool(decision.ended),
    )


def undo_duty(ticket: Ticket, desk: Desk, done: DutyDone) -> Decision:
    """Let an obligation be owed as it was, its clock as if it had never stopped: what it has broken
    meanwhile breaks now. Raises as `undo` does."""
    _require_untouched(ticket, done)
    draft = begin(ticket, desk)
    obligations = draft.ticket.obligations
    kept = (done.was if each.number == done.was.number else each for each in obligations)
    draft.change(obligations=tuple(kept))
    if done.clock is not None:
        draft.put_clock(done.clock)
    _record(draft, f"what was said of “{done.was.text}”", done)
    return draft.decision()


@dataclass(frozen=True, slots=True)
class AcknowledgementDone:
    """What an escalation, its path and what the customer asked for were like before somebody
    acknowledged it. `since` and `revision` are those of `Done`."""

    reference: str
    since: int
    revision: int
    escalation: Escalation
    run: PathRun | None
    requests: tuple[EscalationRequest, ...]
    triage: tuple[Clock, ...]


def acknowledgement_done(before: Ticket, after: Ticket) -> AcknowledgementDone | None:
    """What can be taken back of it; None where nothing was changed, a path ended with it, or
    something else fell due in the same moment."""
    if before.escalation is None or after.escalation is None or after.revision == before.revision:
        return None
    if _place_of(before.run) != _place_of(after.run):
        return None
    changed_clocks = [clock for clock in before.clocks if clock not in after.clocks]
    if any(clock.metric is not Metric.TRIAGE for clock in changed_clocks):
        return None
    return AcknowledgementDone(
        reference=after.reference,
        since=before.revision,
        revision=after.revision,
        escalation=before.escalation,
        run=before.run,
        requests=before.requests,
        triage=tuple(changed_clocks),
    )


def _place_of(run: PathRun | None) -> tuple[int | None, int] | None:
    return None if run is None else (run.id, run.next_step)


def undo_acknowledgement(ticket: Ticket, desk: Desk, done: AcknowledgementDone) -> Decision:
    """Let an escalation wait to be acknowledged as it did, with its owner and its reminders as they
    were, and what the customer asked for with its clock. Raises Stale when anything has happened to
    the ticket since, or is due by now."""
    draft = begin(ticket, desk)
    if ticket.revision != done.revision or draft.ticket.run is not ticket.run:
        raise Stale("It")
    draft.change(escalation=done.escalation, run=done.run, requests=done.requests)
    for clock in done.triage:
        draft.put_clock(clock)
    _record(draft, "the acknowledgement", done)
    return draft.decision()


@dataclass(frozen=True, slots=True)
class ConfirmationDone:
    """What a ticket was like before its customer said that it works, and who did. `since` and
    `revision` are those of `Done`."""

    reference: str
    since: int
    revision: int
    by: int | None
    close_at: datetime | None


def confirmation_done(decision: Decision, by: int | None) -> ConfirmationDone:
    """What can be taken back of a confirmation."""
    before, after = decision.before, decision.after
    assert before is not None
    return ConfirmationDone(after.reference, before.revision, after.revision, by, before.close_at)


def undo_confirmation(ticket: Ticket, desk: Desk, done: ConfirmationDone) -> Decision:
    """Let a ticket be resolved as it was, and close by itself when it would have. Raises Stale when
    anything has happened to it since."""
    draft = begin(ticket, desk)
    if ticket.revision != done.revision:
        raise Stale("It")
    draft.change(status=Status.RESOLVED, closed_at=None, close_at=done.close_at)
    _record(draft, "that it works", done)
    return draft.decision()


def done(what: str, permission: Permission, decision: Decision) -> Done:
    """What a decision about a ticket that existed did."""
    before, after = decision.before, decision.after
    assert before is not None
    return Done(
        reference=after.reference,
        what=what,
        permission=permission,
        since=before.revision,
        revision=after.revision,
        assignee_id=before.assignee_id,
        status=before.status,
        tags=before.tags,
        ended_path=bool(decision.ended),
    )


def undo(ticket: Ticket, desk: Desk, was: Done) -> Decision:
    """Give a ticket back its assignee, status and tags. The time in between stays on record, and
    what a clock stood still for it. Raises Stale when anything has happened to it since, and
    Invalid when a path ended with what is taken back."""
    _require_untouched(ticket, was)
    draft = begin(ticket, desk)
    if draft.ticket.assignee_id != was.assignee_id:
        _hand_back(draft, was.assignee_id)
    if draft.ticket.status is Status.RESOLVED and was.status in OPEN_STATUSES:
        take_up_by_us(draft)
    if draft.ticket.status is not was.status:
        go_to(draft, was.status)
    if draft.ticket.tags != was.tags:
        _put_back(draft, was.tags)
    _record(draft, was.what, was)
    return draft.decision()


def _record(
    draft: Draft, what: str, done: Done | DutyDone | AcknowledgementDone | ConfirmationDone
) -> None:
    """Say which revisions of the ticket are taken back: what they did is not so any more."""
    draft.record(EventKind.ACT_UNDONE, what=what, since=done.since, until=done.revision)


def _require_untouched(ticket: Ticket, was: Done | DutyDone) -> None:
    if ticket.revision != was.revision:
        raise Stale("It")
    if was.ended_path:
        raise Invalid("Its escalation path ended with it, which cannot be taken back.")


def _hand_back(draft: Draft, assignee: int | None) -> None:
    draft.change(assignee_id=assignee)
    draft.record(
        EventKind.TICKET_ASSIGNED,
        told=() if assignee is None else (assignee,),
        assignee="nobody" if assignee is None else draft.desk.roster.name(assignee),
    )


def _put_back(draft: Draft, tags: frozenset[str]) -> None:
    has = draft.ticket.tags
    draft.change(tags=tags)
    draft.record(
        EventKind.TICKET_TAGGED,
        added=", ".join(sorted(tags - has)),
        removed=", ".join(sorted(has - tags)),
    )

"""What a ticket could be merged into, and what that would do."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain import merging
from escalation_app.domain.clocks import Metric
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.tickets import Decision, Ticket
from escalation_app.models import OrganisationRow, PersonRow
from escalation_app.services.merging import require_merge_into, require_reader
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.common import METRIC_NAMES, severity_key
from escalation_app.services.queries.record import listed
from escalation_app.services.queries.related import words_of
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.queries.seen_ticket import message_for, see_ticket
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import make_desk
from escalation_app.views.common import Sentence
from escalation_app.views.linking import MergePreview, TicketChoice
from escalation_app.views.words import iso

SHOWN = 8
_ORGANISATIONS: Any = columns(OrganisationRow)
_PEOPLE: Any = columns(PersonRow)


def merge_choices(
    session: Session, actor: Actor, reference: str, words: str = ""
) -> tuple[TicketChoice, ...]:
    """The open tickets of the same customer whose reference or subject has the words, those that
    the same person reported first; one of another customer's only by its whole reference.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    ticket = see_ticket(session, actor, reference).ticket
    require(actor, Permission.TICKET_MERGE, ticket)
    rows = _fitting(session, actor, ticket, words.strip())
    about = words_of(ticket.subject)
    ordered = sorted(rows, key=lambda row: -len(about & words_of(row.subject)))
    ordered.sort(key=lambda row: row.requester_id != ticket.requester_id)
    return tuple(_choice(session, actor, ticket, row) for row in ordered)


def _fitting(session: Session, actor: Actor, ticket: Ticket, words: str) -> list[Any]:
    is_theirs = TICKETS.c.organisation_id == ticket.organisation_id
    wanted = is_theirs & TICKETS.c.is_open.is_(True)
    if words:
        named = f"T-{words}" if words.isdigit() else words
        is_it = TICKETS.c.reference == named.upper()
        fits = or_(
            TICKETS.c.reference.istartswith(named, autoescape=True),
            TICKETS.c.subject.icontains(words, autoescape=True),
        )
        wanted = or_(is_it, wanted & fits)
    mine_first = case((TICKETS.c.requester_id == ticket.requester_id, 0), else_=1)
    return list(
        session.execute(
            select(
                TICKETS.c.id,
                TICKETS.c.reference,
                TICKETS.c.subject,
                TICKETS.c.status,
                TICKETS.c.is_open,
                TICKETS.c.requester_id,
                TICKETS.c.organisation_id,
                TICKETS.c.assignee_id,
                TICKETS.c.team,
                TICKETS.c.process_version,
                _ORGANISATIONS.c.name.label("customer"),
                _PEOPLE.c.name.label("requester"),
            )
            .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
            .join(_PEOPLE, _PEOPLE.c.id == TICKETS.c.requester_id)
            .where(wanted, visible(actor), TICKETS.c.id != ticket.id)
            .order_by(mine_first, TICKETS.c.created_at.desc(), TICKETS.c.id.desc())
            .limit(SHOWN)
        )
    )


def _choice(session: Session, actor: Actor, ticket: Ticket, row: Any) -> TicketChoice:
    status = process_of(session, row.process_version).status_name(row.status)
    refusal = _refusal(session, actor, ticket, row)
    return TicketChoice(
        value=row.reference,
        title=f"{row.reference} {row.subject}",
        text=refusal or f"{row.requester}, {row.customer}; {status}",
        is_disabled=bool(refusal),
    )


def _refusal(session: Session, actor: Actor, ticket: Ticket, row: Any) -> str:
    """Why the row's ticket cannot be chosen, as `services.merging` would say."""
    if row.organisation_id != ticket.organisation_id:
        return f"{row.customer}'s. Tickets of two customers are not merged."
    if not row.is_open:
        return "It is over. Only open tickets are merged."
    try:
        require_merge_into(actor, row)
        require_reader(session, ticket, row)
    except BusinessError as refusal:
        return str(refusal)
    return ""


# What it would do ----------------------------------------------------------------------------


def merge_preview(
    session: Session, actor: Actor, reference: str, into: str, now: datetime
) -> MergePreview:
    """What merging would do now: the decision itself, in words. Nothing is written.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    seen = see_ticket(session, actor, reference)
    ticket = seen.ticket
    require(actor, Permission.TICKET_MERGE, ticket)
    other = see_ticket(session, actor, into).ticket
    desk = make_desk(session, now)
    try:
        require_merge_into(actor, other)
        merging.require_mergeable(ticket, other)
        require_reader(session, ticket, other)
        gone, kept = merging.merge(ticket, other, desk, by=actor.person_id or 0)
    except BusinessError as refusal:
        return MergePreview(into=into, refusal=str(refusal))
    return MergePreview(
        into=into,
        goes=tuple(_goes(gone, into)),
        stays=tuple(_stays(kept, desk)),
        message=message_for(
            ticket, seen.process, TOLD.format(ref=other.reference, subject=other.subject)
        ),
    )


TOLD = (
    "This is about the same as your ticket {ref}, “{subject}”. We look after both together there, "
    "so please follow it and answer there. What we promised you stays: of two times the earlier "
    "one counts."
)


def _goes(gone: Decision, into: str) -> Iterator[Sentence]:
    assert gone.before is not None
    before, after = gone.before, gone.after
    running = {
        METRIC_NAMES[clock.metric].lower(): None
        for clock in before.clocks
        if not clock.is_over and clock.metric is not Metric.TEAM
    }
    if running:
        yield Sentence(f"Its clocks stop for good: {listed(running)}.")
    if before.escalation is not None or gone.ended:
        yield Sentence("Its escalation and path end. None comes from it again.")
    yield Sentence(f"It leaves all queues and is closed; its page leads to {into}.")
    yield Sentence(f"What the customer still writes in {after.reference} is said in {into}.")


def _stays(kept: Decision, desk: Desk) -> Iterator[Sentence]:
    assert kept.before is not None
    before, after = kept.before, kept.after
    yield Sentence("It shows the messages of both, each with where it was written.")
    process = desk.process_of(after.process_version)
    if after.severity != before.severity:
        key, name = severity_key(process, after.severity)
        yield Sentence(f"Its severity becomes {key}, {name}: the harder of the two.")
    yield from _moved(kept, desk.now)
    yield from _escalated(kept, desk)
    parts = _owed(before, after)
    if parts:
        one = len(parts) == 1 and parts[0].startswith("1 ")
        goes = "goes on here, due when it was." if one else "go on here, due when they were."
        yield Sentence(f"{listed(parts)} {goes}".capitalize())


def _moved(kept: Decision, now: datetime) -> Iterator[Sentence]:
    moved = [event for event in kept.events if event.kind is EventKind.DUE_MOVED]
    for event in moved:
        name = METRIC_NAMES[Metric(str(event.data["metric"]))]
        due_at = str(event.data["due_at"])
        if not due_at:
            yield Sentence(f"{name}: less time is left, as in the other ticket.")
        elif datetime.fromisoformat(due_at) <= now:
            yield Sentence(f"{name}: late from now on, as the time promised there is over.")
        else:
            at = iso(datetime.fromisoformat(due_at))
            yield Sentence(f"{name}: due earlier, as promised there:", at, ".")
    if not moved:
        yield Sentence("Its due times stay as they are: they are the earlier ones.")


def _escalated(kept: Decision, desk: Desk) -> Iterator[Sentence]:
    assert kept.before is not None
    before, after = kept.before, kept.after
    case_ = after.escalation
    if case_ is not None and before.escalation is None:
        owner = case_.manager_id
        who = f"{desk.roster.name(owner)} owns the case" if owner else "nobody owns the case yet"
        yield Sentence(f"It is escalated from now on: {who}.")
    elif any(event.kind is EventKind.ESCALATION_JOINED for event in kept.events):
        yield Sentence("Its escalation takes in the other one, and goes on.")
    if after.run is not None and before.run is None:
        path = desk.process_of(after.run.process_version).path(after.run.path)
        yield Sentence(f"The path “{path.name if path else after.run.path}” starts.")


def _owed(before: Ticket, after: Ticket) -> list[str]:
    counts = (
        (len(after.obligations) - len(before.obligations), "obligation"),
        (len(after.promises) - len(before.promises), "promise"),
        (len(after.requests) - len(before.requests), "request for an escalation"),
    )
    return [_counted(count, name) for count, name in counts if count]


def _counted(count: int, name: str) -> str:
    words: Iterable[str] = name.split(" ")
    first, *rest = words
    return f"{count} {' '.join([first + ('s' if count > 1 else ''), *rest])}"

"""What people do with tickets. Each takes the unit of work first; none commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from escalation_app.domain import lifecycle, tags
from escalation_app.domain.contacts import may_write
from escalation_app.domain.errors import Invalid, NotFound, Stale
from escalation_app.domain.permissions import ActorKind, Permission, require
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import NewMessage, Side, Status, Ticket
from escalation_app.models import OrganisationRow, PersonRow
from escalation_app.services.attachments import attach
from escalation_app.services.composing import Writing, forget_draft, refuse_overtaken
from escalation_app.services.criteria import require_criteria
from escalation_app.services.fields import change_fields, fill_new, require_fields
from escalation_app.services.links import goes_on_in, reference_of
from escalation_app.services.mentions import told_in_note
from escalation_app.services.store import load_ticket, ticket_id_of
from escalation_app.services.unit_of_work import UnitOfWork

MAX_BODY = 50_000
MAX_SUBJECT = 300
MAX_REASON = 2_000


def clean(text: str, what: str, limit: int) -> str:
    """The text without surrounding space and without NULs, which PostgreSQL cannot store.

    Raises Invalid when nothing is left or it is longer than `limit` characters.
    """
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise Invalid(f"{what} is empty. Write something first.")
    if len(text) > limit:
        raise Invalid(f"{what} is {len(text):,} characters long; at most {limit:,} fit.")
    return text


def one_line(text: str, what: str, limit: int) -> str:
    """As `clean`, with all white space made single spaces."""
    return clean(" ".join(text.replace("\x00", "").split()), what, limit)


def seen(
    uow: UnitOfWork, reference: str, permission: Permission, revision: int | None = None
) -> Ticket:
    """The ticket, locked, when the actor may do this to it.

    With `revision`, raises Stale when the ticket has changed since it was read.
    """
    ticket_id = ticket_id_of(uow.session, reference)
    ticket = uow.hold([ticket_id])[ticket_id]
    require(uow.actor, permission, ticket)
    if revision is not None and ticket.revision != revision:
        raise Stale
    return ticket


@dataclass(frozen=True, slots=True)
class NewTicket:
    """The short form: what is asked of somebody who reports a problem."""

    subject: str
    description: str
    impact: str
    urgency: str
    channel: str = "portal"
    category: str = ""
    requester_id: int | None = None
    """Only when a person of ours opens it on a customer's behalf."""
    files: tuple[str, ...] = ()
    """The keys of files that were uploaded for it."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is filled into the fields of the process, by key."""


def open_ticket(uow: UnitOfWork, new: NewTicket) -> Ticket:
    """Open a ticket for oneself, or for a customer. Raises Invalid, NotAllowed, NotFound."""
    requester = _requester(uow, new.requester_id)
    subject = one_line(new.subject, "The subject", MAX_SUBJECT)
    body = clean(new.description, "The description", MAX_BODY)
    organisation = uow.session.get_one(OrganisationRow, requester.organisation_id)
    assert requester.id is not None and organisation.id is not None
    decision = lifecycle.open_ticket(
        uow.desk,
        process_version=uow.process_version,
        subject=subject,
        organisation_id=organisation.id,
        requester_id=requester.id,
        plan=organisation.plan,
        impact=new.impact,
        urgency=new.urgency,
        first_message=lifecycle.message_from_customer(uow.now, requester.id, requester.name, body),
        category=new.category[:120],
    )
    extra: list[dict[str, Any]] = [{"channel": new.channel[:30]}]
    ticket = uow.apply_one(decision, extra=extra)
    attach(uow, ticket.id, new.files)
    return fill_new(uow, ticket, new.fields)


def _requester(uow: UnitOfWork, requester_id: int | None) -> PersonRow:
    actor = uow.actor
    if requester_id is None or requester_id == actor.person_id:
        require(actor, Permission.TICKET_OPEN)
        person = uow.session.get(PersonRow, actor.person_id)
    else:
        require(actor, Permission.TICKET_OPEN_FOR_CUSTOMER)
        person = uow.session.get(PersonRow, requester_id)
    if person is None or person.organisation_id is None:
        raise NotFound("That customer")
    return person


def send_message(
    uow: UnitOfWork,
    reference: str,
    body: str,
    since: int | None = None,
    files: Sequence[str] = (),
) -> Ticket:
    """A public message: of ours to the customer, or of the customer to us, with files by key.

    With `since`, raises Overtaken when something that matters to a reply has happened after that
    revision (services.composing). A customer's reply to a merged ticket goes where that goes on.
    """
    ticket = seen(uow, reference, Permission.MESSAGE_SEND)
    message = public_message(uow, ticket, body)
    if since is not None:
        refuse_overtaken(uow.session, ticket.id, since)
    if ticket.status is Status.CLOSED:
        ticket = _where_it_goes_on(uow, ticket)
    sent = uow.apply_one(lifecycle.add_message(ticket, uow.desk, message))
    attach(uow, ticket.id, files)
    forget_draft(uow, ticket.id, Writing.REPLY)
    return sent


def _where_it_goes_on(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """What a customer writes in a ticket that was merged is said in the one it goes on in; one of
    us is told to write there."""
    into = goes_on_in(uow.session, ticket.id)
    if into == ticket.id:
        return ticket
    reference = reference_of(uow.session, into)
    if uow.actor.is_staff:
        raise Invalid(f"This ticket was merged into {reference}. Write there.")
    return seen(uow, reference, Permission.MESSAGE_SEND)


def write_note(uow: UnitOfWork, reference: str, body: str, files: Sequence[str] = ()) -> Ticket:
    """An internal note; no clock moves. People of ours whom it names behind an @ are told.

    Raises Invalid for the name of a customer of the ticket's organisation.
    """
    ticket = seen(uow, reference, Permission.NOTE_WRITE)
    note = _message_of(uow, clean(body, "The note", MAX_BODY), is_public=False)
    named = told_in_note(uow, ticket, note.body)
    written = uow.apply_one(lifecycle.add_message(ticket, uow.desk, note, named))
    attach(uow, ticket.id, files)
    forget_draft(uow, ticket.id, Writing.NOTE)
    return written


def public_message(uow: UnitOfWork, ticket: Ticket, body: str) -> NewMessage:
    """What the actor writes for all to read: every such message of a person is made here, also
    the one that goes with a step.

    Raises NotAllowed, Invalid as `clean` does, and of ours where the tools of the ticket's tier
    are others.
    """
    require(uow.actor, Permission.MESSAGE_SEND, ticket)
    if uow.actor.is_staff:
        _require_written(ticket, uow.desk.process_of(ticket.process_version))
    return _message_of(uow, clean(body, "The message", MAX_BODY), is_public=True)


def told_with(uow: UnitOfWork, ticket: Ticket, body: str) -> NewMessage | None:
    """What the customer is told along with a step; None when nothing is written. To be asked
    before the step, by which the ticket may go to another tier. Raises as `public_message` does."""
    return public_message(uow, ticket, body) if body.strip() else None


def _require_written(ticket: Ticket, process: Process) -> None:
    if not may_write(ticket, process):
        raise Invalid(
            f"{process.tier(ticket.tier).name} does not answer in writing: its tools are others."
            " Call or meet the customer and log it; what is done can be done without a message."
        )


def _message_of(uow: UnitOfWork, text: str, *, is_public: bool) -> NewMessage:
    actor = uow.actor
    assert actor.kind is ActorKind.PERSON and actor.person_id is not None
    side = Side.US if actor.is_staff else Side.THEM
    return NewMessage(uow.now, actor.person_id, actor.name, side, is_public, False, text)


def take(uow: UnitOfWork, reference: str) -> Ticket:
    """Make the ticket one's own."""
    ticket = seen(uow, reference, Permission.TICKET_TAKE)
    assert uow.actor.person_id is not None
    return uow.apply_one(lifecycle.assign(ticket, uow.desk, uow.actor.person_id, uow.actor.name))


def assign(uow: UnitOfWork, reference: str, assignee_id: int) -> Ticket:
    """Give the ticket to somebody of ours. Raises NotFound for anybody else."""
    ticket = seen(uow, reference, Permission.TICKET_ASSIGN)
    member = uow.desk.roster.staff.get(assignee_id)
    if member is None:
        raise NotFound("That person")
    return uow.apply_one(lifecycle.assign(ticket, uow.desk, assignee_id, member.name))


def set_status(uow: UnitOfWork, reference: str, status: Status) -> Ticket:
    """Wait for the customer or a supplier, or go on working; nobody is written to."""
    ticket = seen(uow, reference, Permission.TICKET_WAIT)
    return uow.apply_one(lifecycle.set_status(ticket, uow.desk, status))


def tag(
    uow: UnitOfWork, reference: str, added: frozenset[str], removed: frozenset[str] = frozenset()
) -> Ticket:
    """Put tags on the ticket, and take others off. Raises Invalid for too many."""
    ticket = seen(uow, reference, Permission.TICKET_TAG)
    return uow.apply_one(tags.change_tags(ticket, uow.desk, added, removed))


def fill_fields(
    uow: UnitOfWork, reference: str, written: Mapping[str, str], seen_values: Mapping[str, str]
) -> Ticket:
    """Fill in fields of the ticket, or empty them, where `seen_values` stood when it was begun.

    Raises Invalid for what is not of a field's kind, and Stale as services.fields does.
    """
    ticket = seen(uow, reference, Permission.FIELDS_FILL)
    return change_fields(uow, ticket, written, seen_values)


def resolve(
    uow: UnitOfWork, reference: str, message: str = "", revision: int | None = None
) -> Ticket:
    """Resolve the ticket, telling the customer what was done when there is a message.

    Raises Invalid with what is missing for an escalated ticket whose criteria do not hold, and
    for one in which a field is empty that must be filled in.
    """
    ticket = seen(uow, reference, Permission.TICKET_RESOLVE, revision)
    told = told_with(uow, ticket, message)
    if ticket.is_open:
        process = uow.desk.process_of(ticket.process_version)
        require_criteria(uow.session, ticket, process, message)
        require_fields(uow.session, ticket, process)
    return uow.apply_one(lifecycle.resolve(ticket, uow.desk, told))


def reopen(
    uow: UnitOfWork, reference: str, message: str = "", revision: int | None = None
) -> Ticket:
    """Take a resolved ticket up again. With a `message` the customer is told."""
    ticket = seen(uow, reference, Permission.TICKET_RESOLVE, revision)
    told = told_with(uow, ticket, message)
    return tell(uow, uow.apply_one(lifecycle.reopen(ticket, uow.desk)), told)


def tell(uow: UnitOfWork, ticket: Ticket, told: NewMessage | None) -> Ticket:
    """Send what `told_with` has made, if it has, once the step it goes with is taken."""
    if told is None:
        return ticket
    ticket = load_ticket(uow.session, ticket.id)
    return uow.apply_one(lifecycle.add_message(ticket, uow.desk, told))

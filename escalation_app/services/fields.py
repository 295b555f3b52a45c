"""What people fill into the fields that the process defines for a ticket."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation_app.domain import filling
from escalation_app.domain.errors import Invalid, Stale
from escalation_app.domain.fields import CustomersMay, FieldMoment, FieldSpec, unfilled
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Ticket
from escalation_app.models import TicketFieldRow
from escalation_app.services.bulk import NewRows, is_sqlite, putting, run
from escalation_app.services.store import load_ticket
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_FIELDS: Any = columns(TicketFieldRow)


def field_values(session: Session, ticket_id: int) -> dict[str, str]:
    """What stands in the ticket's fields, by key; a field that is not filled in is not there."""
    rows = session.execute(
        select(_FIELDS.c.key, _FIELDS.c.value).where(_FIELDS.c.ticket_id == ticket_id)
    )
    return {row.key: row.value for row in rows}


def change_fields(
    uow: UnitOfWork, ticket: Ticket, written: Mapping[str, str], seen: Mapping[str, str]
) -> Ticket:
    """Put what was `written` by key into the fields of a ticket that is locked; `seen` is what
    stood in them when somebody began to write. What they left as it was stays as it is now.

    Raises Invalid as the domain does, and Stale when somebody else has changed since what they
    changed.
    """
    was = field_values(uow.session, ticket.id)
    touched = {key: text for key, text in written.items() if text != seen.get(key, "")}
    decision, changed = filling.fill(ticket, uow.desk, was, touched)
    process = uow.desk.process_of(ticket.process_version)
    specs = {spec.key: spec for spec in filling.fields_of(ticket, process)}
    for key in changed:
        if was.get(key, "") != seen.get(key, ""):
            raise Stale(f"“{specs[key].label}”")
    if not changed:
        return ticket
    filled = [(ticket.id, key, value) for key, value in changed.items() if value]
    emptied = [key for key, value in changed.items() if not value]
    uow.session.execute(
        delete(_FIELDS).where(_FIELDS.c.ticket_id == ticket.id, _FIELDS.c.key.in_(emptied))
    )
    new = NewRows(_FIELDS, ("ticket_id", "key", "value"), filled)
    run(uow.session, putting(new, ("ticket_id", "key"), is_sqlite=is_sqlite(uow.session)))
    return uow.apply_one(decision)


def fill_new(uow: UnitOfWork, ticket: Ticket, written: Mapping[str, str]) -> Ticket:
    """Fill in the fields of a ticket that was opened just now. Raises Invalid for one that is not
    asked of who opens it, and when one that is must be filled in and is not."""
    process = uow.desk.process_of(ticket.process_version)
    asked = asked_at_opening(filling.fields_of(ticket, process))
    if not uow.actor.is_staff and written.keys() - {spec.key for spec in asked}:
        raise Invalid("This form has changed. Reload the page.")
    if any(text.strip() for text in written.values()):
        ticket = change_fields(uow, load_ticket(uow.session, ticket.id), written, {})
    values = {key: text for key, text in written.items() if text.strip()}
    _refuse_unfilled(unfilled(asked, values, FieldMoment.OPENING), "It is not sent yet")
    return ticket


def asked_at_opening(specs: tuple[FieldSpec, ...]) -> tuple[FieldSpec, ...]:
    """The fields that who opens a ticket fills in."""
    return tuple(spec for spec in specs if spec.customers is CustomersMay.FILL)


def require_fields(session: Session, ticket: Ticket, process: Process) -> None:
    """Refuse to resolve a ticket in which a field is empty that must not be. Raises Invalid with
    what is missing."""
    specs = filling.fields_of(ticket, process)
    if not any(spec.required for spec in specs):
        return
    missing = unfilled(specs, field_values(session, ticket.id), FieldMoment.RESOLVING)
    _refuse_unfilled(missing, "It cannot be resolved yet")


def _refuse_unfilled(labels: tuple[str, ...], what: str) -> None:
    if labels:
        names = ", ".join(f"“{label}”" for label in labels)
        raise Invalid(f"{what}: fill in {names}.")

"""The fields of a ticket as screens show them and ask for them."""

from sqlalchemy.orm import Session

from escalation_app.domain.fields import CustomersMay, FieldMoment, FieldSpec
from escalation_app.domain.filling import fields_of
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Ticket
from escalation_app.services.fields import asked_at_opening, field_values
from escalation_app.views.common import Choice
from escalation_app.views.ticket import Fact, FieldView

_REQUIRED = {
    None: "",
    FieldMoment.OPENING: " (needed)",
    FieldMoment.RESOLVING: " (needed to resolve)",
}
NOTHING = Choice(value="", label="Not filled in")


def field_views(session: Session, ticket: Ticket, process: Process) -> tuple[FieldView, ...]:
    """The fields of the process that the ticket started under, then whatever else stands there."""
    values = field_values(session, ticket.id)
    fitting = fields_of(ticket, process)
    specs = [spec for spec in process.fields if spec in fitting or values.get(spec.key)]
    known = {spec.key for spec in specs}
    others = tuple(
        FieldView(key=key, label=key.replace("_", " ").capitalize(), value=value, shown=value)
        for key, value in sorted(values.items())
        if key not in known
    )
    return tuple(_view(spec, values.get(spec.key, "")) for spec in specs) + others


def fillable(session: Session, ticket: Ticket, process: Process) -> tuple[FieldView, ...]:
    """What the dialog asks of people of ours, with what stands there."""
    values = field_values(session, ticket.id)
    return tuple(_view(spec, values.get(spec.key, "")) for spec in fields_of(ticket, process))


def new_fields(process: Process) -> tuple[FieldView, ...]:
    """What the form of a new ticket asks of customers besides its own questions."""
    return tuple(_view(spec, "") for spec in asked_at_opening(process.fields))


def customer_facts(session: Session, ticket: Ticket, process: Process) -> tuple[Fact, ...]:
    """What customers see of the fields that are filled in."""
    shown = [spec for spec in process.fields if spec.customers is not CustomersMay.NOTHING]
    if not shown:
        return ()
    values = field_values(session, ticket.id)
    return tuple(
        Fact(spec.label, spec.words_of(values[spec.key])) for spec in shown if spec.key in values
    )


def _view(spec: FieldSpec, value: str) -> FieldView:
    options = tuple(Choice(value=key, label=name) for key, name in spec.options.items())
    return FieldView(
        key=spec.key,
        label=spec.label,
        kind=spec.kind.value,
        value=value,
        shown=spec.words_of(value),
        choices=(NOTHING, *options) if options else (),
        hint=spec.hint,
        required=_REQUIRED[spec.required],
    )

"""Filling in the fields that the process defines for a ticket."""

from collections.abc import Mapping

from escalation_app.domain.contacts import channels_of
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.fields import FieldSpec
from escalation_app.domain.firing import begin
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Decision, Status, Ticket


def fields_of(ticket: Ticket, process: Process) -> tuple[FieldSpec, ...]:
    """The fields of the ticket: those of the process it started under that fit its category and the
    tools of its tier."""
    tools = channels_of(ticket, process)
    return tuple(spec for spec in process.fields if spec.fits(ticket.category, tools))


def fill(
    ticket: Ticket, desk: Desk, was: Mapping[str, str], written: Mapping[str, str]
) -> tuple[Decision, dict[str, str]]:
    """Put what was `written` by key into the fields, which hold `was`, on record: the decision and
    what is another value now. No clock moves, but a path that has not started yet can be another
    one from now on. No change when every value stands there already.

    Raises Invalid on a closed ticket, for a field it does not have and for a value not of its kind.
    """
    if ticket.status is Status.CLOSED:
        raise Invalid("This ticket is closed. Its fields stay as they are.")
    process = desk.process_of(ticket.process_version)
    specs = {spec.key: spec for spec in fields_of(ticket, process)}
    if written.keys() - specs.keys():
        raise Invalid("This ticket does not have all of these fields. Reload the page.")
    values = {key: specs[key].value_of(text) for key, text in written.items()}
    changed = {key: value for key, value in values.items() if value != was.get(key, "")}
    if not changed:
        return Decision(ticket, ticket), {}
    draft = begin(ticket, desk)
    stands = {**was, **changed}
    draft.change(filled={key: value for key, value in stands.items() if value})
    draft.record(
        EventKind.FIELDS_FILLED,
        changes=[
            {
                "key": key,
                "label": specs[key].label,
                "from": specs[key].words_of(was.get(key, "")),
                "to": specs[key].words_of(value),
            }
            for key, value in changed.items()
        ],
    )
    return draft.decision(), changed

"""What is asked of a customer who opens a ticket, and what each answer promises."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.process import Grade, Process
from escalation_app.models import OrganisationRow
from escalation_app.services.process_versions import live_process
from escalation_app.services.promise_text import target_in_words
from escalation_app.services.queries.fields import new_fields
from escalation_app.services.tables import columns
from escalation_app.views.common import Choice
from escalation_app.views.ticket import FieldView

_ORGANISATIONS = columns(OrganisationRow)


@dataclass(frozen=True, slots=True)
class NewTicketForm:
    """What the form asks, in the words of the live process, and what each answer promises."""

    impacts: tuple[Choice, ...]
    urgencies: tuple[Choice, ...]
    promises: Mapping[str, str]
    """By "impact urgency"."""
    fields: tuple[FieldView, ...]


def new_ticket_form(session: Session, actor: Actor) -> NewTicketForm:
    """The short form for the actor's plan."""
    require(actor, Permission.TICKET_OPEN)
    process = live_process(session)
    plan = session.execute(
        select(_ORGANISATIONS.c.plan).where(_ORGANISATIONS.c.id == actor.organisation_id)
    ).scalar_one_or_none()
    return NewTicketForm(
        impacts=tuple(_choice(grade) for grade in process.impacts),
        urgencies=tuple(_choice(grade) for grade in process.urgencies),
        promises={
            f"{impact.key} {urgency.key}": _promise(process, plan, impact.key, urgency.key)
            for impact in process.impacts
            for urgency in process.urgencies
        },
        fields=new_fields(process),
    )


def _choice(grade: Grade) -> Choice:
    return Choice(value=grade.key, label=grade.meaning.rstrip("."), hint=grade.name)


def _promise(process: Process, plan: str | None, impact: str, urgency: str) -> str:
    severity = process.severity_for(impact, urgency)
    policy = process.policy_for(plan, severity)
    first, solved = (
        policy.target(severity, metric) for metric in (Metric.FIRST_RESPONSE, Metric.RESOLUTION)
    )
    said = [
        f"{what} within {target_in_words(process, policy, target)}"
        for what, target in (("a first answer", first), ("a solution", solved))
        if target
    ]
    return f"You get {' and '.join(said)}." if said else ""

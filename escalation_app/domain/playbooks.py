"""Which foreseen case a ticket is, and whether a condition of the process holds for it."""

from escalation_app.domain.clocks import Metric
from escalation_app.domain.fields import all_hold
from escalation_app.domain.path_spec import ALWAYS, Condition, EscalationPath, Playbook
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import EscalationKind, Ticket


def holds(
    condition: Condition,
    ticket: Ticket,
    metric: Metric | None = None,
    kind: EscalationKind | None = None,
) -> bool:
    """Whether every part of the condition that is not empty holds. `metric` is the clock that ran
    out, if one did; without `kind` the type of the ticket's active escalation counts."""
    if condition is ALWAYS:
        return True
    active = ticket.escalation
    of_kind = kind or (active.kind if active is not None else None)
    return (
        (not condition.severities or ticket.severity in condition.severities)
        and (not condition.urgencies or ticket.urgency in condition.urgencies)
        and (not condition.plans or ticket.plan in condition.plans)
        and (not condition.metrics or metric in condition.metrics)
        and (not condition.kinds or of_kind in condition.kinds)
        and (not condition.words or bool(speaks_of(ticket, condition.words)))
        and (not condition.fields or all_hold(condition.fields, ticket.filled))
    )


def speaks_of(ticket: Ticket, words: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the words that stand in the ticket's subject or category."""
    said = f"{ticket.subject} {ticket.category}".casefold()
    return tuple(word for word in words if word.casefold() in said)


def matching(
    process: Process, ticket: Ticket, kind: EscalationKind, metric: Metric | None = None
) -> Playbook | None:
    """The first playbook of that type whose conditions hold."""
    for playbook in process.playbooks:
        if playbook.kind == kind and holds(playbook.when, ticket, metric, kind):
            return playbook
    return None


def path_of(process: Process, ticket: Ticket, metric: Metric) -> EscalationPath | None:
    """The path that a clock of the metric starts on this ticket: its playbook's, if an automatic
    one matches and names a path for the metric, else the process's."""
    if process.playbooks:
        playbook = matching(process, ticket, EscalationKind.AUTOMATIC, metric)
        path = None if playbook is None else process.path(playbook.path)
        if path is not None and metric in path.metrics:
            return path
    plan = process.plan(ticket.plan).key
    return process.path_for(ticket.severity, metric, plan, ticket.urgency, ticket.filled)

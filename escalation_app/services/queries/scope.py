"""The only row-visibility filter: which tickets an actor may see at all."""

from typing import Any

from sqlalchemy import ColumnElement, false, or_, true

from escalation_app.domain.permissions import Actor, Permission, Scope
from escalation_app.models import TicketRow
from escalation_app.services.tables import columns

TICKETS: Any = columns(TicketRow)


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition on `ticket` under which the actor sees a row; agrees with
    domain.permissions.covers(actor, TICKET_SEE, ticket)."""
    scope = actor.grants.get(Permission.TICKET_SEE)
    if scope is None:
        return false()
    if sees_all(actor):
        return true()
    if actor.is_staff:
        own = TICKETS.c.assignee_id == actor.person_id
        return or_(own, TICKETS.c.team == actor.team) if scope is Scope.TEAM else own
    own = TICKETS.c.requester_id == actor.person_id
    if scope is Scope.ORGANISATION and actor.organisation_id is not None:
        return or_(own, TICKETS.c.organisation_id == actor.organisation_id)
    return own


def sees_all(actor: Actor) -> bool:
    """Whether `visible` leaves out no ticket at all."""
    return actor.grants.get(Permission.TICKET_SEE) is Scope.ALL


def scope_key(actor: Actor) -> tuple[object, ...]:
    """Actors with equal keys see the same tickets, so that they can share one query."""
    scope = actor.grants.get(Permission.TICKET_SEE)
    if sees_all(actor):
        return ("all", Permission.NOTE_SEE in actor.grants)
    return (scope, actor.person_id, actor.organisation_id, actor.team, actor.is_staff)

"""What the dialogs about chosen rows of a queue offer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, Scope
from escalation_app.models import PersonRow
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.tables import columns
from escalation_app.views.common import Choice

_PEOPLE: Any = columns(PersonRow)


def people_to_give(session: Session, actor: Actor) -> tuple[Choice, ...]:
    """Who can be given tickets: the people of the actor's team; of every team, by those who assign
    everywhere."""
    found = select(_PEOPLE.c.id, _PEOPLE.c.name, _PEOPLE.c.team).where(
        _PEOPLE.c.team != "", _PEOPLE.c.is_active.is_(True)
    )
    if actor.grants.get(Permission.TICKET_ASSIGN) is not Scope.ALL:
        found = found.where(_PEOPLE.c.team == actor.team)
    rows = session.execute(found.order_by(_PEOPLE.c.name))
    return tuple(Choice(str(row.id), row.name) for row in rows)


def tags_to_take_off(
    session: Session, actor: Actor, references: Sequence[str]
) -> tuple[Choice, ...]:
    """The tags that these tickets have, by name."""
    rows = session.execute(
        select(TICKETS.c.tags).where(TICKETS.c.reference.in_(references), visible(actor))
    ).scalars()
    found = {tag for tags in rows for tag in tags.split()}
    return tuple(Choice(tag, tag) for tag in sorted(found))

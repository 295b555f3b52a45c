"""What is somebody's own about the queue: the views they may use, their columns and beginnings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, Scope
from escalation_app.models import PersonRow, QueuePreferenceRow, SavedViewRow
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.common import once
from escalation_app.services.queries.queue_columns import USUAL, known_columns
from escalation_app.services.queries.queue_filter import QueueFilter, filter_of
from escalation_app.services.tables import columns
from escalation_app.views.common import Choice

EVERYBODY = "*"
"""The value of `shared_with` that means all of ours."""

_VIEWS: Any = columns(SavedViewRow)
_PREFERENCES: Any = columns(QueuePreferenceRow)
_PEOPLE: Any = columns(PersonRow)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view that the reader may use."""

    key: int
    name: str
    shared_with: str
    owner: str
    """"" when it is the reader's own."""
    wanted: QueueFilter
    is_changeable: bool


@dataclass(frozen=True, slots=True)
class OwnQueue:
    """What somebody has set, and the views that are theirs to use."""

    columns: tuple[str, ...] = USUAL
    default_view: int = 0
    seen_at: datetime | None = None
    """What happened until then they have seen; None when they never said so."""
    views: tuple[SavedView, ...] = ()

    def view(self, key: int) -> SavedView | None:
        """The view of that key, if it is theirs to use."""
        return next((view for view in self.views if view.key == key), None)

    def begins_with(self, view: SavedView | None) -> bool:
        """Whether they begin their day with that view."""
        return view is not None and view.key == self.default_view


def own_queue(session: Session, actor: Actor) -> OwnQueue:
    """What the actor has set about the queue, read once in a session."""
    return once(session, ("own queue", actor.person_id), lambda: _read(session, actor))


def usable(actor: Actor) -> Any:
    """The condition on `saved_view` under which somebody may use it."""
    return or_(
        _VIEWS.c.owner_id == actor.person_id,
        _VIEWS.c.shared_with == EVERYBODY,
        (_VIEWS.c.shared_with == actor.team) & (_VIEWS.c.shared_with != ""),
    )


def may_change(actor: Actor, view: Any) -> bool:
    """Whether a view is the actor's to change: their own, or shared and they may share with all."""
    if view.owner_id == actor.person_id:
        return True
    shares = actor.grants.get(Permission.VIEW_SHARE)
    return bool(view.shared_with) and shares is Scope.ALL


def sharing_choices(session: Session, actor: Actor) -> tuple[Choice, ...]:
    """With whom the actor may share a view, nobody first."""
    process = live_process(session)
    shares = actor.grants.get(Permission.VIEW_SHARE)
    choices = [Choice("", "Only me")]
    if shares is Scope.ALL:
        choices.append(Choice(EVERYBODY, "Everybody of ours"))
    choices += [
        Choice(team.key, f"The team {team.name}")
        for team in process.teams
        if shares is Scope.ALL or (shares is Scope.TEAM and team.key == actor.team)
    ]
    return tuple(choices)


def _read(session: Session, actor: Actor) -> OwnQueue:
    chosen = session.execute(
        select(_PREFERENCES).where(_PREFERENCES.c.person_id == actor.person_id)
    ).first()
    views = session.execute(
        select(_VIEWS, _PEOPLE.c.name.label("owner"))
        .join(_PEOPLE, _PEOPLE.c.id == _VIEWS.c.owner_id)
        .where(_VIEWS.c.deleted_at.is_(None), usable(actor))
        .order_by(_VIEWS.c.name, _VIEWS.c.id)
    )
    return OwnQueue(
        columns=USUAL if chosen is None else known_columns(chosen.columns) or USUAL,
        default_view=0 if chosen is None else chosen.default_view_id or 0,
        seen_at=None if chosen is None else chosen.seen_at,
        views=tuple(_view(actor, row) for row in views),
    )


def _view(actor: Actor, row: Any) -> SavedView:
    query: Mapping[str, object] = {**row.query, "saved": str(row.id)}
    return SavedView(
        key=row.id,
        name=row.name,
        shared_with=row.shared_with,
        owner="" if row.owner_id == actor.person_id else row.owner,
        wanted=filter_of(query, actor),
        is_changeable=may_change(actor, row),
    )

"""Views of the queue that people keep: saved, shared, renamed, deleted and brought back."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import Permission, Scope, require
from escalation_app.models import QueuePreferenceRow, SavedViewRow
from escalation_app.services.effects import put_on_record
from escalation_app.services.queries.queue_columns import known_columns
from escalation_app.services.queries.queue_filter import QueueFilter
from escalation_app.services.queries.queue_own import EVERYBODY, may_change, usable
from escalation_app.services.tables import columns
from escalation_app.services.tickets import one_line
from escalation_app.services.unit_of_work import UnitOfWork

MAX_NAME = 60
MAX_VIEWS = 100
"""Views that one person may keep."""

_VIEWS: Any = columns(SavedViewRow)
_PREFERENCES: Any = columns(QueuePreferenceRow)


def save_view(uow: UnitOfWork, name: str, wanted: QueueFilter, shared_with: str = "") -> int:
    """Keep filters, order and columns under a name; returns the view's key. `shared_with` is "",
    a team's key, or EVERYBODY. Raises Invalid for a name the owner uses already."""
    require(uow.actor, Permission.VIEW_SAVE)
    _require_sharing(uow, shared_with)
    name = one_line(name, "The name", MAX_NAME)
    _require_free(uow, name)
    assert uow.actor.person_id is not None
    row = SavedViewRow(
        owner_id=uow.actor.person_id,
        name=name,
        shared_with=shared_with,
        query=_query(wanted),
        created_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    assert row.id is not None
    _record(uow, name, "saved")
    return row.id


def keep_changes(uow: UnitOfWork, key: int, wanted: QueueFilter) -> str:
    """Put other filters, order and columns in place of those of a view; returns its name."""
    row = _changeable(uow, key)
    _change(uow, key, query=_query(wanted))
    _record(uow, row.name, "changed")
    return str(row.name)


def rename_view(uow: UnitOfWork, key: int, name: str, shared_with: str) -> None:
    """Give a view another name, or show it to others than before."""
    row = _changeable(uow, key)
    name = one_line(name, "The name", MAX_NAME)
    if name != row.name:
        _require_free(uow, name, owner=row.owner_id)
    if shared_with != row.shared_with:
        _require_sharing(uow, shared_with)
    _change(uow, key, name=name, shared_with=shared_with)
    _record(uow, name, "renamed" if name != row.name else "changed")


def delete_view(uow: UnitOfWork, key: int) -> str:
    """Take a view away from everybody who uses it; returns its name."""
    row = _changeable(uow, key)
    _change(uow, key, deleted_at=uow.now)
    _record(uow, row.name, "deleted")
    return str(row.name)


def bring_back(uow: UnitOfWork, key: int) -> str:
    """Undo a deletion; returns what became of it. Raises Invalid when its name was given to
    another view meanwhile."""
    row = _locked(uow, _VIEWS.c.id == key, _VIEWS.c.deleted_at.is_not(None))
    if row is None:
        raise NotFound("That view")
    if not may_change(uow.actor, row):
        raise NotAllowed
    _require_free(uow, row.name, owner=row.owner_id)
    _change(uow, key, deleted_at=None)
    _record(uow, row.name, "brought back")
    return f"{row.name} is back."


def begin_with(uow: UnitOfWork, key: int) -> None:
    """Begin one's day with a view; 0 is the plain queue. Raises NotFound for one that is not
    theirs to use."""
    require(uow.actor, Permission.QUEUE_SEE)
    if key and _locked(uow, _VIEWS.c.id == key, _VIEWS.c.deleted_at.is_(None)) is None:
        raise NotFound("That view")
    _prefer(uow, default_view_id=key or None)


def choose_columns(uow: UnitOfWork, keys: tuple[str, ...]) -> None:
    """The columns of one's own queue, in their order; what is no column is left out."""
    require(uow.actor, Permission.QUEUE_SEE)
    _prefer(uow, columns=list(known_columns(keys)))


def _prefer(uow: UnitOfWork, **values: Any) -> None:
    person = uow.actor.person_id
    assert person is not None
    own = _PREFERENCES.c.person_id == person
    found = uow.session.execute(select(_PREFERENCES.c.person_id).where(own).with_for_update())
    if found.first() is None:
        uow.session.add(QueuePreferenceRow(person_id=person, **values))
        uow.session.flush()
    else:
        uow.session.execute(update(_PREFERENCES).where(own).values(**values))


def _query(wanted: QueueFilter) -> dict[str, str]:
    return replace(wanted, page=1, saved=0).params()


def _locked(uow: UnitOfWork, *conditions: Any) -> Any:
    """The view, if the actor may use it, held so that two who change it come one by one."""
    found = select(_VIEWS).where(usable(uow.actor), *conditions).with_for_update()
    return uow.session.execute(found).first()


def _changeable(uow: UnitOfWork, key: int) -> Any:
    require(uow.actor, Permission.VIEW_SAVE)
    row = _locked(uow, _VIEWS.c.id == key, _VIEWS.c.deleted_at.is_(None))
    if row is None:
        raise NotFound("That view")
    if not may_change(uow.actor, row):
        raise NotAllowed("Only who shared that view changes it, or a manager.")
    return row


def _change(uow: UnitOfWork, key: int, **values: Any) -> None:
    uow.session.execute(update(_VIEWS).where(_VIEWS.c.id == key).values(**values))


def _require_free(uow: UnitOfWork, name: str, owner: int | None = None) -> None:
    owner = uow.actor.person_id if owner is None else owner
    names = select(_VIEWS.c.name).where(_VIEWS.c.owner_id == owner, _VIEWS.c.deleted_at.is_(None))
    used = set(uow.session.execute(names).scalars())
    if name in used:
        raise Invalid(f"There is a view called {name} already. Choose another name.")
    if len(used) >= MAX_VIEWS:
        raise Invalid(f"{MAX_VIEWS} views are as many as one can keep. Delete one first.")


def _require_sharing(uow: UnitOfWork, shared_with: str) -> None:
    """Who shares with their team shares with theirs alone."""
    if not shared_with:
        return
    require(uow.actor, Permission.VIEW_SHARE)
    if uow.actor.grants[Permission.VIEW_SHARE] is Scope.ALL:
        process = uow.desk.process_of(uow.process_version)
        if shared_with not in {EVERYBODY, *(team.key for team in process.teams)}:
            raise NotFound("That team")
    elif shared_with != uow.actor.team:
        raise NotAllowed("You can share a view with your own team alone.")


def _record(uow: UnitOfWork, name: str, what: str) -> None:
    event = Event(EventKind.VIEW_CHANGED, uow.now, {"name": name, "what": what})
    put_on_record(uow.session, uow.actor, uow.now, event, None)

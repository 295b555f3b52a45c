"""Who of ours is away, and who stands in for them (domain.roster)."""

from datetime import datetime

from sqlalchemy import select, update

from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import Permission, Scope, require
from escalation_app.models import AbsenceRow
from escalation_app.services.effects import put_on_record
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_ABSENCES = columns(AbsenceRow)


def set_absence(
    uow: UnitOfWork,
    person_id: int,
    from_at: datetime,
    until_at: datetime,
    substitute_id: int | None = None,
    note: str = "",
) -> int:
    """Be away from an instant until before another, or say so for somebody else; returns its key.

    Nothing given to them before is taken away; path steps, obligations and notices of that time go
    to the substitute. Raises NotAllowed for somebody else's absence without the permission, and
    Invalid for a time that is over, ends before it begins or overlaps another absence of theirs,
    and for a substitute who is not of ours or the same person.
    """
    _require_for(uow, person_id)
    staff = uow.desk.roster.staff
    if person_id not in staff:
        raise NotFound("That person")
    if until_at <= max(from_at, uow.now):
        raise Invalid("An absence ends after it begins, and not in the past.")
    if substitute_id is not None and (substitute_id == person_id or substitute_id not in staff):
        raise Invalid("Somebody else of ours has to stand in.")
    overlapping = select(_ABSENCES.c.id).where(
        _ABSENCES.c.person_id == person_id,
        _ABSENCES.c.from_at < until_at,
        _ABSENCES.c.until_at > from_at,
    )
    if uow.session.execute(overlapping.limit(1)).first() is not None:
        raise Invalid("There is an absence in that time already. End it first.")
    row = AbsenceRow(
        person_id=person_id,
        from_at=from_at,
        until_at=until_at,
        substitute_id=substitute_id,
        note=note.replace("\x00", "").strip()[:200],
    )
    uow.session.add(row)
    uow.session.flush()
    assert row.id is not None
    _record(uow, person_id, from_at, until_at, substitute_id)
    return row.id


def end_absence(uow: UnitOfWork, absence_id: int) -> None:
    """Be back now; one that has not begun never will. Raises NotFound for one that is over."""
    row = uow.session.get(AbsenceRow, absence_id)
    if row is None or row.until_at <= uow.now:
        raise NotFound("That absence")
    _require_for(uow, row.person_id)
    uow.session.execute(
        update(_ABSENCES)
        .where(_ABSENCES.c.id == absence_id)
        .values(until_at=uow.now, from_at=min(row.from_at, uow.now))
    )
    _record(uow, row.person_id, row.from_at, uow.now, row.substitute_id)


def _require_for(uow: UnitOfWork, person_id: int) -> None:
    require(uow.actor, Permission.ABSENCE_SET)
    is_for_all = uow.actor.grants[Permission.ABSENCE_SET] is Scope.ALL
    if person_id != uow.actor.person_id and not is_for_all:
        raise NotAllowed("Only a manager or an admin says that somebody else is away.")


def _record(
    uow: UnitOfWork,
    person_id: int,
    from_at: datetime,
    until_at: datetime,
    substitute_id: int | None,
) -> None:
    roster = uow.desk.roster
    data = {
        "person": roster.name(person_id),
        "from_at": from_at.isoformat(),
        "until_at": until_at.isoformat(),
        "substitute": "" if substitute_id is None else roster.name(substitute_id),
    }
    put_on_record(
        uow.session, uow.actor, uow.now, Event(EventKind.ABSENCE_CHANGED, uow.now, data), None
    )

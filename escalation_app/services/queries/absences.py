"""Who of ours is away or will be, and for whom the reader may say so."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, Scope, require
from escalation_app.models import AbsenceRow
from escalation_app.services.people import load_roster
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.case_parts import department_of
from escalation_app.services.queries.common import person_mark
from escalation_app.services.tables import columns
from escalation_app.views.absences import AbsenceLine, AbsencePage
from escalation_app.views.common import Choice
from escalation_app.views.words import iso

_ABSENCES = columns(AbsenceRow)


def absence_page(session: Session, actor: Actor, now: datetime) -> AbsencePage:
    """The absences that are not over, the soonest first. Raises NotAllowed."""
    require(actor, Permission.ABSENCE_SET)
    is_for_all = actor.grants[Permission.ABSENCE_SET] is Scope.ALL
    process, roster = live_process(session), load_roster(session, now)
    rows = session.execute(
        select(_ABSENCES)
        .where(_ABSENCES.c.until_at > now, _ABSENCES.c.person_id.in_(sorted(roster.staff)))
        .order_by(_ABSENCES.c.from_at, _ABSENCES.c.id)
    ).all()
    lines = [
        (
            row.person_id,
            AbsenceLine(
                key=row.id,
                person=person_mark(
                    row.person_id,
                    roster.name(row.person_id),
                    department_of(process, roster, row.person_id),
                ),
                from_at=iso(row.from_at),
                until_at=iso(row.until_at),
                substitute="" if row.substitute_id is None else roster.name(row.substitute_id),
                note=row.note,
                is_now=row.from_at <= now,
                can_end=is_for_all or row.person_id == actor.person_id,
            ),
        )
        for row in rows
    ]
    people = sorted(
        roster.staff, key=lambda key: (department_of(process, roster, key), roster.name(key))
    )
    choices = tuple(
        Choice(str(key), f"{department_of(process, roster, key)}: {roster.name(key)}")
        for key in people
    )
    me = str(actor.person_id or "")
    return AbsencePage(
        mine=tuple(line for person, line in lines if person == actor.person_id),
        others=tuple(line for person, line in lines if person != actor.person_id),
        people=choices if is_for_all else tuple(one for one in choices if one.value == me),
        substitutes=(Choice("", "Nobody"), *choices),
        me=me,
        is_for_all=is_for_all,
    )

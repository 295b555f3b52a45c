"""Whom a manager chooses from in the dialogs of a case."""

from datetime import datetime

from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, Role, require
from escalation_app.domain.process import Process
from escalation_app.domain.roster import Roster
from escalation_app.services.people import load_roster
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.case_parts import department_of
from escalation_app.services.queries.seen_ticket import see_ticket
from escalation_app.views.case import CaseChoices
from escalation_app.views.common import Choice


def case_choices(session: Session, actor: Actor, reference: str, now: datetime) -> CaseChoices:
    """Everybody of ours by department, managers and executives with their cases; who is away says
    so. Raises NotFound as `see_ticket` does, and NotAllowed."""
    require(actor, Permission.CASE_SEE)
    ticket = see_ticket(session, actor, reference).ticket
    process, roster = process_of(session, ticket.process_version), load_roster(session, now)
    people = sorted(
        roster.staff, key=lambda key: (department_of(process, roster, key), roster.name(key))
    )
    return CaseChoices(
        people=tuple(_person(process, roster, key) for key in people),
        managers=_leaders(roster, Role.MANAGER),
        executives=_leaders(roster, Role.EXECUTIVE),
        me=str(actor.person_id or ""),
    )


def _person(process: Process, roster: Roster, key: int) -> Choice:
    department = department_of(process, roster, key)
    return Choice(str(key), f"{department}: {roster.name(key)}{_away(roster, key)}")


def _leaders(roster: Roster, role: Role) -> tuple[Choice, ...]:
    ids = roster.in_role(role)
    cases = roster.count_cases(ids)
    return tuple(
        Choice(str(key), f"{roster.name(key)}, {cases.get(key, 0)} cases{_away(roster, key)}")
        for key in sorted(ids, key=lambda key: (cases.get(key, 0), roster.name(key)))
    )


def _away(roster: Roster, key: int) -> str:
    there = roster.stand_in(key)
    if there == key:
        return ""
    return " (away)" if there is None else f" (away: {roster.name(there)})"

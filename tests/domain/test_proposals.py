"""Whom an escalation is proposed to go to, and why."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from escalation_app.domain import escalations
from escalation_app.domain.errors import Invalid
from escalation_app.domain.permissions import Role
from escalation_app.domain.proposals import (
    Candidate,
    GroundKind,
    best,
    fitting_playbook,
    functional_candidates,
    hierarchical_candidates,
)
from escalation_app.domain.roster import Roster, StaffMember
from escalation_app.domain.tickets import EscalationKind
from tests.support.casework import (
    AGENT,
    EXECUTIVE,
    MANAGER,
    OTHER_MANAGER,
    SPECIALIST,
    STAFF,
    Casework,
    as_shipped,
    casework,
    shipped,
)

SECOND, BILLER = 101, 102


def hired(
    key: int, name: str, team: str = "application_support", skills: tuple[str, ...] = ()
) -> StaffMember:
    return StaffMember(key, name, team, 2, False, frozenset({Role.AGENT}), skills)


def work_with(*more: StaffMember, subject: str = "Down", **loads: dict[int, int]) -> Casework:
    work = casework(staff=(*STAFF, *more))
    work.ticket = replace(work.ticket, subject=subject)
    work.roster.count_tickets = lambda _people: loads.get("tickets", {})
    work.roster.count_cases = lambda _people: loads.get("cases", {})
    return work


def functional(work: Casework) -> tuple[Candidate, ...]:
    return functional_candidates(work.ticket, work.desk())


def keys(candidates: Iterable[Candidate]) -> list[int]:
    return [one.person_id for one in candidates]


def kinds(candidate: Candidate) -> list[GroundKind]:
    return [ground.kind for ground in candidate.grounds]


def test_the_team_above_is_proposed_and_of_it_who_has_least():
    work = work_with(hired(SECOND, "Second"), tickets={SPECIALIST: 3, SECOND: 1})

    found = functional(work)

    assert keys(found) == [SECOND, SPECIALIST]
    assert kinds(found[0]) == [GroundKind.WORKING, GroundKind.LOAD]
    assert [ground.count for ground in found[1].grounds if ground.count] == [3]


def test_who_knows_what_the_ticket_speaks_of_goes_before_who_has_less():
    knows = hired(SECOND, "Second", skills=("card terminals",))
    work = work_with(knows, subject="Card terminals decline", tickets={SECOND: 9})

    found = functional(work)

    assert keys(found) == [SECOND, SPECIALIST]
    assert found[0].grounds[0].words == ("card terminals",)


def test_another_teams_member_is_proposed_only_with_a_skill_for_it():
    biller = hired(BILLER, "Biller", "billing_support", ("invoice",))

    assert BILLER not in keys(functional(work_with(biller)))
    found = functional(work_with(biller, subject="The invoice is wrong"))
    assert keys(found) == [BILLER, SPECIALIST]
    assert found[0].team == "billing_support"


def test_who_is_away_is_listed_last_with_who_stands_in_and_cannot_be_chosen():
    work = work_with(hired(SECOND, "Second", skills=("down",)))
    back = work.now + timedelta(days=2)
    away = Roster(work.roster.staff, absent={SECOND: SPECIALIST}, back_at={SECOND: back})
    work.roster = away

    found = functional(work)

    assert keys(found) == [SPECIALIST, SECOND]
    assert (found[1].grounds[0].words, found[1].grounds[0].until) == (("Specialist",), back)
    with pytest.raises(Invalid, match="away"):
        escalate(work, EscalationKind.FUNCTIONAL, to=SECOND)


def test_whose_night_it_is_goes_behind_who_is_at_work():
    sleeps = replace(hired(SECOND, "Aaron"), zone="Pacific/Auckland")
    work = work_with(sleeps)

    found = functional(work)

    assert keys(found) == [SPECIALIST, SECOND]
    assert kinds(found[1])[0] is GroundKind.NIGHT


def test_a_team_whose_hours_are_over_says_when_it_opens():
    process = shipped()
    teams = tuple(
        replace(team, calendar="london_office") if team.key == "application_support" else team
        for team in process.teams
    )
    work = casework(process=replace(process, teams=teams))
    work.now = work.now.replace(hour=5) + timedelta(days=1)

    ground = functional(work)[0].grounds[0]

    assert (ground.kind, ground.until is not None) == (GroundKind.CLOSED, True)


def test_the_manager_with_the_fewest_cases_has_the_authority():
    work = work_with(cases={MANAGER: 2})

    assert keys(hierarchical_candidates(work.ticket, work.desk())) == [OTHER_MANAGER, MANAGER]


def test_a_case_keeps_its_manager_and_an_executive_stands_above():
    work = work_with()
    escalate(work, EscalationKind.HIERARCHICAL, to=OTHER_MANAGER)

    found = hierarchical_candidates(work.ticket, work.desk())

    assert keys(found) == [OTHER_MANAGER, EXECUTIVE]
    with pytest.raises(Invalid, match="owns this case"):
        escalate(work, EscalationKind.HIERARCHICAL, to=MANAGER)
    escalate(work, EscalationKind.HIERARCHICAL, to=EXECUTIVE, decision="Credit a month?")
    assert work.ticket.escalation is not None
    assert work.ticket.escalation.executive_id == EXECUTIVE
    assert work.ticket.obligations[-1].person_id == EXECUTIVE


def test_a_decision_is_owed_within_a_quarter_of_the_time_to_resolution():
    work = work_with()

    escalate(work, EscalationKind.HIERARCHICAL, to=MANAGER, decision="Credit a month?")

    owed = work.ticket.obligations[0]
    clock = work.ticket.clock_of(work.ticket.clocks[-1].metric, owed.number)
    assert (owed.person_id, owed.text) == (MANAGER, "Decide: Credit a month?")
    assert clock is not None and clock.target == timedelta(hours=7) / 4


@pytest.mark.parametrize(
    ("to", "words"),
    [(AGENT, "Assign it"), (EXECUTIVE, "Choose somebody"), (999, "Choose somebody")],
)
def test_who_could_not_take_it_is_refused(to: int, words: str):
    work = work_with()

    with pytest.raises(Invalid, match=words):
        escalate(work, EscalationKind.FUNCTIONAL, to=to)
    assert work.ticket.team == "service_desk"


def test_the_person_chosen_gets_it_and_not_who_has_least():
    work = work_with(hired(SECOND, "Second"), tickets={SECOND: 50})

    escalate(work, EscalationKind.FUNCTIONAL, to=SECOND)

    assert (work.ticket.team, work.ticket.assignee_id) == ("application_support", SECOND)


def test_a_playbook_that_fits_binds_the_team():
    biller = hired(BILLER, "Biller", "billing_support")
    work = casework(staff=(*STAFF, biller), process=as_shipped())
    work.ticket = replace(work.ticket, subject="The invoice is wrong")
    playbook = fitting_playbook(work.process, work.ticket)

    assert playbook is not None and playbook.key == "billing_dispute"
    found = functional_candidates(work.ticket, work.desk(), playbook)
    assert keys(found) == [BILLER]
    with pytest.raises(Invalid, match="another team"):
        escalate(work, EscalationKind.FUNCTIONAL, to=SPECIALIST, playbook=playbook.key)


def test_nobody_is_proposed_where_nobody_is_there():
    work = casework()
    work.roster = Roster(work.roster.staff, absent={SPECIALIST: None})

    assert best(functional(work)) is None


def escalate(work: Casework, kind: EscalationKind, **more: object) -> None:
    work.decide(escalations.escalate, kind=kind, reason="Needed", requested_by=AGENT, **more)

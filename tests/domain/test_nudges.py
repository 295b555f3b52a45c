"""Reminders: who gets one, when, and how soon again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from escalation_app.domain import cases, escalations
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import Invalid, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.nudges import REST, nudge_acknowledgement, nudge_obligation
from escalation_app.domain.tickets import EscalationKind
from tests.support.casework import (
    AGENT,
    EXECUTIVE,
    EXPERT,
    MANAGER,
    OTHER_MANAGER,
    SPECIALIST,
    Casework,
    casework,
)


def escalated() -> Casework:
    work = casework(answered=True)
    work.decide(
        escalations.escalate,
        kind=EscalationKind.HIERARCHICAL,
        reason="Authority",
        requested_by=AGENT,
    )
    return work


def late(person: int = SPECIALIST) -> Casework:
    """A case to which somebody has been owing something since a minute ago."""
    work = escalated()
    work.decide(
        cases.give_obligation,
        person_id=person,
        text="Check the logs",
        due_at=work.now + timedelta(hours=1),
        given_by=MANAGER,
    )
    work.wait(hours=1, minutes=1)
    return work


def test_who_is_late_is_reminded_by_name_of_what_and_since_when():
    work = late()

    work.decide(nudge_obligation, 1, MANAGER)

    (event,) = work.of_kind(EventKind.NUDGED)
    assert event.told == (SPECIALIST,)
    assert event.data["to"] == "Specialist"
    assert (event.data["by"], event.data["text"]) == ("Manager", "Check the logs")
    assert event.data["due_at"] == (work.now - timedelta(minutes=1)).isoformat()
    assert work.ticket.obligations[0].nudged_at == work.now


def test_nobody_is_reminded_of_what_is_not_due_yet():
    work = late()
    work.wait(minutes=-30)

    with pytest.raises(Invalid, match="Nobody is late"):
        work.decide(nudge_obligation, 1, MANAGER)


@pytest.mark.parametrize("state", [ObligationState.DONE, ObligationState.RELEASED])
def test_nobody_is_reminded_of_what_is_over(state: ObligationState):
    work = late()
    work.decide(cases.update_obligation, 1, state, "Enough")

    with pytest.raises(Invalid, match="Nobody is late"):
        work.decide(nudge_obligation, 1, MANAGER)


def test_an_unknown_obligation_is_not_found():
    with pytest.raises(NotFound):
        late().decide(nudge_obligation, 2, MANAGER)


def test_the_same_thing_is_not_reminded_of_again_before_the_rest_whoever_does_it():
    work = late()
    work.decide(nudge_obligation, 1, MANAGER)

    work.wait(seconds=REST.total_seconds() - 1)
    with pytest.raises(Invalid, match="30 min ago"):
        work.decide(nudge_obligation, 1, EXECUTIVE)
    work.wait(seconds=1)
    work.decide(nudge_obligation, 1, EXECUTIVE)

    assert len(work.of_kind(EventKind.NUDGED)) == 2


def test_two_things_are_reminded_of_each_in_its_own_time():
    work = late()
    work.decide(
        cases.give_obligation,
        person_id=EXPERT,
        text="Check the disks",
        due_at=work.now + timedelta(minutes=1),
        given_by=MANAGER,
    )
    work.wait(minutes=2)

    work.decide(nudge_obligation, 1, MANAGER)
    work.decide(nudge_obligation, 2, MANAGER)

    assert [event.told for event in work.of_kind(EventKind.NUDGED)] == [(SPECIALIST,), (EXPERT,)]


def test_a_reminder_goes_to_the_stand_in_and_says_so():
    work = late()
    work.roster = replace(work.roster, absent={SPECIALIST: EXPERT})

    work.decide(nudge_obligation, 1, MANAGER)

    (event,) = work.of_kind(EventKind.NUDGED)
    assert event.told == (EXPERT,)
    assert (event.data["to"], event.data["instead_of"]) == ("Expert", "Specialist")


@pytest.mark.parametrize("absent", [{SPECIALIST: None}, {SPECIALIST: MANAGER}])
def test_nobody_reminds_themselves_or_nobody(absent: dict[int, int | None]):
    work = late()
    work.roster = replace(work.roster, absent=absent)

    with pytest.raises(Invalid, match="nobody else to be reminded"):
        work.decide(nudge_obligation, 1, MANAGER)


def test_who_was_told_of_an_escalation_is_reminded_to_acknowledge_it():
    work = escalated()

    work.decide(nudge_acknowledgement, [MANAGER, AGENT], OTHER_MANAGER)

    (event,) = work.of_kind(EventKind.NUDGED)
    assert event.told == (MANAGER, AGENT)
    assert event.data["about"] == "acknowledgement"
    with pytest.raises(Invalid, match="0 min ago"):
        work.decide(nudge_acknowledgement, [MANAGER, AGENT], OTHER_MANAGER)


def test_nobody_is_reminded_of_what_is_acknowledged():
    work = escalated()
    work.decide(escalations.acknowledge, MANAGER)

    with pytest.raises(Invalid, match="Nobody owes"):
        work.decide(nudge_acknowledgement, [MANAGER], OTHER_MANAGER)

"""Taking up an escalation again after a person has ended it."""

from dataclasses import replace

import pytest

from escalation_app.domain import cases, escalations, lifecycle
from escalation_app.domain.clocks import Metric
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import Escalation, EscalationKind
from tests.support.casework import AGENT, EXECUTIVE, MANAGER, OTHER_MANAGER, Casework, casework


def ended() -> tuple[Casework, Escalation]:
    """A ticket whose escalation, owned and sponsored, a manager has ended."""
    work = casework(severity=1)
    work.decide(
        escalations.escalate,
        kind=EscalationKind.HIERARCHICAL,
        reason="They lose money",
        requested_by=AGENT,
        to=OTHER_MANAGER,
    )
    work.decide(cases.name_sponsor, EXECUTIVE)
    work.decide(escalations.deescalate, "They are calm", MANAGER)
    last = work.ended[-1]
    assert isinstance(last, Escalation)
    return work, last


def again(work: Casework, last: Escalation) -> None:
    work.decide(escalations.reescalate, last, reason="They are not", requested_by=MANAGER)


def test_it_goes_on_with_the_people_who_led_it():
    work, last = ended()

    again(work, last)

    case_ = work.ticket.escalation
    assert case_ is not None
    assert (case_.manager_id, case_.executive_id) == (OTHER_MANAGER, EXECUTIVE)
    assert (case_.reason, case_.requested_by) == ("They are not", MANAGER)


def test_who_is_away_is_stood_in_for():
    work, last = ended()
    work.roster = replace(work.roster, absent={OTHER_MANAGER: MANAGER})

    again(work, last)

    assert work.ticket.escalation is not None
    assert work.ticket.escalation.manager_id == MANAGER


def test_the_clocks_go_on_untouched_and_escalate_again():
    work, last = ended()
    before = work.ticket.clocks

    again(work, last)
    assert work.ticket.clocks == before
    assert work.ticket.muted == frozenset()
    work.wait_until(110, 0)
    work.fire()

    assert work.ticket.run is not None
    assert EventKind.NO_PATH not in work.kinds()


def test_a_path_whose_first_step_was_passed_meanwhile_starts_at_once():
    work, last = ended()
    work.wait_until(110, 0)
    work.fire()
    assert work.ticket.run is None
    first = work.ticket.clock(Metric.FIRST_RESPONSE)
    assert first is not None and first.is_breached

    again(work, last)

    assert work.ticket.run is not None


def test_what_an_automatic_one_becomes_is_a_persons():
    work, last = ended()

    again(work, replace(last, kind=EscalationKind.AUTOMATIC))

    assert work.ticket.escalation is not None
    assert work.ticket.escalation.kind is EscalationKind.HIERARCHICAL


def test_only_an_open_ticket_that_is_not_escalated_is_escalated_again():
    work, last = ended()
    again(work, last)

    with pytest.raises(Invalid, match="escalated already"):
        again(work, last)
    work.decide(lifecycle.resolve)
    with pytest.raises(Invalid, match="resolved"):
        again(work, last)

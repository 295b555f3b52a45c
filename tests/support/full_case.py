"""An escalated ticket with something in each of its parts."""

from datetime import timedelta

import pytest

from escalation_app.clock import utc_now
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import cases, escalations, tickets
from tests.support.office import Office

HOUR = timedelta(hours=1)


@pytest.fixture
def full_case(office: Office) -> str:
    """Its reference; it is open to every seat of ours, and its customer waits for an answer."""
    reference = office.opens("Gates do not open")
    office.act("manager", escalations.escalate, reference, EscalationKind.FUNCTIONAL, "For tier 2")
    office.act("customer", escalations.request_escalation, reference, "The board asks.")
    manager, agent = office.person("manager").person_id, office.person("agent").person_id
    office.act("manager", escalations.assign_case, reference, manager)
    office.act("manager", tickets.send_message, reference, "We look at every gate.")
    office.act("manager", tickets.write_note, reference, "The motor of gate 3 is new.")
    due_at = utc_now() + HOUR
    office.act("manager", cases.give_obligation, reference, agent, "Read the log", due_at)
    office.act("manager", cases.make_promise, reference, "All open", due_at, None, "They insist")
    office.act("manager", cases.record_decision, reference, "Guests walk", "It is near")
    return reference

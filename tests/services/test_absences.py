"""Who is away, and where what would go to them goes."""

from datetime import timedelta

import pytest

from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import AbsenceRow, EventRow, PathStepRow
from escalation_app.services import absences, escalations, tickets
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk

DAY = timedelta(days=1)


@pytest.fixture
def desk(database):
    with support_desk(database) as opened:
        yield opened


def away(desk: SupportDesk, who: str, substitute: str = "", by: str = "") -> int:
    """Somebody is away for a day from now."""
    stands_in = desk.people[substitute].person_id if substitute else None
    person = desk.people[who].person_id
    return desk.act(by or who, absences.set_absence, person, desk.now, desk.now + DAY, stands_in)


def test_a_step_for_somebody_away_goes_to_who_stands_in(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)
    away(desk, "agent", "colleague")

    desk.wait(minutes=11, seconds=15)

    (step,) = rows(desk, PathStepRow)
    assert desk.people["agent"].person_id not in step.told
    assert desk.people["colleague"].person_id in step.told
    events = columns(EventRow).c
    (event,) = rows(desk, EventRow, events.kind == EventKind.PATH_STEP_TAKEN)
    assert event.data["stand_ins"] == {"J. Lind": "A. Farouk"}


def test_nobody_who_is_away_is_given_a_case(desk: SupportDesk):
    ref = desk.open().reference
    away(desk, "manager")

    ticket = desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")

    assert ticket.escalation.manager_id is None


def test_a_substitute_acknowledges_for_who_is_away(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    with pytest.raises(NotAllowed):
        desk.act("executive", escalations.acknowledge, ref)
    away(desk, "manager", "executive")

    ticket = desk.act("executive", escalations.acknowledge, ref)

    assert ticket.escalation.acknowledged_by == desk.people["executive"].person_id


def test_after_the_absence_everything_goes_to_them_again(desk: SupportDesk):
    away(desk, "agent", "colleague")
    desk.clock.advance(DAY)
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)

    desk.wait(minutes=11, seconds=15)

    assert desk.people["agent"].person_id in rows(desk, PathStepRow)[0].told


def test_somebody_who_is_back_early_ends_it(desk: SupportDesk):
    key = away(desk, "manager")

    desk.act("manager", absences.end_absence, key)

    ref = desk.open().reference
    ticket = desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    assert ticket.escalation.manager_id == desk.people["manager"].person_id
    with pytest.raises(NotFound):
        desk.act("manager", absences.end_absence, key)


def test_only_oneself_a_manager_or_an_admin_says_that_somebody_is_away(desk: SupportDesk):
    for by in ("colleague", "executive", "customer"):
        with pytest.raises(NotAllowed):
            away(desk, "agent", by=by)

    away(desk, "agent", by="manager")
    away(desk, "colleague", by="admin")

    assert len(rows(desk, AbsenceRow)) == 2
    events = columns(EventRow).c
    assert len(rows(desk, EventRow, events.kind == EventKind.ABSENCE_CHANGED)) == 2


def test_an_absence_that_cannot_be_is_refused(desk: SupportDesk):
    agent, now = desk.people["agent"].person_id, desk.now
    customer = desk.people["customer"].person_id
    away(desk, "colleague")

    for arguments in (
        (agent, now, now),
        (agent, now - 2 * DAY, now - DAY),
        (agent, now, now + DAY, agent),
        (agent, now, now + DAY, customer),
        (desk.people["colleague"].person_id, now + DAY / 2, now + 2 * DAY),
    ):
        with pytest.raises(Invalid):
            desk.act("manager", absences.set_absence, *arguments)
    with pytest.raises(NotFound):
        desk.act("manager", absences.set_absence, customer, now, now + DAY)

    assert len(rows(desk, AbsenceRow)) == 1

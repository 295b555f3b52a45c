"""A promise is checked against real rows, refused with its doubts, and made with a reason."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import Doubtful, Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import EventRow, PromiseRow
from escalation_app.services import absences, cases, escalations, tickets
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as opened:
        yield opened


def escalated(desk: SupportDesk) -> str:
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    return ref


def refusal(desk: SupportDesk, ref: str, hours: float, who: str = "manager") -> tuple[str, ...]:
    with pytest.raises(Doubtful) as found:
        desk.act(who, cases.make_promise, ref, "A patch", desk.now + hours * HOUR)
    return found.value.doubts


def test_what_can_be_kept_is_made_without_a_doubt(desk: SupportDesk):
    ref = escalated(desk)

    desk.act("manager", cases.make_promise, ref, "A patch", desk.now + 2 * HOUR)

    (row,) = rows(desk, PromiseRow)
    assert (row.doubts, row.override_reason) == ("", "")


def test_an_absence_a_late_thing_and_a_crowd_are_found(desk: SupportDesk):
    ref = escalated(desk)
    manager = desk.people["manager"].person_id
    assert manager is not None
    desk.act("manager", cases.give_obligation, ref, manager, "Call them", desk.now + HOUR)
    desk.wait(hours=1, minutes=1)
    desk.act("manager", cases.make_promise, ref, "A list", desk.now + 2 * HOUR, None, "It must be")
    desk.act("manager", absences.set_absence, manager, desk.now + HOUR, desk.now + 9 * HOUR)

    assert refusal(desk, ref, 2) == (
        "L. Moreau is away for 1 h of the working time until then.",
        "L. Moreau is late with 1 thing already.",
    )
    assert refusal(desk, ref, 8)[-1] == "The ticket is to be resolved before then."
    assert len(rows(desk, PromiseRow)) == 1


def test_what_is_blocked_or_late_in_the_same_case_speaks_against_a_promise(desk: SupportDesk):
    ref = escalated(desk)
    for who, hours in (("agent", 3), ("specialist", 1), ("colleague", 3)):
        person, due_at = desk.people[who].person_id, desk.now + hours * HOUR
        desk.act("manager", cases.give_obligation, ref, person, "Read the log", due_at)
    desk.act("agent", cases.update_obligation, ref, 1, ObligationState.BLOCKED, "No access")
    desk.act("manager", tickets.send_message, ref, "We go on.")
    desk.wait(hours=1, minutes=1)

    assert refusal(desk, ref, 2) == (
        "A. Farouk is blocked with something this case waits for.",
        "S. Iyer is late with something this case waits for.",
    )
    other = escalated(desk)
    desk.act("manager", cases.make_promise, other, "A list", desk.now + 2 * HOUR)


def test_a_doubtful_promise_is_made_with_a_reason_that_stands_on_record(desk: SupportDesk):
    ref = escalated(desk)
    due_at = desk.now + 8 * HOUR
    refusal(desk, ref, 8)
    with pytest.raises(Doubtful):
        desk.act("manager", cases.make_promise, ref, "A patch", due_at, None, "  ")

    desk.act("manager", cases.make_promise, ref, "A patch", due_at, None, "They asked for it")

    (row,) = rows(desk, PromiseRow)
    assert row.doubts == "The ticket is to be resolved before then."
    assert row.override_reason == "They asked for it"
    (event,) = rows(desk, EventRow, columns(EventRow).c.kind == EventKind.PROMISE_MADE)
    assert event.data["override"] == "They asked for it"


def test_what_cannot_be_promised_at_all_is_not_called_doubtful(desk: SupportDesk):
    ref = escalated(desk)

    for hours, text in ((-1, "A patch"), (8, "  ")):
        with pytest.raises(Invalid):
            desk.act("manager", cases.make_promise, ref, text, desk.now + hours * HOUR)


def test_the_promise_that_gives_way_does_not_count_against_the_new_one(desk: SupportDesk):
    ref = escalated(desk)
    desk.act("manager", cases.make_promise, ref, "A patch", desk.now + HOUR / 2)
    with pytest.raises(Doubtful) as found:
        desk.act("manager", cases.make_promise, ref, "A list", desk.now + 0.75 * HOUR)
    assert found.value.doubts == (
        "L. Moreau has 1 thing due before then, which leaves 22 min 30 s for each.",
    )

    new = desk.now + 0.75 * HOUR
    desk.act("manager", cases.renegotiate_promise, ref, 1, new, "They agreed")

    assert [row.state for row in rows(desk, PromiseRow)] == ["renegotiated", "open"]


def test_a_renegotiation_is_checked_and_overridden_too(desk: SupportDesk):
    ref = escalated(desk)
    desk.act("manager", cases.make_promise, ref, "A patch", desk.now + HOUR)
    later = desk.now + 8 * HOUR

    with pytest.raises(Doubtful):
        desk.act("manager", cases.renegotiate_promise, ref, 1, later, "They agreed")
    desk.act("manager", cases.renegotiate_promise, ref, 1, later, "They agreed", "They can wait")

    kept = sorted(rows(desk, PromiseRow), key=lambda row: row.number)
    assert [row.override_reason for row in kept] == ["", "They can wait"]


def test_what_is_done_does_not_count(desk: SupportDesk):
    ref = escalated(desk)
    manager = desk.people["manager"].person_id
    desk.act("manager", cases.give_obligation, ref, manager, "Call them", desk.now + HOUR)
    desk.wait(hours=1, minutes=1)
    desk.act("manager", cases.update_obligation, ref, 1, ObligationState.DONE)

    desk.act("manager", cases.make_promise, ref, "A patch", desk.now + 2 * HOUR)

    assert len(rows(desk, PromiseRow)) == 1

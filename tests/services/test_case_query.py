"""The war room as it is read: who leads, who owes what, what is promised, decided and said."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Role
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import EventRow, OutboxRow
from escalation_app.services import absences, attachments, cases, escalations, nudges, tickets
from escalation_app.services.attachments import Uploaded
from escalation_app.services.people import NewPerson, add_person
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.queries.case import case_page
from escalation_app.services.tables import columns
from escalation_app.views.case import CasePage, DutyRow
from escalation_app.views.words import iso
from tests.support.desk import SupportDesk, rows, support_desk

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as opened:
        yield opened


def escalated(desk: SupportDesk) -> str:
    """An answered ticket whose case the manager owns."""
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    return ref


def oblige(desk: SupportDesk, ref: str, who: str = "specialist", hours: float = 1) -> None:
    person = desk.people[who].person_id
    due_at = desk.now + hours * HOUR
    desk.act("manager", cases.give_obligation, ref, person, f"For {who}", due_at)


def page(desk: SupportDesk, ref: str, who: str = "manager") -> CasePage:
    return desk.see(who, case_page, ref, desk.now)


def duty(desk: SupportDesk, ref: str, number: int = 1, who: str = "manager") -> DutyRow:
    return next(row for row in page(desk, ref, who).duties if row.number == number)


# Who sees it -------------------------------------------------------------------------------------


def test_all_staff_see_a_case_and_no_customer_does(desk: SupportDesk):
    ref = escalated(desk)

    for who in ("agent", "specialist", "manager", "executive", "admin"):
        assert page(desk, ref, who).head.subject == "Down"
    for who in ("customer", "lead", "stranger"):
        with pytest.raises(NotAllowed):
            page(desk, ref, who)


def test_a_ticket_that_was_never_escalated_is_no_case(desk: SupportDesk):
    ref = desk.open().reference

    for reference in (ref, "T-999"):
        with pytest.raises(NotFound):
            page(desk, reference)


def test_the_head_says_who_leads_why_and_how_long_there_is(desk: SupportDesk):
    ref = escalated(desk)

    head = page(desk, ref).head

    assert (head.owner.name, head.owner.hint) == ("L. Moreau", "you")
    assert (head.sponsor.name, head.kind_name, head.why) == (
        "",
        "authority is missing",
        "Authority",
    )
    assert head.resolution.due_at == iso(desk.now + 7 * HOUR)
    assert (head.acknowledged.before, head.is_acknowledged) == ("Nobody yet", False)


def test_a_case_that_is_over_is_still_read_and_nothing_of_it_can_be_changed(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)
    desk.act("manager", escalations.deescalate, ref, "It works again")

    shown = page(desk, ref)

    assert shown.head.is_over
    assert "It works again" in shown.head.end.after
    assert shown.duties[0].state == ObligationState.DROPPED
    may = shown.may
    assert not any((may.can_oblige, may.can_decide, may.can_assign, may.can_end, may.can_nudge))
    row = shown.duties[0]
    assert not any((row.can_accept, row.can_do, row.can_release, row.can_nudge))


# The team ----------------------------------------------------------------------------------------


def test_what_is_owed_stands_first_by_its_due_time_and_what_is_over_behind(desk: SupportDesk):
    ref = escalated(desk)
    for who, hours in (("specialist", 3), ("colleague", 2), ("agent", 1)):
        oblige(desk, ref, who, hours)
    desk.act("agent", cases.update_obligation, ref, 3, ObligationState.DONE)

    shown = page(desk, ref)

    assert [row.person.name for row in shown.duties] == ["J. Lind", "S. Iyer", "A. Farouk"]
    assert [row.person.hint for row in shown.duties] == [
        "Service desk",
        "Application support",
        "Service desk",
    ]
    assert shown.duty_words == "1 of 3 done"
    assert shown.duties[2].time_left.words == "done in time"


def test_each_sees_what_they_may_do_about_an_obligation(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)

    def rights(who: str) -> tuple[bool, bool, bool, bool]:
        row = duty(desk, ref, who=who)
        return row.can_accept, row.can_do, row.can_release, row.can_nudge

    assert rights("specialist") == (True, True, False, False)
    assert rights("manager") == (False, True, True, False)
    assert rights("agent") == (False, False, False, False)
    assert rights("admin") == (False, False, False, False)


def test_late_blocked_released_and_done_late_each_say_so(desk: SupportDesk):
    ref = escalated(desk)
    for who in ("specialist", "colleague", "agent"):
        oblige(desk, ref, who)
    desk.act("colleague", cases.update_obligation, ref, 2, ObligationState.BLOCKED, "No access")
    desk.act("manager", cases.update_obligation, ref, 3, ObligationState.RELEASED, "On leave")

    desk.wait(hours=1, minutes=5)

    assert page(desk, ref).duty_words == "0 of 2 done, 2 late, 1 blocked"
    assert duty(desk, ref, 1).is_late
    assert duty(desk, ref, 2).note == "Blocked: No access"
    assert duty(desk, ref, 3).note == "Released: On leave"
    assert duty(desk, ref, 3).time_left.words == "released"
    desk.act("specialist", cases.update_obligation, ref, 1, ObligationState.DONE)
    assert duty(desk, ref, 1).time_left.words == "done 5m late"


def test_what_goes_to_a_stand_in_says_whose_place_they_take(desk: SupportDesk):
    ref = escalated(desk)
    away, there = desk.people["specialist"].person_id, desk.people["colleague"].person_id
    assert away is not None
    day = timedelta(days=1)
    desk.act("manager", absences.set_absence, away, desk.now, desk.now + day, there)

    oblige(desk, ref)

    row = duty(desk, ref)
    assert (row.person.name, row.place) == ("J. Lind", "for S. Iyer")
    (event,) = rows(desk, EventRow, columns(EventRow).c.kind == EventKind.OBLIGATION_GIVEN)
    assert event.data["instead_of"] == "S. Iyer"


def test_what_was_given_before_an_absence_stays_and_says_who_stands_in(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)
    away, there = desk.people["specialist"].person_id, desk.people["colleague"].person_id
    assert away is not None
    day = timedelta(days=1)
    desk.act("manager", absences.set_absence, away, desk.now, desk.now + day, there)

    row = duty(desk, ref, who="colleague")

    assert (row.person.name, row.note) == (
        "S. Iyer",
        "Not accepted yet; away, J. Lind stands in",
    )
    assert row.can_accept and row.can_do


def test_nothing_is_given_to_somebody_for_whom_nobody_stands_in(desk: SupportDesk):
    ref = escalated(desk)
    away = desk.people["specialist"].person_id
    assert away is not None
    desk.act("manager", absences.set_absence, away, desk.now, desk.now + timedelta(days=1))

    with pytest.raises(Invalid, match=r"S\. Iyer is away and nobody stands in"):
        oblige(desk, ref)


# Nudges ------------------------------------------------------------------------------------------


def told(desk: SupportDesk) -> set[tuple[int | None, str]]:
    found = rows(desk, OutboxRow, columns(OutboxRow).c.kind == EventKind.NUDGED)
    return {(row.person_id, row.channel) for row in found}


def test_a_reminder_is_a_notice_a_line_of_the_record_and_rests(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)
    desk.wait(hours=1, minutes=1)
    assert duty(desk, ref).can_nudge

    desk.act("manager", nudges.nudge_obligation, ref, 1)

    person = desk.people["specialist"].person_id
    assert told(desk) == {(person, "in_app"), (person, "email")}
    shown = page(desk, ref)
    assert shown.moved[0].title == "S. Iyer reminded by L. Moreau"
    assert not shown.duties[0].can_nudge
    assert shown.duties[0].nudged_at == iso(desk.now)
    with pytest.raises(Invalid):
        desk.act("manager", nudges.nudge_obligation, ref, 1)
    desk.wait(minutes=30)
    assert duty(desk, ref).can_nudge


def test_only_who_may_reminds_anybody(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)
    desk.wait(hours=1, minutes=1)

    for who, error in (
        ("agent", NotAllowed),
        ("specialist", NotAllowed),
        ("admin", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
    ):
        with pytest.raises(error):
            desk.act(who, nudges.nudge_obligation, ref, 1)
        with pytest.raises(error):
            desk.act(who, nudges.nudge_acknowledgement, ref)

    assert told(desk) == set()


def test_who_owes_an_acknowledgement_is_reminded_of_it(desk: SupportDesk):
    ref = escalated(desk)
    assert page(desk, ref, "executive").may.can_nudge
    assert not page(desk, ref, "manager").may.can_nudge

    desk.act("executive", nudges.nudge_acknowledgement, ref)

    person = desk.people["manager"].person_id
    assert told(desk) == {(person, "in_app"), (person, "email")}
    assert not page(desk, ref, "executive").may.can_nudge


def test_a_process_that_tells_nobody_of_reminders_says_so(database: Database):
    silent = "\n".join(line for line in shipped_document().splitlines() if "nudged" not in line)
    with support_desk(database, document=silent) as desk:
        ref = escalated(desk)
        oblige(desk, ref)
        desk.wait(hours=1, minutes=1)

        with pytest.raises(Invalid, match="tells nobody of reminders"):
            desk.act("manager", nudges.nudge_obligation, ref, 1)


# Decisions and leaders ---------------------------------------------------------------------------


def test_a_decision_is_logged_with_who_decided_and_why(desk: SupportDesk):
    ref = escalated(desk)
    executive = desk.people["executive"].person_id

    desk.act("manager", cases.record_decision, ref, "Correct in place", "No rollback", executive)

    line = page(desk, ref).decisions[0]
    assert (line.title, line.is_recorded) == ("Correct in place", True)
    assert line.text == "D. Ames, written down by L. Moreau: No rollback"
    assert page(desk, ref).decisions[-1].text == "Authority"


def test_who_may_not_decide_does_not_and_nothing_is_decided_about_no_case(desk: SupportDesk):
    ref = escalated(desk)

    for who, error in (
        ("agent", NotAllowed),
        ("admin", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
    ):
        with pytest.raises(error):
            desk.act(who, cases.record_decision, ref, "Refund", "It is cheaper")
    with pytest.raises(Invalid):
        desk.act("manager", cases.record_decision, ref, "Refund", " ")
    customer = desk.people["customer"].person_id
    with pytest.raises(Invalid):
        desk.act("manager", cases.record_decision, ref, "Refund", "Cheaper", customer)
    desk.act("manager", escalations.deescalate, ref, "Over")
    with pytest.raises(Invalid):
        desk.act("manager", cases.record_decision, ref, "Refund", "It is cheaper")


def test_an_executive_is_made_the_sponsor_and_told(desk: SupportDesk):
    ref = escalated(desk)
    executive = desk.people["executive"].person_id
    assert executive is not None

    desk.act("manager", cases.name_sponsor, ref, executive)
    desk.act("manager", cases.name_sponsor, ref, executive)

    shown = page(desk, ref)
    assert shown.head.sponsor.name == "D. Ames"
    assert [line.title for line in shown.decisions].count("D. Ames sponsors the case") == 1
    outbox = rows(desk, OutboxRow, columns(OutboxRow).c.kind == EventKind.SPONSOR_NAMED)
    assert {row.person_id for row in outbox} == {executive}


def test_only_an_executive_sponsors_and_only_who_assigns_says_so(desk: SupportDesk):
    ref = escalated(desk)
    manager, executive = desk.people["manager"].person_id, desk.people["executive"].person_id

    with pytest.raises(Invalid):
        desk.act("manager", cases.name_sponsor, ref, manager)
    for who, error in (("agent", NotAllowed), ("executive", NotAllowed), ("stranger", NotFound)):
        with pytest.raises(error):
            desk.act(who, cases.name_sponsor, ref, executive)


# Promises and words ------------------------------------------------------------------------------


def test_promises_say_what_became_of_them(desk: SupportDesk):
    ref = escalated(desk)
    first = desk.now + 3 * HOUR
    desk.act("manager", cases.make_promise, ref, "A patch", first)
    desk.act("manager", cases.make_promise, ref, "A call", desk.now + HOUR)
    desk.act("manager", cases.make_promise, ref, "A list", desk.now + HOUR)
    desk.act("manager", cases.renegotiate_promise, ref, 1, desk.now + 5 * HOUR, "They agreed")
    desk.act("manager", cases.keep_promise, ref, 2)
    desk.wait(hours=1, minutes=1)

    shown = page(desk, ref)

    assert shown.promise_words == "1 open, 1 kept, 1 broken"
    lines = {line.text: line for line in shown.promises}
    assert (lines["A patch"].moved_from, lines["A patch"].moved_why) == (iso(first), "They agreed")
    assert lines["A patch"].time_left.state == "running"
    assert lines["A call"].time_left.words == "kept"
    assert lines["A list"].time_left.words == "broken"
    assert lines["A list"].can_keep and lines["A list"].can_renegotiate
    assert {rate.name: rate.words for rate in shown.kept} == {
        "L. Moreau": "1 of 2",
        "To Halden Ferries": "1 of 2",
    }


def test_the_cadence_says_what_was_in_time_late_and_next(desk: SupportDesk):
    ref = escalated(desk)
    desk.wait(hours=1)
    desk.act("manager", tickets.send_message, ref, "Still at it.")
    desk.wait(hours=2, minutes=10)
    desk.act("manager", tickets.send_message, ref, "We found it.")

    cadence = page(desk, ref).cadence

    assert cadence.every == "2h"
    assert [beat.words for beat in cadence.beats] == ["in time", "10m late", "next", "then"]
    assert cadence.beats[2].at == iso(desk.now + 2 * HOUR)
    assert cadence.last_at == iso(desk.now)


def test_the_first_word_to_a_customer_is_not_drafted_as_one_more(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    before = page(desk, ref).cadence.draft
    desk.wait(minutes=1)
    desk.act("agent", tickets.send_message, ref, "We look into it.")

    after = page(desk, ref).cadence.draft

    assert before.startswith("We have your ticket and are looking into it.")
    assert after.startswith("We are still working on it. Nothing has changed since we last wrote.")


def test_a_draft_keeps_what_a_word_about_a_step_did_not_tell(desk: SupportDesk):
    ref = escalated(desk)
    desk.wait(minutes=1)
    desk.act("manager", cases.record_decision, ref, "Guests keep their points", "Cheaper")
    desk.wait(minutes=1)
    due_at, told = desk.now + HOUR, "We promise you, by {until}: {what}."
    desk.act("manager", cases.make_promise, ref, "A list", due_at, None, "", told)
    desk.wait(minutes=1)
    desk.act("manager", cases.keep_promise, ref, 1, "As promised: {what}.")

    kept = page(desk, ref).cadence.draft.splitlines()
    desk.wait(minutes=1)
    desk.act("manager", tickets.send_message, ref, "Your guests keep their points.")
    after = page(desk, ref).cadence.draft.splitlines()

    assert kept[0] == "We have decided: Guests keep their points."
    assert not any(line.startswith("As promised") for line in kept)
    assert after[0] == "We are still working on it. Nothing has changed since we last wrote."


def test_a_draft_names_the_last_of_those_who_had_the_case_in_a_row(desk: SupportDesk):
    ref = escalated(desk)
    with desk.database.writing() as session:
        second = NewPerson("tan", "tan@example.org", "G. Tan", frozenset({Role.MANAGER}))
        other = add_person(session, second, desk.now)
    desk.wait(minutes=1)
    for owner in (other, desk.people["manager"].person_id):
        desk.act("manager", escalations.assign_case, ref, owner)

    lines = page(desk, ref).cadence.draft.splitlines()

    assert [line for line in lines if "looks after" in line] == ["L. Moreau looks after your case."]


def test_a_draft_answers_what_the_customer_wrote_last(desk: SupportDesk):
    ref = escalated(desk)
    desk.wait(minutes=1)
    desk.act(
        "customer", tickets.send_message, ref, "Gate 7 still says\nno link. " + "Really. " * 40
    )

    first, *rest = page(desk, ref).cadence.draft.splitlines()

    assert first.startswith("You wrote: “Gate 7 still says no link. Really.")
    assert first.endswith("…” We are looking into this.") and len(first) < 170
    assert not any("Nothing has changed" in line for line in rest)
    desk.wait(minutes=1)
    desk.act("agent", tickets.send_message, ref, "We look at gate 7.")
    assert "You wrote" not in page(desk, ref).cadence.draft


def test_files_stand_beside_the_message_they_came_with(desk: SupportDesk):
    ref = escalated(desk)
    desk.wait(minutes=1)
    photo = Uploaded("photo", "gate 7.png", "image/png", 2048, "0" * 64)
    desk.act("customer", attachments.register, photo)
    desk.act("customer", tickets.send_message, ref, "See this.", None, ["photo"])

    first, *rest = page(desk, ref).said

    assert [(chip.name, chip.is_image) for chip in first.files] == [("gate 7.png", True)]
    assert all(item.files == () for item in rest)


def test_only_who_sees_the_list_of_escalations_is_led_back_to_it(desk: SupportDesk):
    ref = escalated(desk)

    led = {who for who in ("agent", "manager", "executive") if page(desk, ref, who).may.can_list}

    assert led == {"manager", "executive"}


def test_what_was_said_is_shown_without_notes_the_newest_first(desk: SupportDesk):
    ref = escalated(desk)
    desk.wait(minutes=1)
    desk.act("agent", tickets.write_note, ref, "The key is under the mat.")
    desk.act("customer", tickets.send_message, ref, "Any news?")

    shown = page(desk, ref)

    assert [item.text for item in shown.said] == [
        "Any news?",
        "We look into it.",
        "Down, please help.",
    ]
    assert "under the mat" not in repr(shown)
    assert desk.see("manager", case_page, ref, desk.now, 1).earlier == 2


def test_a_step_of_the_path_says_who_acknowledged_it(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.wait(hours=3, minutes=31)
    desk.wait(minutes=1)

    desk.act("agent", escalations.acknowledge, ref)

    first = page(desk, ref).path.steps[0]
    assert [(note.before, note.at) for note in first.notes] == [
        ("A. Farouk acknowledged at", iso(desk.now))
    ]
    assert "acknowledged" not in first.text


def test_what_was_taken_back_is_neither_drafted_nor_shown(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref)
    desk.wait(minutes=1)
    desk.act("manager", tickets.send_message, ref, "We are at it.")
    desk.wait(minutes=1)
    done = desk.act("specialist", cases.answer_obligation, ref, 1, ObligationState.DONE)
    said = page(desk, ref).cadence.draft
    desk.act("specialist", cases.take_back_answer, done)
    after = page(desk, ref).cadence.draft
    desk.wait(minutes=1)
    desk.act("specialist", cases.answer_obligation, ref, 1, ObligationState.DONE)

    assert "Done: For specialist." in said
    assert "Done:" not in after
    assert "Done: For specialist." in page(desk, ref).cadence.draft


def test_a_call_to_the_customer_is_not_drafted_as_news_to_them(desk: SupportDesk):
    ref = desk.open(impact="low", urgency="low").reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.act("agent", cases.make_promise, ref, "A patch by three", desk.now + HOUR)
    desk.wait(hours=1, seconds=1)

    desk.act("manager", cases.update_obligation, ref, 1, ObligationState.DONE)

    draft = page(desk, ref).cadence.draft
    assert "we have not kept this in time: A patch by three." in draft
    assert "Done:" not in draft


def test_an_acknowledgement_that_was_taken_back_stands_on_no_step_and_decides_nothing(
    desk: SupportDesk,
):
    ref = desk.open().reference
    desk.act("customer", escalations.request_escalation, ref, "Too slow")
    before = page(desk, ref)
    done = desk.act("manager", escalations.answer_escalation, ref)
    between = page(desk, ref)
    desk.act("manager", escalations.take_back_acknowledgement, done)
    after = page(desk, ref)

    def shown(seen: CasePage) -> tuple[list[str], list[str]]:
        notes = [note.before for step in seen.path.steps for note in step.notes]
        return [note for note in notes if "acknowledged at" in note], [
            line.title for line in seen.decisions
        ]

    assert shown(between)[0] == ["L. Moreau acknowledged at"]
    assert shown(after) == shown(before)
    assert shown(between) != shown(before)


def test_a_long_message_is_folded_in_the_war_room_too(desk: SupportDesk):
    ref = escalated(desk)
    desk.act("customer", tickets.send_message, ref, "A log\n" * 30)

    assert [item.is_long for item in page(desk, ref).said] == [True, False, False]

"""What the shipped process promises and does, as the screens of a case tell it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from escalation_app.db import Database
from escalation_app.domain.clocks import Metric
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.domain.events import EventKind
from escalation_app.models import AbsenceRow
from escalation_app.services import escalations, tickets
from escalation_app.services.process_versions import live_process, shipped_document
from escalation_app.services.queries import ticket as ticket_query
from escalation_app.services.queries.clock_views import fold
from escalation_app.services.queries.customer import customer_status
from escalation_app.services.queries.first_to_break import first_to_break
from escalation_app.services.queries.record import Happening, in_words, reason_words, trigger_words
from escalation_app.services.tables import columns
from escalation_app.views.clocks import ClockView, PathStepView
from escalation_app.views.customer import CustomerStatus
from escalation_app.views.ticket import TicketPage
from escalation_app.views.words import iso
from tests.support.desk import MONDAY_NOON, SupportDesk, support_desk

CALL = "Call the customer, say where things stand and what happens next."
LOOK = "      - key: look\n        name: Tell the owner and the team lead\n        at: 50%\n"


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as desk:
        yield desk


def page(desk: SupportDesk, ref: str, who: str = "agent") -> TicketPage:
    return desk.see(who, ticket_query.ticket_page, ref, desk.now)


def clocks_of(shown: TicketPage) -> dict[str, ClockView]:
    return {clock.name: clock for clock in (*shown.clocks, *shown.more_clocks)}


def step(shown: TicketPage, number: int) -> PathStepView:
    return shown.path.steps[number - 1]


def notes(shown: PathStepView) -> list[tuple[str, str, str]]:
    return [(note.before, note.at, note.after) for note in shown.notes]


def answered(desk: SupportDesk) -> str:
    """A critical ticket of an Enterprise customer that an agent has taken and answered."""
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    return ref


def work_on(desk: SupportDesk, ref: str, *, hours: float) -> None:
    """Let time pass while the customer hears from us every hour and a half."""
    until = desk.now + timedelta(hours=hours)
    while desk.now < until:
        desk.wait(minutes=min(90, (until - desk.now) / timedelta(minutes=1)))
        who = "agent" if page(desk, ref).head.tier == "T1" else "specialist"
        desk.act(who, tickets.send_message, ref, "Still at it.")


# Clocks


def test_of_many_updates_one_clock_is_shown_and_it_is_not_numbered(desk: SupportDesk):
    ref = answered(desk)

    work_on(desk, ref, hours=3)

    shown = [
        clock
        for clock in (*page(desk, ref).clocks, *page(desk, ref).more_clocks)
        if clock.name.startswith("Next update")
    ]
    assert [clock.name for clock in shown] == ["Next update"]
    assert shown[0].started_at == iso(desk.now)


def test_a_call_is_shown_by_who_owes_it_and_what_it_is_about(desk: SupportDesk):
    ref = answered(desk)

    work_on(desk, ref, hours=5.25)

    owed = clocks_of(page(desk, ref))["L. Moreau owes"]
    assert owed.text == CALL
    assert owed.time_left.due_at == iso(desk.now + timedelta(hours=1))
    assert owed.why_note == ""


def test_many_clocks_are_folded_but_the_resolution_stands_open(desk: SupportDesk):
    ref = answered(desk)
    work_on(desk, ref, hours=5.25)
    desk.act("customer", tickets.send_message, ref, "Any news?")

    shown = page(desk, ref)

    assert [clock.name for clock in shown.clocks] == [
        "Team's stay",
        "Next reply",
        "L. Moreau owes",
        "Resolution",
    ]
    assert [clock.name for clock in shown.more_clocks] == ["Next update", "First response"]


def test_a_single_clock_more_is_not_worth_folding():
    views = [ClockView(key=f"{metric}-1") for metric in list(Metric)[:4]]
    resolution = ClockView(key="resolution-1")

    assert fold(views) == (tuple(views), ())
    assert fold([*views[:3], ClockView("team-1"), ClockView("triage-1"), resolution]) == (
        (*views[:3], resolution),
        (ClockView("team-1"), ClockView("triage-1")),
    )


def test_a_reopened_resolution_says_which_time_it_is(desk: SupportDesk):
    ref = answered(desk)
    desk.act("agent", tickets.resolve, ref)
    desk.act("customer", tickets.send_message, ref, "It is back.")

    assert {"Resolution, time 2", "Next reply"} <= clocks_of(page(desk, ref)).keys()


# What a reply does


def test_the_composer_says_what_a_reply_ends(desk: SupportDesk):
    ref = answered(desk)
    update = page(desk, ref).reply_effect
    desk.act("customer", tickets.send_message, ref, "Any news?")
    answer = page(desk, ref).reply_effect
    work_on(desk, ref, hours=5.25)
    call = page(desk, ref, "manager").reply_effect

    assert (update.before, update.at) == (
        "Is the next update, due",
        iso(MONDAY_NOON + timedelta(hours=2)),
    )
    assert (answer.before, answer.at) == (
        "Answers the customer, due",
        iso(MONDAY_NOON + timedelta(minutes=30)),
    )
    assert (call.before, call.at) == (
        "Says that you have called, due",
        iso(desk.now + timedelta(hours=1)),
    )


def test_the_manager_s_answer_is_the_call_they_owed(desk: SupportDesk):
    ref = answered(desk)
    work_on(desk, ref, hours=5.25)

    desk.act("manager", tickets.send_message, ref, "As just said on the phone.")

    shown = page(desk, ref)
    assert clocks_of(shown)["L. Moreau owes"].time_left.state == "met"
    assert ("L. Moreau has done it", CALL) in [(i.title, i.text) for i in shown.timeline]


# The path


def broken(desk: SupportDesk) -> str:
    """A critical ticket whose promise has just been broken: executives are to acknowledge it."""
    ref = answered(desk)
    work_on(desk, ref, hours=7)
    desk.wait(seconds=1)
    return ref


def test_a_step_says_when_it_was_asked_again_and_what_follows(desk: SupportDesk):
    ref = broken(desk)
    asked_at = MONDAY_NOON + timedelta(hours=7)
    first = step(page(desk, ref, "executive"), 4)
    desk.wait(minutes=15)
    again = step(page(desk, ref, "executive"), 4)

    assert first.text == "D. Ames and L. Moreau told. Nobody has acknowledged it yet."
    assert [note.before for note in first.notes] == ["Asked again at"]
    assert first.time_left.due_at == first.notes[0].at
    assert asked_at < desk.now
    assert [(note.before, note.after) for note in again.notes] == [
        ("Asked again at", "."),
        ("Asked again at", " unless somebody acknowledges it."),
    ]
    assert again.notes[0].at == first.notes[0].at
    assert again.at == first.at
    assert again.time_left.due_at == again.notes[1].at


def test_the_last_time_it_says_to_whom_it_goes(desk: SupportDesk):
    ref = broken(desk)
    desk.wait(minutes=15)
    desk.wait(minutes=15)
    last = step(page(desk, ref, "executive"), 4)
    desk.wait(minutes=15)
    passed_on = step(page(desk, ref, "executive"), 4)

    assert (last.notes[2].before, last.notes[2].after) == (
        "Unacknowledged at",
        ", it goes to all managers.",
    )
    assert (passed_on.notes[2].before, passed_on.notes[2].after) == (
        "Nobody acknowledged it by",
        ": L. Moreau told.",
    )
    assert len(passed_on.notes) == 3


def test_an_acknowledgement_ends_what_would_follow(desk: SupportDesk):
    ref = broken(desk)
    desk.wait(minutes=15)

    desk.act("executive", escalations.acknowledge, ref)

    shown = step(page(desk, ref, "executive"), 4)
    assert [(note.before, note.after) for note in shown.notes] == [("Asked again at", ".")]
    assert shown.text.endswith("D. Ames has acknowledged it.")
    assert shown.time_left.state == ""


def test_a_step_says_who_was_told_in_whose_place(desk: SupportDesk):
    ref = answered(desk)
    with desk.database.writing() as session:
        session.execute(
            insert(columns(AbsenceRow)).values(
                person_id=desk.people["agent"].person_id,
                from_at=MONDAY_NOON,
                until_at=MONDAY_NOON + timedelta(days=2),
                substitute_id=desk.people["colleague"].person_id,
            )
        )

    work_on(desk, ref, hours=3.5)

    shown = page(desk, ref)
    assert step(shown, 1).text.startswith("J. Lind (for A. Farouk) told.")
    assert any("J. Lind in place of A. Farouk" in item.text for item in shown.timeline)


def test_a_step_whose_condition_does_not_hold_is_shown_as_passed_over(database: Database):
    document = shipped_document().replace(LOOK, LOOK + "        only_if: {plans: [basic]}\n", 1)
    assert document != shipped_document()

    with support_desk(database, document=document) as desk:
        ref = answered(desk)
        work_on(desk, ref, hours=3.5)
        shown = step(page(desk, ref), 1)

    assert (shown.state, shown.icon) == ("skip", "minus")
    assert shown.text.startswith("Passed over: its condition did not hold.")


# The record


@pytest.mark.parametrize(
    ("kind", "data", "title"),
    [
        (EventKind.OBLIGATION_GIVEN, {"to": "G. Tan"}, "Asked of G. Tan"),
        *(
            (EventKind.OBLIGATION_CHANGED, {"to": "G. Tan", "state": state.value}, words)
            for state, words in {
                ObligationState.ACCEPTED: "G. Tan accepted it",
                ObligationState.BLOCKED: "G. Tan is blocked",
                ObligationState.DONE: "G. Tan has done it",
                ObligationState.RELEASED: "G. Tan is released from it",
                ObligationState.DROPPED: "G. Tan owes it no more",
            }.items()
        ),
        (EventKind.PROMISE_CHANGED, {"state": PromiseState.BROKEN.value}, "Promise broken"),
        (EventKind.PROMISE_CHANGED, {"state": PromiseState.VOID.value}, "Promise no longer due"),
        (
            EventKind.PATH_STEP_TAKEN,
            {"name": "Call", "outcome": "done", "loop": 1},
            "Asked again: Call",
        ),
        (
            EventKind.PATH_STEP_TAKEN,
            {"name": "Call", "outcome": "unanswered", "loop": 2},
            "Path step: Call",
        ),
    ],
)
def test_the_record_tells_of_commitments_in_words(
    desk: SupportDesk, kind: EventKind, data: dict[str, object], title: str
):
    with desk.reading() as session:
        event = Happening(kind.value, "engine", data, live_process(session), {})

        assert in_words(event).title == title


def test_a_reason_follows_what_was_owed(desk: SupportDesk):
    data = {"to": "G. Tan", "text": CALL, "state": "dropped", "reason": "resolved"}
    with desk.reading() as session:
        event = Happening("obligation_changed", "engine", data, live_process(session), {})

    assert in_words(event).text == f"{CALL} Resolved."


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ("next_update 100%", "the next update time was over"),
        ("team 100%", "the time of one team was over"),
        ("obligation 100%", "the time for an obligation was over"),
        ("resolution 75%", "75 % of the resolution time was used"),
    ],
)
def test_what_started_a_path_is_said_in_words(trigger: str, words: str):
    assert trigger_words(trigger) == words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("At risk: first_response 75% used", "At risk: 75 % of the first response time was used"),
        ("The customer asked: now.", "The customer asked: now."),
        ("Too hard for us", "Too hard for us"),
    ],
)
def test_why_a_case_began_is_told_in_words(reason: str, words: str):
    assert reason_words(reason) == words


# The customer


def status(desk: SupportDesk, ref: str) -> CustomerStatus:
    return desk.see("customer", customer_status, ref, desk.now)


def test_the_customer_reads_by_when_they_hear_from_us(desk: SupportDesk):
    ref = answered(desk)
    update = status(desk, ref).next_update
    desk.act("customer", tickets.send_message, ref, "Any news?")
    answer = status(desk, ref).next_update
    desk.wait(minutes=31)
    late = status(desk, ref).next_update

    assert (update.before, update.at) == (
        "You hear from us by",
        iso(MONDAY_NOON + timedelta(hours=2)),
    )
    assert (answer.before, answer.at) == (
        "An answer to you by",
        iso(MONDAY_NOON + timedelta(minutes=30)),
    )
    assert late == replace(answer, before="An answer to you, due since")


def test_the_customer_reads_who_looks_at_what_they_asked_for(desk: SupportDesk):
    ref = answered(desk)
    desk.act("customer", escalations.request_escalation, ref, "We open at noon.")
    due = iso(MONDAY_NOON + timedelta(minutes=15))
    before = status(desk, ref).what_next
    desk.wait(minutes=16)
    late = status(desk, ref).what_next
    desk.act("manager", escalations.acknowledge, ref)
    after = status(desk, ref).what_next

    assert ("Somebody looks at your escalation by", due) in [(s.before, s.at) for s in before]
    assert ("Somebody should have looked at your escalation by", due) in [
        (s.before, s.at) for s in late
    ]
    assert ("L. Moreau looked at your escalation", iso(desk.now)) in [
        (s.before, s.at) for s in after
    ]


# The heatmap


def test_what_would_save_a_ticket_is_the_word_it_waits_for(desk: SupportDesk):
    answered(desk)
    (update,) = desk.see("manager", first_to_break, desk.now)
    desk.act("customer", tickets.send_message, update.ref, "Any news?")
    (reply,) = desk.see("manager", first_to_break, desk.now)

    assert update.remedy == "A word to the customer"
    assert reply.remedy == "An answer to the customer"

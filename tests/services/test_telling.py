"""What the customer is told with a step that a person takes: in which words, and where the tools of
the ticket's tier do not allow it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.cases import Grades
from escalation_app.domain.errors import Doubtful, Invalid, NotAllowed
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.models import ClockRow, EventRow, MessageRow, TicketRow
from escalation_app.services import cases, escalations, merging, splitting, tickets, waiting
from escalation_app.services.macros import run_macro
from escalation_app.services.queries.deescalate import escalation_turn
from escalation_app.services.queries.grading import grading_preview
from escalation_app.services.queries.promises import kept_promise
from escalation_app.services.queries.solving import solving_choice
from escalation_app.services.queries.waiting import waiting_choice
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, plain_document, rows, support_desk

HOUR = timedelta(hours=1)
WORDS = "We have something to say."
SPOKEN = plain_document().replace(
    "channels: [portal, email, chat, phone]\n", "channels: [phone]\n", 1
)
"""The second tier calls customers, and does not write to them."""


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


@pytest.fixture
def spoken(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=SPOKEN) as opened:
        yield opened


def said(desk: SupportDesk) -> list[str]:
    """What people of ours have told customers."""
    return [row.body for row in rows(desk, MessageRow) if row.side == "us" and row.is_public]


def opened(desk: SupportDesk) -> str:
    """A ticket that has gone to the second tier, and is not escalated any more."""
    ref = desk.open().reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "Too hard")
    desk.act("manager", escalations.deescalate, ref, "They can")
    return ref


def escalated(desk: SupportDesk) -> str:
    ref = opened(desk)
    desk.act("manager", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Above us")
    return ref


def ended(desk: SupportDesk) -> str:
    ref = escalated(desk)
    desk.act("manager", escalations.deescalate, ref, "Calm")
    return ref


def promised(desk: SupportDesk) -> str:
    ref = opened(desk)
    desk.act("manager", cases.make_promise, ref, "A list.", desk.now + HOUR, None, "They insist")
    return ref


def asked(desk: SupportDesk) -> str:
    ref = opened(desk)
    desk.act("customer", escalations.request_escalation, ref, "Too slow")
    return ref


def solved(desk: SupportDesk) -> str:
    ref = opened(desk)
    desk.act("specialist", tickets.resolve, ref)
    return ref


def escalates(desk: SupportDesk, ref: str, words: str) -> None:
    kind = EscalationKind.HIERARCHICAL
    desk.act("manager", escalations.escalate, ref, kind, "Above us", message=words)


def hands_over(desk: SupportDesk, ref: str, words: str) -> None:
    kind = EscalationKind.FUNCTIONAL
    desk.act("manager", escalations.escalate, ref, kind, "Too hard", message=words)


def ends(desk: SupportDesk, ref: str, words: str) -> None:
    desk.act("manager", escalations.deescalate, ref, "Calm", message=words)


def begins_again(desk: SupportDesk, ref: str, words: str) -> None:
    desk.act("manager", escalations.reescalate, ref, "Not calm", message=words)


def merges(desk: SupportDesk, ref: str, words: str) -> None:
    desk.act("manager", merging.merge, ref, desk.open("The same").reference, words)


def splits(desk: SupportDesk, ref: str, words: str) -> None:
    first = next(row.id for row in rows(desk, MessageRow) if row.side == "them")
    desk.act("manager", splitting.split, ref, "A part", {first}, words)


def promises(desk: SupportDesk, ref: str, words: str) -> None:
    due = desk.now + HOUR
    desk.act("manager", cases.make_promise, ref, "A list", due, None, "They insist", message=words)


def moves(desk: SupportDesk, ref: str, words: str) -> None:
    due = desk.now + 2 * HOUR
    again = (ref, 1, due, "They agreed", "They insist")
    desk.act("manager", cases.renegotiate_promise, *again, message=words)


def keeps(desk: SupportDesk, ref: str, words: str) -> None:
    desk.act("manager", cases.keep_promise, ref, 1, words)


def resolves(desk: SupportDesk, ref: str, words: str) -> None:
    desk.act("specialist", tickets.resolve, ref, words)


def reopens(desk: SupportDesk, ref: str, words: str) -> None:
    desk.act("specialist", tickets.reopen, ref, words)


def waits(desk: SupportDesk, ref: str, words: str) -> None:
    desk.act("specialist", waiting.wait, ref, Status.WAITING_SUPPLIER, words)


def grades(desk: SupportDesk, ref: str, words: str) -> None:
    desk.act("manager", cases.regrade, ref, Grades("", "low", "low"), "Small", message=words)


STEPS: list[Any] = [
    pytest.param(opened, escalates, id="escalated to who decides"),
    pytest.param(opened, hands_over, id="escalated to who can"),
    pytest.param(escalated, ends, id="de-escalated"),
    pytest.param(ended, begins_again, id="escalated again"),
    pytest.param(opened, merges, id="merged"),
    pytest.param(opened, splits, id="split"),
    pytest.param(opened, promises, id="promised"),
    pytest.param(promised, moves, id="promised for another time"),
    pytest.param(promised, keeps, id="kept"),
    pytest.param(opened, resolves, id="resolved"),
    pytest.param(solved, reopens, id="reopened"),
    pytest.param(opened, waits, id="waits"),
    pytest.param(opened, grades, id="graded"),
]


def written(desk: SupportDesk, ref: str) -> list[Any]:
    """The record of a ticket."""
    table = columns(TicketRow)
    (ticket,) = rows(desk, TicketRow, table.c.reference == ref)
    return [row.kind for row in rows(desk, EventRow, columns(EventRow).c.ticket_id == ticket.id)]


@pytest.mark.parametrize(("begin", "step"), STEPS)
def test_the_customer_reads_what_is_written_with_a_step(desk: SupportDesk, begin: Any, step: Any):
    ref = begin(desk)

    step(desk, ref, WORDS)

    assert said(desk) == [WORDS]


@pytest.mark.parametrize(("begin", "step"), STEPS)
def test_a_tier_that_does_not_write_takes_the_step_without_a_message_alone(
    spoken: SupportDesk, begin: Any, step: Any
):
    ref = begin(spoken)
    before = written(spoken, ref)

    with pytest.raises(Invalid, match="Tier 2 does not answer in writing"):
        step(spoken, ref, WORDS)
    refused = written(spoken, ref)
    step(spoken, ref, "")

    assert said(spoken) == []
    assert refused == before
    assert written(spoken, ref) != before


def test_a_request_is_answered_in_writing_or_on_record_alone(spoken: SupportDesk):
    ref = asked(spoken)

    with pytest.raises(Invalid, match="does not answer in writing"):
        spoken.act("manager", cases.triage_requests, ref, "I call you.")
    spoken.act("manager", cases.triage_requests, ref, "I have called them.", tells=False)

    assert said(spoken) == []


def test_a_macro_that_writes_is_refused_where_the_tier_does_not(spoken: SupportDesk):
    ref = opened(spoken)
    before = written(spoken, ref)

    with pytest.raises(Invalid, match="does not answer in writing"):
        spoken.act("manager", run_macro, ref, "take_and_answer", WORDS)

    assert (said(spoken), written(spoken, ref)) == ([], before)


def test_a_step_goes_by_the_tier_that_takes_it_and_not_by_the_next_one(spoken: SupportDesk):
    ref = spoken.open().reference

    hands_over(spoken, ref, WORDS)

    assert said(spoken) == [WORDS]


def test_a_promise_is_told_in_its_own_words_by_the_customers_clocks(desk: SupportDesk):
    ref = desk.open().reference
    due = desk.now + HOUR
    words = "By {until}: {what}. We keep it."
    promise = (ref, "A list.", due, None, "They insist")

    desk.act("manager", cases.make_promise, *promise, message=words)
    moved = (ref, 1, due + HOUR, "They agreed", "They insist")
    desk.act("manager", cases.renegotiate_promise, *moved, message=words)

    assert said(desk) == [
        "By 13:00 on Monday 2 March (UTC): A list. We keep it.",
        "By 14:00 on Monday 2 March (UTC): A list. We keep it.",
    ]


def test_a_doubtful_promise_tells_nobody_before_a_reason_is_given(desk: SupportDesk):
    ref = desk.open().reference
    due = desk.now + 20 * HOUR

    with pytest.raises(Doubtful):
        desk.act("manager", cases.make_promise, ref, "A list", due, message=WORDS)

    assert said(desk) == []


def test_what_is_proposed_to_be_told_is_nothing_where_the_tier_does_not_write(
    spoken: SupportDesk,
):
    ref = promised(spoken)
    spoken.act("manager", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Above us")

    turn = spoken.see("manager", escalation_turn, ref, spoken.now)
    kept = spoken.see("manager", kept_promise, ref, 1)

    assert (turn.kind, turn.message, kept.message) == ("end", "", "")


def test_a_promise_that_was_kept_too_late_is_told_with_regret(desk: SupportDesk):
    ref = promised(desk)
    in_time = desk.see("manager", kept_promise, ref, 1).message
    desk.wait(hours=2)

    assert in_time == "As promised: A list."
    assert desk.see("manager", kept_promise, ref, 1).message == (
        "We are sorry that you had to wait. It is done now: A list."
    )


@pytest.mark.parametrize("who", ["executive", "admin", "customer", "agent"])
def test_who_may_not_say_that_a_promise_is_kept_is_not_shown_it_either(desk: SupportDesk, who: str):
    ref = promised(desk)

    with pytest.raises(NotAllowed):
        desk.see(who, kept_promise, ref, 1)
    with pytest.raises(NotAllowed):
        desk.act(who, cases.keep_promise, ref, 1)


def test_waiting_is_proposed_to_be_told_unless_the_customer_has_just_been_asked(
    desk: SupportDesk,
):
    ref = desk.open("Port 14").reference

    def asked(status: Status) -> Any:
        return desk.see("agent", waiting_choice, ref, desk.now, status)

    first = asked(Status.WAITING_CUSTOMER)
    desk.act("agent", tickets.send_message, ref, "Which port?")
    after = asked(Status.WAITING_CUSTOMER)
    supplier = asked(Status.WAITING_SUPPLIER)
    desk.clock.advance(timedelta(minutes=15))
    later = asked(Status.WAITING_CUSTOMER)

    told = [one.is_told for one in (first, after, supplier, later)]
    assert told == [True, False, True, True]
    assert "Please answer here" in after.message and "suppliers" in supplier.message
    assert [line.before for line in after.effects] == ["Stands still until it goes on: Resolution."]


def test_what_waiting_does_to_clocks_is_said_as_it_comes_to_pass(desk: SupportDesk):
    ref = desk.open().reference

    seen = desk.see("agent", waiting_choice, ref, desk.now, Status.WAITING_CUSTOMER)
    desk.act("agent", waiting.wait, ref, Status.WAITING_CUSTOMER)

    (first, resolution) = sorted(
        (row.metric, row.state) for row in rows(desk, ClockRow) if row.subject_type == "ticket"
    )
    assert (first, resolution) == (("first_response", "running"), ("resolution", "paused"))
    assert [line.before for line in seen.effects] == [
        "Stands still until it goes on: Resolution.",
        "Runs on: First response.",
    ]
    assert seen.message.endswith("Until then the time to solve it stands still.")


def test_a_path_that_ends_with_waiting_is_named(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look.")
    desk.wait(hours=6)

    seen = desk.see("agent", waiting_choice, ref, desk.now, Status.WAITING_CUSTOMER)
    done = desk.act("agent", waiting.wait, ref, Status.WAITING_CUSTOMER)

    stopped = [line.before for line in seen.effects if "stops" in line.before]
    assert bool(stopped) is done.ended_path


def test_waiting_twice_tells_nobody_a_second_time(desk: SupportDesk):
    ref = desk.open().reference

    done = desk.act("agent", waiting.wait, ref, Status.WAITING_CUSTOMER, "Which port?")
    again = desk.act("agent", waiting.wait, ref, Status.WAITING_CUSTOMER, "Which port?")

    assert done is not None and again is None
    assert said(desk) == ["Which port?"]


def test_an_answer_that_goes_with_waiting_meets_the_first_response(desk: SupportDesk):
    ref = desk.open().reference

    desk.act("agent", waiting.wait, ref, Status.WAITING_CUSTOMER, "Which port?")

    states = {row.metric: row.state for row in rows(desk, ClockRow)}
    assert states["first_response"] == "met"


@pytest.mark.parametrize(
    ("opens", "grades_to", "words"),
    [
        (("low", "low"), ("high", "high"), "treat it as critical now. We aim to solve it by"),
        (("high", "high"), ("low", "low"), "If it is more urgent for you than that, tell us here."),
    ],
)
def test_another_severity_is_proposed_to_be_told(
    desk: SupportDesk, opens: tuple[str, str], grades_to: tuple[str, str], words: str
):
    ref = desk.open(impact=opens[0], urgency=opens[1]).reference

    seen = desk.see("agent", grading_preview, ref, desk.now, Grades("", *grades_to))
    stays = desk.see("agent", grading_preview, ref, desk.now, Grades("Network", *opens))

    assert words in seen.message and seen.has_news
    assert (stays.message, stays.has_news) == ("", False)


def test_resolving_proposes_what_the_process_says_of_what_is_solved(desk: SupportDesk):
    ref = desk.open("Port 14 is down").reference

    words = desk.see("agent", solving_choice, ref, desk.now).message

    assert words.startswith("Hello N. Diaz,")
    assert "we believe that “Port 14 is down” is solved" in words


def test_without_a_reply_for_it_resolving_has_words_of_its_own(database: Database):
    document = plain_document().replace("stage: solved", "stage: update")
    with support_desk(database, document=document) as desk:
        ref = desk.open().reference

        assert desk.see("agent", solving_choice, ref, desk.now).message.startswith(
            "We believe that your"
        )


def test_nothing_is_proposed_with_these_steps_where_the_tier_does_not_write(spoken: SupportDesk):
    ref = opened(spoken)

    def see(query: Any, *more: Any) -> Any:
        return spoken.see("specialist", query, ref, spoken.now, *more)

    assert see(waiting_choice, Status.WAITING_SUPPLIER).message == ""
    assert see(solving_choice).message == ""
    graded = see(grading_preview, Grades("", "low", "low"))
    assert (graded.message, graded.has_news) == ("", True)


def test_that_promises_stay_is_said_where_there_are_any(desk: SupportDesk):
    plain, promised_ = escalated(desk), escalated(desk)
    due = desk.now + HOUR
    desk.act("manager", cases.make_promise, promised_, "A list.", due, None, "They insist")

    def told(ref: str) -> str:
        return desk.see("manager", escalation_turn, ref, desk.now).message

    assert "What we promised you" not in told(plain)
    assert told(promised_).endswith("What we promised you stays as it is.")

"""The manager's list: its lanes, what is owed in each case, and what it is narrowed to."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import NotAllowed
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.services import absences, cases, escalations, tickets
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.queries import listed_cases
from escalation_app.services.queries.escalations import active_escalations
from escalation_app.services.queries.escalations_filter import (
    LANES,
    ONLY,
    BoardFilter,
    board_filter_of,
)
from escalation_app.services.queries.needs_you import needs_you
from escalation_app.views.escalations import EscalationBoard, EscalationRow
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as found:
        yield found


def escalated(desk: SupportDesk, subject: str, by: str = "customer") -> str:
    ref = desk.open(subject, by=by, impact="medium", urgency="high").reference
    desk.act("agent", tickets.send_message, ref, "We look.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "A decision.")
    return ref


def board(desk: SupportDesk, who: str = "manager", **how: str) -> EscalationBoard:
    return desk.see(who, active_escalations, desk.now, BoardFilter(**how))


def lanes(shown: EscalationBoard) -> dict[str, list[str]]:
    return {group.name: [row.ref for row in group.rows] for group in shown.groups}


def row(desk: SupportDesk, ref: str) -> EscalationRow:
    every = [one for group in board(desk).groups for one in group.rows]
    return next(one for one in every if one.ref == ref)


def owe(desk: SupportDesk, ref: str, who: str, hours: float) -> None:
    due = desk.now + timedelta(hours=hours)
    person = desk.people[who].person_id
    desk.act("manager", cases.give_obligation, ref, person, "Look at the log", due)


def test_the_lanes_are_of_need_stage_customer_or_department(desk: SupportDesk):
    first, second = escalated(desk, "One"), escalated(desk, "Two", by="stranger")
    desk.act("manager", escalations.acknowledge, second)
    desk.act("agent", tickets.set_status, first, Status.WAITING_CUSTOMER)

    assert lanes(board(desk)) == {"Needs you now": [first], "Acknowledged, on time": [second]}
    assert lanes(board(desk, lanes="stage")) == {
        "With a manager": [second],
        "Waits for the customer or a supplier": [first],
    }
    assert lanes(board(desk, lanes="customer")) == {
        "Halden Ferries": [first],
        "Tessel Payments": [second],
    }
    assert set(lanes(board(desk, lanes="department"))) == {"Support"}


def test_what_needs_the_reader_is_what_the_reader_can_acknowledge_or_answer(desk: SupportDesk):
    owned, free = escalated(desk, "Owned"), escalated(desk, "Free")
    desk.act("agent", escalations.escalate, free, EscalationKind.FUNCTIONAL, "Needs code.")
    sponsored = escalated(desk, "Sponsored", by="stranger")
    executive = desk.people["executive"].person_id
    desk.act("manager", cases.name_sponsor, sponsored, executive)

    theirs, ours = board(desk, "executive"), board(desk)

    assert lanes(theirs)["Needs you now"] == [sponsored]
    assert sorted(lanes(ours)["Needs you now"]) == sorted([owned, free, sponsored])
    for who, shown in (("executive", theirs), ("manager", ours)):
        needs = desk.see(who, needs_you, desk.now)
        assert [one.key for one in needs] == lanes(shown)["Needs you now"]
    assert {one.key: one.value for one in theirs.figures}["mine"] == "1"
    assert lanes(board(desk, "executive", whose="mine")) == {"Needs you now": [sponsored]}
    desk.act("executive", escalations.acknowledge, sponsored)
    assert "Needs you now" not in lanes(board(desk, "executive"))
    assert desk.see("executive", needs_you, desk.now) == ()


def test_a_request_that_a_customer_makes_presses_by_the_time_to_answer_it(desk: SupportDesk):
    escalated(desk, "One")
    asked = escalated(desk, "Asked", by="stranger")
    desk.act("manager", escalations.acknowledge, asked)
    assert lanes(board(desk))["Acknowledged, on time"] == [asked]

    desk.act("stranger", escalations.request_escalation, asked, "The shop is shut.")

    first = board(desk).groups[0]
    assert (first.name, first.rows[0].ref, first.rows[0].can_triage) == (
        "Needs you now",
        asked,
        True,
    )
    assert first.rows[0].time_left.tail == "to answer"
    need = desk.see("manager", needs_you, desk.now)[0]
    assert (need.key, need.action, need.time_left) == (asked, "", first.rows[0].time_left)
    desk.act("manager", cases.triage_requests, asked, "I call you now.")
    answered = row(desk, asked)
    assert (answered.can_triage, answered.time_left.tail) == (False, "")


def test_what_asks_for_the_reader_is_found_behind_what_presses_more(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listed_cases, "AT_MOST", 1)
    pressing = escalated(desk, "Pressing")
    desk.act("manager", escalations.acknowledge, pressing)
    desk.wait(hours=1)
    sponsored = escalated(desk, "Later", by="stranger")
    desk.act("manager", cases.name_sponsor, sponsored, desk.people["executive"].person_id)

    assert lanes(board(desk, "executive")) == {"Needs you now": [sponsored]}


def test_what_a_customer_asked_for_is_found_behind_all_that_needs_the_reader(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listed_cases, "AT_MOST", 2)
    monkeypatch.setattr(listed_cases, "ENOUGH", 1)
    for name in ("One", "Two", "Three"):
        escalated(desk, name)
    asked = desk.open("Asked", by="stranger", impact="low", urgency="low").reference
    desk.act("stranger", escalations.request_escalation, asked, "The shop is shut.")

    assert asked in lanes(board(desk))["Needs you now"]
    assert asked in {one.key for one in desk.see("manager", needs_you, desk.now)}


def test_a_case_says_what_is_owed_and_who_is_late(desk: SupportDesk):
    ref = escalated(desk, "One")
    assert row(desk, ref).obligations == ""
    owe(desk, ref, "agent", 1)
    owe(desk, ref, "specialist", 5)
    owe(desk, ref, "colleague", 1)
    assert row(desk, ref).late == ""
    desk.act("colleague", cases.update_obligation, ref, 3, ObligationState.DONE)

    desk.wait(hours=2)

    assert row(desk, ref).obligations == "1 of 3 done"
    assert (row(desk, ref).late, row(desk, ref).blocked) == ("A. Farouk", "")
    desk.act("specialist", cases.update_obligation, ref, 2, ObligationState.BLOCKED, "No access")
    assert (row(desk, ref).late, row(desk, ref).blocked) == ("A. Farouk", "S. Iyer")


def test_the_nearest_promise_and_when_the_customer_hears_are_shown(desk: SupportDesk):
    ref = escalated(desk, "One")
    for hours in (30, 3):
        due = desk.now + timedelta(hours=hours)
        desk.act("manager", cases.make_promise, ref, "All ports pay again", due, None, "Asked")

    shown = row(desk, ref)

    assert shown.promise.due_at == (desk.now + timedelta(hours=3)).isoformat()
    assert shown.hears.state == "running"


def test_the_list_is_narrowed_to_what_is_late_and_says_how_many_that_are(desk: SupportDesk):
    late, promised, quiet = (escalated(desk, name) for name in ("One", "Two", "Three"))
    owe(desk, late, "agent", 1)
    due = desk.now + timedelta(hours=20)
    desk.act("manager", cases.make_promise, promised, "A fix", due, None, "Asked")
    desk.wait(hours=2)

    shown = {only: board(desk, only=only, lanes="customer") for only in ONLY}

    assert lanes(shown["late"]) == {"Halden Ferries": [late]}
    assert lanes(shown["promise"]) == {"Halden Ferries": [promised]}
    assert lanes(shown["silent"]) == {}
    assert {one.value: one.hint for one in shown["all"].only} == {
        "all": "3",
        "late": "1",
        "promise": "1",
        "silent": "0",
    }
    desk.wait(hours=8)
    assert sorted(lanes(board(desk, only="silent", lanes="customer"))["Halden Ferries"]) == sorted(
        [late, promised, quiet]
    )


def test_what_it_is_narrowed_to_is_found_behind_what_presses_more(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listed_cases, "AT_MOST", 1)
    pressing, quiet = escalated(desk, "Pressing"), escalated(desk, "Quiet")
    for ref in (pressing, quiet):
        desk.act("manager", escalations.acknowledge, ref)
    due = desk.now + timedelta(hours=20)
    desk.act("manager", cases.make_promise, quiet, "A fix", due, None, "Asked")
    desk.wait(hours=2)

    first, narrowed = board(desk), board(desk, only="promise")

    assert [ref for refs in lanes(first).values() for ref in refs] == [pressing]
    assert [ref for refs in lanes(narrowed).values() for ref in refs] == [quiet]
    assert [one.hint for one in first.only] == ["1+", "0+", "0+", "0+"]
    assert [one.hint for one in narrowed.only] == ["2", "0", "1", "0"]


def test_more_are_shown_until_there_are_no_more(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listed_cases, "AT_MOST", 1)
    refs = [escalated(desk, name) for name in ("One", "Two", "Three")]

    shown = [board(desk, lanes="customer", pages=pages) for pages in ("1", "2", "3")]

    assert [lanes(one)["Halden Ferries"] for one in shown] == [refs[:1], refs[:2], refs]
    assert [one.has_more for one in shown] == [True, True, True]
    rest = board(desk, lanes="customer", pages="4")
    assert (lanes(rest)["Halden Ferries"], rest.has_more) == (refs, False)


def test_who_stands_in_for_the_owner_is_offered_to_acknowledge_and_can(desk: SupportDesk):
    ref = escalated(desk, "One")
    owner, there = (desk.people[who].person_id for who in ("manager", "executive"))

    def offered() -> list[bool]:
        groups = board(desk, "executive").groups
        return [row.can_acknowledge for group in groups for row in group.rows]

    before = offered()
    until = desk.now + timedelta(days=1)
    desk.act("manager", absences.set_absence, owner, desk.now, until, there)
    meanwhile = offered()
    desk.act("executive", escalations.acknowledge, ref)

    assert (before, meanwhile, offered()) == ([False], [True], [False])


def test_what_is_unknown_means_the_first(desk: SupportDesk):
    escalated(desk, "One")

    assert board(desk, lanes="colour", only="blue") == board(desk, lanes=LANES[0], only=ONLY[0])


@pytest.mark.parametrize("who", ["agent", "customer", "stranger"])
def test_who_may_not_see_the_list_gets_none(desk: SupportDesk, who: str):
    with pytest.raises(NotAllowed):
        board(desk, who)


def test_the_list_is_narrowed_to_a_type_and_a_department(desk: SupportDesk):
    by_hand = escalated(desk, "One")
    by_skill = desk.open("Two", impact="medium", urgency="high").reference
    desk.act("agent", escalations.escalate, by_skill, EscalationKind.FUNCTIONAL, "Needs code.")

    assert lanes(board(desk, kind="hierarchical", lanes="customer")) == {
        "Halden Ferries": [by_hand]
    }
    assert lanes(board(desk, kind="functional", lanes="customer")) == {"Halden Ferries": [by_skill]}
    assert lanes(board(desk, kind="automatic")) == {}
    departments = {one.label: one.value for one in board(desk).departments}
    support = board(desk, department=departments["Support"], lanes="customer")
    assert [by_hand] == [ref for ref in lanes(support)["Halden Ferries"] if ref == by_hand]
    assert lanes(board(desk, department="nowhere")) == {}


def test_who_is_late_stands_at_the_side_the_longest_first(desk: SupportDesk):
    first, second = escalated(desk, "One"), escalated(desk, "Two", by="stranger")
    owe(desk, first, "agent", 2)
    owe(desk, second, "specialist", 1)
    owe(desk, second, "colleague", 9)
    desk.wait(hours=3)

    shown = board(desk).late

    assert [(row.ref, row.person.name, row.can_nudge) for row in shown] == [
        (second, "S. Iyer", True),
        (first, "A. Farouk", True),
    ]
    assert [row.ref for row in board(desk, kind="automatic").late] == []


def test_the_address_says_what_is_shown_and_is_read_back():
    wanted = BoardFilter(lanes="customer", kind="functional", case="T-1")

    assert wanted.url == "/escalations?lanes=customer&kind=functional&case=T-1"
    assert wanted.case_link == "/escalations?lanes=customer&kind=functional&case="
    assert BoardFilter().case_link == "/escalations?case="
    assert board_filter_of({"lanes": "customer", "kind": "functional", "case": "T-1"}) == wanted
    unknown = {"lanes": "colour", "kind": "x", "only": "", "pages": "9000"}
    assert board_filter_of(unknown) == BoardFilter()

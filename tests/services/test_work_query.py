"""One's own work: what is owed, promised, asked for and led, also in others' place."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import NotAllowed
from escalation_app.domain.tickets import EscalationKind
from escalation_app.services import absences, cases, escalations, tickets
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.queries import work as queries
from escalation_app.services.queries.work import my_work
from escalation_app.views.words import iso
from escalation_app.views.work import WorkPage
from tests.support.desk import SupportDesk, support_desk

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as opened:
        yield opened


def escalated(desk: SupportDesk, subject: str = "Down") -> str:
    ref = desk.open(subject).reference
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    return ref


def oblige(desk: SupportDesk, ref: str, hours: float, who: str = "specialist") -> None:
    person, due_at = desk.people[who].person_id, desk.now + hours * HOUR
    desk.act("manager", cases.give_obligation, ref, person, f"Due in {hours}", due_at)


def work(desk: SupportDesk, who: str) -> WorkPage:
    return desk.see(who, my_work, desk.now)


def test_what_one_owes_on_all_cases_stands_by_its_due_time(desk: SupportDesk):
    first, second = escalated(desk, "First"), escalated(desk, "Second")
    oblige(desk, first, 3)
    oblige(desk, second, 1)
    oblige(desk, first, 2, "colleague")
    oblige(desk, first, 2)
    desk.act("specialist", cases.update_obligation, first, 3, ObligationState.DONE)

    shown = work(desk, "specialist")

    assert [(row.subject, row.due_at) for row in shown.duties] == [
        ("Second", iso(desk.now + HOUR)),
        ("First", iso(desk.now + 3 * HOUR)),
    ]
    assert all(row.can_accept and row.can_do for row in shown.duties)
    assert shown.words == "2 to do"


def test_what_is_late_is_counted(desk: SupportDesk):
    oblige(desk, escalated(desk), 1)
    desk.wait(hours=1, minutes=1)

    assert work(desk, "specialist").words.startswith("1 to do, 1 late")


def test_promises_stay_until_they_are_kept_or_give_way(desk: SupportDesk):
    ref = escalated(desk)
    for text, hours in (("A", 1), ("B", 2), ("C", 3)):
        desk.act("manager", cases.make_promise, ref, text, desk.now + hours * HOUR)
    desk.wait(hours=1, minutes=1)
    desk.act("manager", cases.keep_promise, ref, 2)

    assert [(line.text, line.state) for line in work(desk, "manager").promises] == [
        ("A", "broken"),
        ("C", "open"),
    ]
    desk.act("manager", cases.keep_promise, ref, 1)
    assert [line.text for line in work(desk, "manager").promises] == ["C"]


def test_what_one_is_asked_to_acknowledge_goes_when_somebody_has(desk: SupportDesk):
    ref = escalated(desk)

    assert [row.key for row in work(desk, "manager").asked] == [ref]
    assert work(desk, "executive").asked == ()
    assert work(desk, "agent").asked == ()
    desk.act("manager", escalations.acknowledge, ref)
    assert work(desk, "manager").asked == ()


def test_one_is_asked_for_what_stands_behind_many_others_too(
    desk: SupportDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queries, "LOOKED_AT", 1)
    refs = [escalated(desk, subject) for subject in ("First", "Second", "Third")]
    desk.act("manager", escalations.acknowledge, refs[1])

    assert [row.key for row in work(desk, "manager").asked] == [refs[0], refs[2]]
    assert work(desk, "agent").asked == ()


@pytest.mark.parametrize("who", ["agent", "colleague", "specialist", "manager", "executive"])
def test_whoever_is_asked_may_acknowledge_and_nobody_else(desk: SupportDesk, who: str):
    """The list agrees with what services.escalations lets a person do."""
    by_hand = escalated(desk, "By hand")
    functional = desk.open("Functional").reference
    desk.act("agent", escalations.escalate, functional, EscalationKind.FUNCTIONAL, "Skill")
    by_path = desk.open("By path").reference
    desk.act("agent", tickets.take, by_path)
    desk.wait(hours=3, minutes=31)

    asked = {row.key for row in work(desk, who).asked}

    for ref in (by_hand, functional, by_path):
        if ref in asked:
            desk.act(who, escalations.acknowledge, ref)
        else:
            with pytest.raises(NotAllowed):
                desk.act(who, escalations.acknowledge, ref)


def test_a_case_says_one_s_part_and_what_is_owed_to_it(desk: SupportDesk):
    ref = escalated(desk)
    executive = desk.people["executive"].person_id
    assert executive is not None
    desk.act("manager", cases.name_sponsor, ref, executive)
    oblige(desk, ref, 1)
    oblige(desk, ref, 2)
    desk.wait(hours=1, minutes=1)

    (owned,), (sponsored,) = work(desk, "manager").cases, work(desk, "executive").cases

    assert (owned.part, owned.owed, owned.late) == ("Owner", 2, 1)
    assert (sponsored.part, sponsored.key) == ("Sponsor", ref)
    assert work(desk, "agent").cases == ()


def test_who_stands_in_sees_the_work_of_who_is_away(desk: SupportDesk):
    ref = escalated(desk)
    oblige(desk, ref, 3)
    away, there = desk.people["specialist"].person_id, desk.people["colleague"].person_id
    assert away is not None
    desk.act("specialist", absences.set_absence, away, desk.now, desk.now + 9 * HOUR, there)

    shown = work(desk, "colleague")

    assert shown.stands_in == "S. Iyer"
    assert [(row.person.name, row.can_accept) for row in shown.duties] == [("S. Iyer", True)]
    desk.wait(hours=10)
    assert work(desk, "colleague").stands_in == ""


def test_nobody_s_work_is_a_customer_s(desk: SupportDesk):
    for who in ("customer", "lead", "stranger"):
        with pytest.raises(NotAllowed):
            work(desk, who)
    assert work(desk, "admin") == WorkPage()

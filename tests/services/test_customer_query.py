"""What a customer reads: where it stands, in plain words, and nothing of what is internal."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from escalation_app.db import Database
from escalation_app.domain.errors import NotAllowed, NotFound
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.models import EscalationRow, EventRow, MessageRow, PersonRow, TicketRow
from escalation_app.services import cases, escalations, tickets
from escalation_app.services.merging import merge
from escalation_app.services.queries import customer, customer_list, customer_new
from escalation_app.services.tables import columns
from escalation_app.views.common import Sentence
from escalation_app.views.customer import CustomerPage, CustomerStatus
from escalation_app.views.words import iso
from tests.support.desk import SupportDesk, support_desk

MARK = "xMARKERx"
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as one:
        yield one


def status(desk: SupportDesk, reference: str, who: str = "customer", **more: Any) -> CustomerStatus:
    return desk.see(who, customer.customer_status, reference, desk.now, **more)


def listed(desk: SupportDesk, who: str = "customer", view: str = "open", number: int = 0) -> Any:
    return desk.see(who, customer_list.my_tickets, view, number)


def refs(page: CustomerPage) -> list[str]:
    return [row.ref for row in page.rows]


def lines(status: CustomerStatus) -> list[tuple[str, str]]:
    return [(step.state, step.name) for step in status.steps]


def happened(status: CustomerStatus) -> list[str]:
    return [item.title for item in status.history]


def words(status: CustomerStatus) -> list[str]:
    return [f"{one.before}{' *' if one.at else ''}{one.after}" for one in status.what_next]


# Who sees what


def test_a_customer_sees_what_they_reported_and_a_lead_all_of_their_organisation(
    desk: SupportDesk,
) -> None:
    mine, lead_s, foreign = (desk.open(by=who) for who in ("customer", "lead", "stranger"))

    assert refs(listed(desk)) == [mine.reference]
    assert set(refs(listed(desk, "lead"))) == {mine.reference, lead_s.reference}
    assert refs(listed(desk, "lead", "mine")) == [lead_s.reference]
    assert refs(listed(desk, "stranger")) == [foreign.reference]
    assert listed(desk, "lead").organisation == "Halden Ferries"
    assert listed(desk).organisation == ""


def test_another_customer_s_ticket_is_not_found(desk: SupportDesk) -> None:
    theirs = desk.open(by="stranger")
    lead_s = desk.open(by="lead")

    for reference in (theirs.reference, lead_s.reference, "T-1"):
        with pytest.raises(NotFound):
            status(desk, reference)
    with pytest.raises(NotFound):
        status(desk, theirs.reference, "lead")
    assert status(desk, lead_s.reference, "lead").reporter == "you"


def test_nobody_of_ours_has_a_customer_s_pages(desk: SupportDesk) -> None:
    ticket = desk.open()

    for who in ("agent", "manager", "executive", "admin"):
        with pytest.raises(NotFound):
            status(desk, ticket.reference, who)
        with pytest.raises(NotAllowed):
            listed(desk, who)
        with pytest.raises(NotAllowed):
            desk.see(who, customer_new.new_ticket_form)


def test_nothing_internal_reaches_a_customer(desk: SupportDesk) -> None:
    """A marker stands in each field that is not for customers; what they read has none."""
    ticket = desk.open("Card terminals are down")
    other = desk.open(f"{MARK} other ticket", by="stranger")
    reference = ticket.reference
    desk.act("agent", tickets.take, reference)
    desk.act("agent", tickets.send_message, reference, "We look at it.")
    desk.act("agent", tickets.write_note, reference, f"{MARK} note")
    functional = EscalationKind.FUNCTIONAL
    desk.act("agent", escalations.escalate, reference, functional, f"{MARK} reason")
    desk.act("customer", escalations.request_escalation, reference, "We lose money.")
    desk.wait(hours=8)
    desk.act("manager", escalations.acknowledge, reference)
    _mark_everything_internal(desk, ticket.id)

    read: list[str] = []
    for who in ("customer", "lead"):
        read.append(json.dumps(asdict(status(desk, reference, who)), ensure_ascii=False))
        read += [json.dumps(asdict(listed(desk, who, view))) for view in ("open", "done", "mine")]

    assert "We look at it." in read[0]
    assert "We lose money." in read[0]
    for one in read:
        assert MARK not in one
        assert other.reference not in one
        assert "@" not in one
        for internal in ("Application support", "resolution at risk", "Tier ", "told that"):
            assert internal not in one


def _mark_everything_internal(desk: SupportDesk, key: int) -> None:
    """What the services do not let a caller write: fields only the product itself fills."""
    t, c, e, p, m = (
        columns(one) for one in (TicketRow, EscalationRow, EventRow, PersonRow, MessageRow)
    )
    with desk.database.writing() as session:
        session.execute(
            update(t).where(t.c.id == key).values(last_move=MARK, category=MARK, source=MARK)
        )
        session.execute(update(c).where(c.c.ticket_id == key).values(end_reason=MARK, reason=MARK))
        session.execute(update(p).values(email=p.c.key + MARK, password_hash=MARK))
        session.execute(update(m).where(m.c.is_public.is_(False)).values(author_name=MARK))
        session.execute(text("UPDATE path_run SET trigger = :mark"), {"mark": MARK})
        session.execute(text("UPDATE path_step SET text = :mark"), {"mark": MARK})
        for row in session.execute(e.select().where(e.c.ticket_id == key)).all():
            shown = {"assignee", "manager", "to_status", "reason"}
            data = {k: v if k in shown else MARK for k, v in row.data.items()}
            if row.kind in ("escalation_ended", "escalation_started") and row.actor_id != (
                desk.people["customer"].person_id
            ):
                data["reason"] = MARK
            session.execute(update(e).where(e.c.id == row.id).values(data={**data, "told": [MARK]}))


# Where it stands


def test_a_new_ticket_says_when_the_first_answer_comes(desk: SupportDesk) -> None:
    ticket = desk.open("Down")

    shown = status(desk, ticket.reference)

    assert shown.headline == "We have it. Somebody takes it up soon."
    assert lines(shown) == [
        ("done", "We have it"),
        ("now", "First answer"),
        ("todo", "We work on it"),
        ("todo", "You check it"),
        ("todo", "Closed"),
    ]
    assert shown.next_update.before == "First answer by"
    assert shown.next_update.at == (desk.now + timedelta(minutes=15)).isoformat()
    assert shown.promised.before == "Solved by"
    assert shown.promised.at == (desk.now + timedelta(hours=7)).isoformat()
    assert [(one.title, one.text) for one in shown.history] == [
        ("You reported it", "Down, please help.")
    ]


def test_an_answered_ticket_names_who_has_it(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("agent", tickets.take, ticket.reference)
    desk.wait(minutes=1)
    desk.act("agent", tickets.send_message, ticket.reference, "We look.")

    shown = status(desk, ticket.reference)

    assert shown.headline == "We are working on it."
    assert shown.holder == "A. Farouk"
    assert lines(shown)[1:3] == [("done", "First answer"), ("now", "We work on it")]
    assert happened(shown) == ["A. Farouk answered", "A. Farouk has it now", "You reported it"]


def test_waiting_for_the_customer_asks_for_an_answer_and_says_that_time_stands_still(
    desk: SupportDesk,
) -> None:
    ticket = desk.open()
    desk.act("agent", tickets.send_message, ticket.reference, "Which port?")
    desk.act("agent", tickets.set_status, ticket.reference, Status.WAITING_CUSTOMER)

    shown = status(desk, ticket.reference)

    assert shown.headline == "We need your answer to go on."
    assert shown.text == "The promised time stands still until you answer."
    assert shown.promised_left.words == "paused: waiting for your answer"
    assert listed(desk).rows[0].needs_answer


def test_what_we_asked_stands_above_the_box_while_it_waits_for_an_answer(desk: SupportDesk) -> None:
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "Which port?" + " Please tell." * 50)
    assert status(desk, ref).question == ""

    desk.act("agent", tickets.set_status, ref, Status.WAITING_CUSTOMER)
    desk.wait(seconds=1)
    desk.act("agent", tickets.write_note, ref, f"{MARK} note")

    asked = status(desk, ref)
    assert asked.question.startswith("Which port? Please")
    assert asked.question.endswith("…") and len(asked.question) <= 401
    assert asked.asked_by == "A. Farouk"
    desk.act("customer", tickets.send_message, ref, "Port 14.")
    assert status(desk, ref).question == ""


def test_what_waits_for_an_answer_comes_first_then_the_latest_news(desk: SupportDesk) -> None:
    waits, quiet, lively = desk.open("one"), desk.open("two"), desk.open("three")
    desk.act("agent", tickets.set_status, waits.reference, Status.WAITING_CUSTOMER)
    desk.wait(minutes=5)
    desk.act("agent", tickets.send_message, lively.reference, "News.")

    assert refs(listed(desk)) == [waits.reference, lively.reference, quiet.reference]


def test_an_internal_note_is_no_news(desk: SupportDesk) -> None:
    ticket = desk.open()
    before = status(desk, ticket.reference), listed(desk)
    desk.act("agent", tickets.write_note, ticket.reference, "Hm.")

    assert (status(desk, ticket.reference), listed(desk)) == before


def test_a_broken_promise_is_said(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("agent", tickets.send_message, ticket.reference, "We look.")
    desk.wait(hours=7, minutes=1)

    shown = status(desk, ticket.reference)

    assert shown.headline == "We are late, and we are on it."
    assert shown.promised.before == "Should be solved since"
    assert shown.promised_left.breached


def test_a_solved_ticket_can_be_answered_and_not_escalated(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("agent", tickets.resolve, ticket.reference, "Fixed.")

    shown = status(desk, ticket.reference)

    assert shown.is_resolved
    assert shown.text == "Please try it, and say whether it works for you."
    assert (shown.can_answer, shown.can_escalate) == (True, False)
    assert shown.can_confirm
    assert shown.closes == Sentence("closes by itself", iso(desk.now + timedelta(days=5)))
    assert lines(shown)[-2:] == [("now", "You check it"), ("todo", "Closed")]
    assert refs(listed(desk, view="done")) == [ticket.reference]
    assert listed(desk).empty == "nothing_here"


def test_an_answer_opens_a_solved_ticket_again(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("agent", tickets.resolve, ticket.reference, "Fixed.")
    desk.wait(minutes=1)
    desk.act("customer", tickets.send_message, ticket.reference, "Not fixed.")

    shown = status(desk, ticket.reference)

    assert happened(shown)[:2] == ["It was opened again", "You wrote"]
    assert shown.can_escalate


def test_a_closed_ticket_takes_no_answer(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("agent", tickets.resolve, ticket.reference, "Fixed.")
    desk.wait(days=6)

    shown = status(desk, ticket.reference)

    assert shown.is_closed
    assert (shown.can_answer, shown.can_escalate) == (False, False)
    assert {state for state, _ in lines(shown)} == {"done"}
    assert ticket.reference in shown.text


# Escalating


def test_before_escalating_it_says_what_will_happen(desk: SupportDesk) -> None:
    ticket = desk.open()

    shown = status(desk, ticket.reference)

    assert shown.can_escalate
    assert not shown.is_escalated
    assert words(shown) == [
        "A manager gets it at once and answers for it.",
        "You see here who it is, and what happens by when.",
        "If it is not solved by *, more experienced people take it over.",
        "If it is not solved by *, an executive is told.",
    ]


def test_after_escalating_it_says_who_answers_for_it_and_by_when(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("customer", escalations.request_escalation, ticket.reference, "Too slow.")

    shown = status(desk, ticket.reference)

    assert shown.is_escalated
    assert shown.escalated_at == desk.now.isoformat()
    assert words(shown) == [
        "L. Moreau answers for it and has been told.",
        "It is promised to be solved by *.",
        "If it is not solved by *, more experienced people take it over.",
        "If it is not solved by *, an executive is told.",
    ]
    assert shown.holder_hint == "L. Moreau answers for the whole of it"
    assert [(one.title, one.is_yours) for one in shown.history[:2]] == [
        ("L. Moreau answers for it now", False),
        ("You escalated", True),
    ]
    assert listed(desk).rows[0].is_escalated


def test_escalating_works_again_and_without_a_word(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("customer", escalations.request_escalation, ticket.reference)
    desk.wait(minutes=2)
    desk.act("customer", escalations.request_escalation, ticket.reference, "Still nothing.")

    shown = status(desk, ticket.reference)

    assert shown.can_escalate
    assert shown.escalated_at == desk.now.isoformat()
    asked = [(one.title, one.text) for one in shown.history if one.title == "You escalated"]
    assert asked == [("You escalated", "Still nothing."), ("You escalated", "")]


def test_the_manager_hears_of_a_second_escalation(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("customer", escalations.request_escalation, ticket.reference)
    desk.wait(minutes=2)
    desk.act("customer", escalations.request_escalation, ticket.reference, "Still nothing.")

    with desk.reading() as session:
        told = session.execute(
            text(
                "SELECT channel FROM outbox WHERE kind = 'escalation_joined' AND person_id = :who"
            ),
            {"who": desk.people["manager"].person_id},
        ).scalars()
        assert set(told) == {"in_app", "email"}


def test_an_escalation_by_ours_is_not_called_the_customer_s(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act(
        "agent", escalations.escalate, ticket.reference, EscalationKind.HIERARCHICAL, "Not mine."
    )

    shown = status(desk, ticket.reference)

    assert not shown.is_escalated
    assert words(shown)[0] == "L. Moreau, who answers for it, is told at once."
    assert "You escalated" not in happened(shown)


def test_the_lead_reads_the_name_of_who_escalated(desk: SupportDesk) -> None:
    ticket = desk.open()
    desk.act("customer", escalations.request_escalation, ticket.reference, "Too slow.")

    shown = status(desk, ticket.reference, "lead")

    assert shown.is_escalated
    assert "N. Diaz escalated" in happened(shown)
    assert shown.reporter == "N. Diaz"


# What was promised


def test_a_customer_reads_what_was_promised_and_what_became_of_it(desk: SupportDesk) -> None:
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "We look.")
    due = desk.now + HOUR
    for what in ("A call", "A list", "A patch", "A cause"):
        desk.act("manager", cases.make_promise, ref, what, due, override="They insist.")
    desk.act("manager", cases.keep_promise, ref, 1)
    desk.act("manager", cases.renegotiate_promise, ref, 3, due + 2 * HOUR, MARK, MARK)
    desk.wait(hours=1, minutes=5)
    desk.act("manager", cases.keep_promise, ref, 4)

    shown = status(desk, ref)

    assert shown.headline == "We are late, and we are on it."
    assert [(one.text, one.due.before, one.due.at) for one in shown.promises] == [
        ("A list", "was due", iso(due)),
        ("A patch", "by", iso(due + 2 * HOUR)),
        ("A cause", "was due", iso(due)),
        ("A call", "by", iso(due)),
    ]
    lefts = {one.text: one.left for one in shown.promises}
    assert (lefts["A list"].state, lefts["A list"].breached) == ("running", True)
    assert (lefts["A patch"].state, lefts["A patch"].breached) == ("running", False)
    assert (lefts["A cause"].words, lefts["A call"].words) == ("kept 5m late", "kept")
    moved = next(one.instead_of for one in shown.promises if one.text == "A patch")
    assert (moved.before, moved.at) == ("agreed with you in place of", iso(due))
    assert MARK not in repr(shown)


def test_solving_hides_no_promise_that_was_broken(desk: SupportDesk) -> None:
    ref = desk.open().reference
    desk.act("manager", cases.make_promise, ref, "A call", desk.now + HOUR)
    desk.act("manager", cases.make_promise, ref, "A list", desk.now + 5 * HOUR)
    desk.wait(hours=1, minutes=5)
    desk.act("agent", tickets.resolve, ref, "It works.")

    shown = status(desk, ref)

    assert shown.promised_left.words == "kept"
    assert {one.text: one.left.words for one in shown.promises} == {
        "A call": "not kept",
        "A list": "solved before it was due",
    }


def test_a_merged_ticket_says_where_its_promises_stand_and_leads_there(desk: SupportDesk) -> None:
    goes, stays = desk.open("One").reference, desk.open("Two").reference
    desk.act("manager", cases.make_promise, goes, "A call", desk.now + HOUR)
    desk.act("manager", merge, goes, stays)

    gone, kept = status(desk, goes), status(desk, stays)

    assert (gone.promised.before, gone.promised_left.state) == (f"In {stays}", "")
    assert gone.promises == ()
    assert [one.text for one in kept.promises] == ["A call"]
    title = next(one for one in gone.history if one.title.startswith("It goes on"))
    assert [(part.text, part.url) for part in title.title_parts if part.url] == [
        (stays, f"/mine/{stays}")
    ]


# History and paging


def test_a_reference_is_a_link_for_a_reader_who_sees_its_ticket(desk: SupportDesk) -> None:
    mine, other = desk.open("One").reference, desk.open("Two").reference
    theirs = desk.open(by="stranger").reference
    desk.act("customer", tickets.send_message, mine, f"{mine} is as {other}, not as {theirs}.")

    said = status(desk, mine).history[0]

    assert [part.url for part in said.parts] == ["", f"/mine/{other}", ""]


def test_of_hands_it_went_through_at_once_the_last_is_told(desk: SupportDesk) -> None:
    ref = desk.open().reference
    for who in ("agent", "manager", "agent"):
        desk.wait(seconds=1)
        desk.act(who, tickets.take, ref)
    desk.wait(seconds=1)
    desk.act("agent", tickets.send_message, ref, "We look.")
    desk.wait(seconds=1)
    desk.act("manager", tickets.take, ref)

    whole, part = status(desk, ref), status(desk, ref, shown=3)

    assert happened(whole) == [
        "L. Moreau has it now",
        "A. Farouk answered",
        "A. Farouk has it now",
        "You reported it",
    ]
    assert (happened(part), part.earlier) == (happened(whole)[:3], 3)
    assert whole.earlier == 0


def test_earlier_history_is_counted_and_can_be_asked_for(desk: SupportDesk) -> None:
    ticket = desk.open()
    for number in range(6):
        desk.wait(seconds=1)
        desk.act("customer", tickets.send_message, ticket.reference, f"message {number}")

    part, whole = (status(desk, ticket.reference, shown=shown) for shown in (3, 50))

    assert [one.text for one in part.history] == ["message 5", "message 4", "message 3"]
    assert part.earlier == 4
    assert (len(whole.history), whole.earlier) == (7, 0)


def test_a_long_list_has_pages(desk: SupportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customer_list, "PAGE", 2)
    for number in range(5):
        desk.wait(seconds=1)
        desk.open(str(number))

    first, last, beyond = (listed(desk, number=number) for number in (0, 2, 9))

    assert [row.subject for row in first.rows] == ["4", "3"]
    assert (first.first, first.last, first.total, first.has_next) == (1, 2, 5, True)
    assert [row.subject for row in last.rows] == ["0"]
    assert (last.has_previous, last.has_next) == (True, False)
    assert beyond == last


def test_somebody_with_no_ticket_is_told_so(desk: SupportDesk) -> None:
    assert listed(desk).empty == "nothing_yet"


def test_the_form_asks_in_the_words_of_the_process_and_says_what_it_promises(
    desk: SupportDesk,
) -> None:
    form = desk.see("customer", customer_new.new_ticket_form)
    cheaper = desk.see("stranger", customer_new.new_ticket_form)

    assert [choice.value for choice in form.impacts] == ["high", "medium", "low"]
    assert form.urgencies[0].label == "Work has stopped and there is no way around"
    assert form.promises["high high"] == (
        "You get a first answer within 15 minutes and a solution within 7 hours."
    )
    assert cheaper.promises["high high"] == (
        "You get a first answer within 1 hour and a solution within 48 hours."
    )

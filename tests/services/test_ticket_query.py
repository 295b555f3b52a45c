"""A ticket's page: who sees it, what stands on it, and what each reader may do."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import NotAllowed, NotFound
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.services import escalations, tickets
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.queries import ticket as ticket_query
from escalation_app.services.queries.conversation import LONG
from escalation_app.services.queries.escalate_choices import escalate_choices
from escalation_app.services.queries.ticket_choices import assignable
from escalation_app.views.ticket import TicketPage
from escalation_app.views.ticket_dialogs import EscalateOption
from escalation_app.views.words import iso
from tests.support.desk import MONDAY_NOON, SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as desk:
        yield desk


def page(desk: SupportDesk, ref: str, who: str = "agent", shown: int = 50) -> TicketPage:
    return desk.see(who, ticket_query.ticket_page, ref, desk.now, shown)


def option(desk: SupportDesk, ref: str, kind: str, who: str = "agent") -> EscalateOption:
    choices = desk.see(who, escalate_choices, ref, desk.now)
    return next(one for one in choices.options if one.value == kind)


def said(one: EscalateOption) -> str:
    effects = [*one.effects, *(effect for who in one.candidates[:1] for effect in who.effects)]
    return " ".join(f"{effect.before}{effect.at}{effect.after}" for effect in effects)


def test_unknown_and_invisible_tickets_give_the_same_answer(desk: SupportDesk):
    ref = desk.open().reference

    with pytest.raises(NotFound) as invisible:
        page(desk, ref, "stranger")
    with pytest.raises(NotFound) as unknown:
        page(desk, "T-9999999", "agent")

    assert str(invisible.value) == str(unknown.value)


def test_messages_notes_and_events_stand_in_the_order_of_time(desk: SupportDesk):
    ref = desk.open("Down").reference
    desk.wait(minutes=1)
    desk.act("agent", tickets.take, ref)
    desk.wait(minutes=1)
    desk.act("agent", tickets.write_note, ref, "Certificate rotated.")
    desk.wait(minutes=1)
    desk.act("agent", tickets.send_message, ref, "We look into it.")

    items = page(desk, ref).timeline

    assert [(item.kind, item.title or item.text) for item in items] == [
        ("event", "Opened"),
        ("theirs", "Down, please help."),
        ("event", "A. Farouk took it"),
        ("note", "Certificate rotated."),
        ("ours", "We look into it."),
    ]
    assert items[1].author.hint == "Halden Ferries"
    assert items[4].audience == "Halden Ferries"


def test_a_message_is_long_by_its_characters_or_its_lines(desk: SupportDesk):
    ref = desk.open().reference
    texts = ("x" * (LONG - 1), "x" * LONG, "x\n" * 25, "x\n" * 26)
    for text in texts:
        desk.act("agent", tickets.write_note, ref, f"{text}.")

    notes = [item.is_long for item in page(desk, ref).timeline if item.kind == "note"]

    assert notes == [False, True, False, True]


def test_a_reader_without_the_right_to_notes_gets_none(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.write_note, ref, "They have not paid.")

    shown = page(desk, ref, "customer")

    assert "They have not paid." not in repr(shown)
    assert shown.earlier == 0


def test_earlier_items_are_counted_and_come_on_demand(desk: SupportDesk):
    ref = desk.open().reference
    for number in range(5):
        desk.wait(seconds=1)
        desk.act("agent", tickets.write_note, ref, f"Note {number}")

    few, all_of_them = page(desk, ref, shown=3), page(desk, ref, shown=50)

    assert [item.text for item in few.timeline] == ["Note 2", "Note 3", "Note 4"]
    assert few.earlier == 4
    assert (len(all_of_them.timeline), all_of_them.earlier) == (7, 0)


def test_a_running_clock_shows_its_warnings_pauses_and_the_sum_behind_its_due_time(
    desk: SupportDesk,
):
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "Which ports?")
    desk.wait(hours=1)
    desk.act("agent", tickets.set_status, ref, Status.WAITING_CUSTOMER)
    desk.wait(hours=1)
    desk.act("customer", tickets.send_message, ref, "All of them.")

    clocks = page(desk, ref).clocks

    assert [clock.name for clock in clocks] == ["Resolution", "First response"]
    running = clocks[0]
    assert running.time_left.due_at == iso(MONDAY_NOON + timedelta(hours=8))
    assert [notch.at_pct for notch in running.notches] == [56.25, 78.12, 91.25]
    assert [(pause.from_pct, pause.width_pct) for pause in running.pauses] == [(12.5, 12.5)]
    assert [(line.label.before, line.value) for line in running.why] == [
        ("Target of Enterprise support, S1", "7h"),
        ("Worked until", "1h"),
        ("Paused until", "not counted"),
        ("Runs on since", "6h left"),
        ("Due", ""),
    ]
    assert "severity S1" in running.why_note
    assert clocks[1].time_left.words == "met in 0s of 15m"


def test_a_paused_clock_says_how_much_is_used(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.send_message, ref, "Which ports?")
    desk.wait(minutes=105)
    desk.act("agent", tickets.set_status, ref, Status.WAITING_CUSTOMER)

    clock = page(desk, ref).clocks[0]

    assert (clock.time_left.state, clock.used_pct, clock.ended_at) == ("paused", 25.0, "")
    assert clock.time_left.words == "paused: waiting for customer"


def test_a_late_answer_stays_visible(desk: SupportDesk):
    ref = desk.open().reference
    desk.wait(minutes=27)
    desk.act("agent", tickets.send_message, ref, "Sorry.")

    clock = next(one for one in page(desk, ref).clocks if one.name == "First response")

    assert (clock.time_left.state, clock.time_left.words) == ("late", "met 12m late")


def test_what_was_read_does_not_change_with_the_time_alone(desk: SupportDesk):
    ref = desk.open().reference
    before = page(desk, ref)
    desk.clock.advance(timedelta(seconds=40))

    assert page(desk, ref) == before


def test_the_path_shows_who_was_told_what_is_current_and_what_comes_when(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.wait(hours=3, minutes=30)
    desk.wait(hours=1, minutes=45)

    path = page(desk, ref).path

    assert (path.title, path.progress, path.is_active) == (
        "Critical, resolution at risk",
        "2 of 5",
        True,
    )
    assert [step.state for step in path.steps] == ["done", "now", "todo", "todo", "todo"]
    assert path.steps[0].text == "A. Farouk told."
    assert path.steps[1].text == "A. Farouk and L. Moreau told."
    assert path.steps[2].at == iso(MONDAY_NOON + timedelta(hours=6, minutes=18))
    assert path.steps[4].at_hint == "if silent"


def test_a_step_that_reached_nobody_says_so(desk: SupportDesk):
    ref = desk.open(impact="low", urgency="low").reference
    desk.wait(hours=3, minutes=59)
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.wait(days=3)

    step = page(desk, ref).path.steps[0]

    assert step.state == "nobody"
    assert step.text == "No recipient: it went to L. Moreau. Nobody has acknowledged it yet."


def test_the_wait_for_an_acknowledgement_runs_and_ends(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    desk.wait(hours=3, minutes=30)
    desk.wait(hours=1, minutes=45)
    desk.wait(hours=1, minutes=3)
    desk.wait(minutes=42, seconds=1)
    before = page(desk, ref, "executive").path.steps[3]
    desk.act("executive", escalations.acknowledge, ref)

    after = page(desk, ref, "executive").path.steps[3]

    assert (before.state, before.time_left.tail, before.can_acknowledge) == (
        "now",
        "to acknowledge",
        True,
    )
    assert "Nobody has acknowledged it yet." in before.text
    assert (after.time_left.state, after.can_acknowledge) == ("", False)
    assert "D. Ames has acknowledged it." in after.text


def test_an_escalation_by_hand_can_be_acknowledged_by_a_manager(desk: SupportDesk):
    ref = desk.open().reference
    reason = "The customer wants a manager"
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, reason)

    step = page(desk, ref, "manager").path.steps[0]

    assert step.can_acknowledge
    assert "L. Moreau owns the case" in step.text
    assert not page(desk, ref, "agent").path.steps[0].can_acknowledge


def test_an_escalation_of_the_engine_that_one_of_us_joined_stays_when_its_path_ends(
    desk: SupportDesk,
):
    ref = desk.open().reference
    desk.wait(minutes=16)
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "They are angry")
    desk.act("agent", tickets.send_message, ref, "We look into it.")

    path = page(desk, ref, "manager").path

    assert path.title == "Escalated by hand"
    assert path.steps[0].title == "A. Farouk joined"


def test_readers_may_do_what_their_role_and_team_allow(desk: SupportDesk):
    ref = desk.open().reference

    own, other = page(desk, ref, "agent").may, page(desk, ref, "specialist").may
    manager, executive = page(desk, ref, "manager").may, page(desk, ref, "executive").may

    assert own.can_take and own.can_assign and own.can_reply and own.can_resolve
    assert own.can_escalate and own.can_wait
    assert not (other.can_take or other.can_reply or other.can_resolve or other.can_escalate)
    assert other.can_note
    assert manager.can_escalate and manager.can_assign
    assert not (executive.can_reply or executive.can_take or executive.can_escalate)
    assert executive.can_note


def test_what_may_be_done_follows_the_status(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.set_status, ref, Status.WAITING_SUPPLIER)
    waiting = page(desk, ref).may
    desk.act("agent", tickets.resolve, ref)
    resolved = page(desk, ref).may
    desk.wait(days=6)
    closed = page(desk, ref).may

    assert waiting.can_resume and waiting.can_resolve and not waiting.can_reopen
    assert resolved.can_reopen and resolved.can_reply
    assert not (resolved.can_resolve or resolved.can_escalate or resolved.can_wait)
    assert closed == type(closed)()


def test_the_facts_say_which_policy_counts_and_why(desk: SupportDesk):
    ref = desk.open().reference

    facts = {fact.label: fact for fact in page(desk, ref).facts}

    assert facts["Impact"].value == "High"
    assert "matches plan Enterprise and severity S1" in facts["Policy"].value
    assert facts["Opened"].at == iso(MONDAY_NOON)
    assert facts["Requester"].value == "N. Diaz, Halden Ferries"


def test_a_reply_says_what_it_does_to_the_first_response(desk: SupportDesk):
    ref = desk.open().reference
    due = iso(MONDAY_NOON + timedelta(minutes=15))
    before = page(desk, ref)
    desk.act("agent", tickets.send_message, ref, "We look into it.")
    after = page(desk, ref)

    assert (before.reply_effect.before, before.reply_effect.at) == (
        "Meets the first response, due",
        due,
    )
    assert before.note_effect.at == due
    assert after.reply_effect.before == "" and before.audience == "N. Diaz and 1 more"


def test_a_functional_escalation_says_who_gets_it_and_what_happens(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)

    functional = option(desk, ref, "functional")

    assert functional.goes_to == "Application support, Tier 2"
    assert [one.name for one in functional.candidates] == ["S. Iyer"]
    assert "S. Iyer will be told." in said(functional)
    assert iso(MONDAY_NOON + timedelta(hours=7)) in said(functional)
    moved = desk.act("agent", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "Databases")
    assert moved.assignee_id == desk.people["specialist"].person_id


def test_a_hierarchical_escalation_says_which_manager_owns_it(desk: SupportDesk):
    ref = desk.open().reference

    hierarchical = option(desk, ref, "hierarchical")

    assert [one.name for one in hierarchical.candidates] == ["L. Moreau"]
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Refund")
    assert "owns the case already" in said(option(desk, ref, "hierarchical"))


def test_the_top_tier_cannot_escalate_higher_and_nobody_chooses_automatic(desk: SupportDesk):
    ref = desk.open("Kiosk").reference
    for _ in range(3):
        desk.act("manager", escalations.escalate, ref, EscalationKind.FUNCTIONAL, "Higher")

    assert option(desk, ref, "functional", "manager").is_disabled
    assert not option(desk, ref, "hierarchical", "manager").is_disabled
    choices = desk.see("manager", escalate_choices, ref, desk.now)
    assert [one.value for one in choices.options] == ["functional", "hierarchical"]
    assert "starts by itself" in choices.automatic.before


def test_a_playbook_that_fits_is_proposed_first_with_why_and_its_tasks(desk: SupportDesk):
    ref = desk.open("The site is unreachable").reference

    choices = desk.see("agent", escalate_choices, ref, desk.now)

    first, functional = choices.options[0], choices.options[1]
    assert (first.value, first.kind, first.playbook) == ("playbook", "hierarchical", "outage")
    assert first.is_suggested and not functional.is_suggested
    assert "severity S1 and it speaks of “unreachable”" in first.text
    assert "The ticket goes to Infrastructure support, Tier 2." in said(first)


def test_choices_are_refused_to_those_who_may_not_act(desk: SupportDesk):
    ref = desk.open().reference

    with pytest.raises(NotAllowed):
        desk.see("specialist", assignable, ref)
    with pytest.raises(NotAllowed):
        desk.see("executive", escalate_choices, ref, desk.now)
    with pytest.raises(NotFound):
        desk.see("stranger", assignable, ref)


def test_a_ticket_can_be_given_to_the_team_the_least_busy_first(desk: SupportDesk):
    ref = desk.open().reference
    desk.act("agent", tickets.take, ref)

    choices = desk.see("agent", assignable, ref)

    assert [(one.label, one.hint) for one in choices] == [
        ("J. Lind, 0 open", ""),
        ("A. Farouk, 1 open", "has it now"),
    ]


def test_warnings_that_follow_each_other_stand_in_one_line_and_none_is_lost(database: Database):
    with support_desk(database, document=shipped_document()) as desk:
        ref = desk.open().reference
        desk.act("agent", tickets.send_message, ref, "We look.")
        for _ in range(23):
            desk.wait(minutes=5)
        timeline = page(desk, ref).timeline

    folded = [item for item in timeline if item.kind == "folded"]
    alone = [item.title for item in timeline if item.title.startswith("Next update")]

    assert folded
    assert all(item.title == f"{len(item.folded)} warnings" for item in folded)
    assert not [title for title in alone if "used" in title]

"""What is done to several tickets at once: to each that can be, undone where nothing happened."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import NotAllowed
from escalation_app.domain.events import EventKind
from escalation_app.domain.tickets import EscalationKind, Status, Ticket
from escalation_app.models import EventRow, TicketRow
from escalation_app.services import chosen, escalations, tickets, unit_of_work
from escalation_app.services.chosen import Act, Outcome
from escalation_app.services.tables import columns
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[SupportDesk]:
    monkeypatch.setattr(unit_of_work, "database", lambda: database)
    with support_desk(database) as desk:
        yield desk


def do(desk: SupportDesk, who: str, act: Act, *on: Ticket) -> Outcome:
    return chosen.do_to_each(desk.people[who], [ticket.reference for ticket in on], act)


def undo(desk: SupportDesk, who: str, outcome: Outcome) -> str:
    return desk.act(who, chosen.take_back, outcome.done)


def row(desk: SupportDesk, ticket: Ticket) -> TicketRow:
    return rows(desk, TicketRow, columns(TicketRow).c.reference == ticket.reference)[0]


def kinds(desk: SupportDesk, ticket: Ticket) -> list[str]:
    events = columns(EventRow)
    found = rows(desk, EventRow, events.c.ticket_id == ticket.id)
    return [event.kind for event in sorted(found, key=lambda one: one.id)]


def test_what_can_be_done_is_done_and_the_rest_is_named_with_the_reason(desk: SupportDesk):
    first, second, solved, moved = (desk.open(name) for name in ("1", "2", "3", "4"))
    desk.act("agent", tickets.resolve, solved.reference)
    desk.act("agent", escalations.escalate, moved.reference, EscalationKind.FUNCTIONAL, "Skill")

    outcome = do(desk, "agent", chosen.take(), first, second, solved, moved)

    assert [one.reference for one in outcome.done] == [first.reference, second.reference]
    assert outcome.refused == {
        solved.reference: "This ticket is resolved.",
        moved.reference: str(NotAllowed()),
    }
    assert row(desk, second).assignee_id == desk.people["agent"].person_id


def test_reasons_are_told_once_with_the_tickets_they_hold_for():
    refused = {
        "T-1": "Resolved.",
        "T-2": "Not yours.",
        **{f"T-{n}": "Resolved." for n in (3, 4, 5)},
    }

    assert chosen.reasons(refused) == "T-1, T-3, T-4 and 1 more: Resolved. T-2: Not yours."


def test_what_is_so_already_is_fine_and_needs_no_undoing(desk: SupportDesk):
    ticket = desk.open()
    do(desk, "agent", chosen.take(), ticket)

    again = do(desk, "agent", chosen.take(), ticket)

    assert (again.done, again.same, again.refused) == ((), (ticket.reference,), {})


def test_taking_is_undone_on_record_as_if_it_had_not_been(desk: SupportDesk):
    ticket = desk.open()

    said = undo(desk, "agent", do(desk, "agent", chosen.take(), ticket))

    after = row(desk, ticket)
    assert said == "Undone for 1 ticket."
    assert (after.assignee_id, after.status) == (None, Status.NEW)
    assert kinds(desk, ticket)[-3:] == [
        EventKind.TICKET_ASSIGNED,
        EventKind.STATUS_CHANGED,
        EventKind.ACT_UNDONE,
    ]


def test_giving_goes_back_to_who_had_it(desk: SupportDesk):
    ticket = desk.open()
    desk.act("agent", tickets.take, ticket.reference)
    colleague = desk.people["colleague"].person_id
    assert colleague is not None

    outcome = do(desk, "agent", chosen.give(colleague), ticket)
    given = row(desk, ticket).assignee_id
    undo(desk, "agent", outcome)

    assert given == colleague
    assert row(desk, ticket).assignee_id == desk.people["agent"].person_id


def test_a_wait_that_is_undone_lets_the_clocks_run_on(desk: SupportDesk):
    ticket = desk.open()
    desk.act("agent", tickets.send_message, ticket.reference, "Which port?")

    outcome = do(desk, "agent", chosen.set_status(Status.WAITING_CUSTOMER), ticket)
    waiting = row(desk, ticket)
    desk.clock.advance(timedelta(minutes=10))
    undo(desk, "agent", outcome)

    after = row(desk, ticket)
    assert (waiting.pressing_state, after.pressing_state) == ("paused", "running")
    assert after.status == Status.OPEN


def test_tags_are_put_back_as_they_were(desk: SupportDesk):
    tagged, bare = desk.open("Tagged"), desk.open("Bare")
    desk.act("agent", tickets.tag, tagged.reference, frozenset({"vip", "night"}))

    outcome = do(
        desk, "agent", chosen.tag(frozenset({"billing"}), frozenset({"vip"})), tagged, bare
    )
    between = (row(desk, tagged).tags, row(desk, bare).tags)
    undo(desk, "agent", outcome)

    assert between == (" billing night ", " billing ")
    assert (row(desk, tagged).tags, row(desk, bare).tags) == (" night vip ", "")


def test_what_somebody_has_changed_since_is_left_alone(desk: SupportDesk):
    changed, untouched = desk.open("Changed"), desk.open("Untouched")
    outcome = do(desk, "agent", chosen.take(), changed, untouched)
    desk.act("colleague", tickets.take, changed.reference)

    said = undo(desk, "agent", outcome)

    assert said.startswith(f"Undone for 1 ticket.\n{changed.reference}: It changed")
    assert row(desk, changed).assignee_id == desk.people["colleague"].person_id
    assert row(desk, untouched).assignee_id is None


def test_nothing_is_undone_twice(desk: SupportDesk):
    outcome = do(desk, "agent", chosen.take(), desk.open())
    undo(desk, "agent", outcome)

    assert undo(desk, "agent", outcome).startswith("Nothing was undone.")


def test_a_path_that_ended_with_it_is_not_started_again(desk: SupportDesk):
    ticket = desk.open()
    desk.wait(minutes=20)
    outcome = do(desk, "agent", chosen.take(), ticket)
    assert outcome.done[0].ended_path is (EventKind.PATH_ENDED in kinds(desk, ticket))

    said = undo(desk, "agent", outcome)

    assert ("Nothing was undone" in said) is outcome.done[0].ended_path


def test_somebody_elses_act_is_undone_only_by_who_may_do_it(desk: SupportDesk):
    ticket = desk.open()
    outcome = do(desk, "agent", chosen.take(), ticket)

    for who in ("specialist", "executive", "customer"):
        assert undo(desk, who, outcome).startswith("Nothing was undone.")
    assert row(desk, ticket).assignee_id == desk.people["agent"].person_id


@pytest.mark.parametrize(
    "act",
    [
        chosen.take(),
        chosen.give(1),
        chosen.set_status(Status.WAITING_CUSTOMER),
        chosen.tag(frozenset({"vip"}), frozenset()),
    ],
    ids=lambda act: act.permission,
)
@pytest.mark.parametrize("who", ["specialist", "executive", "admin", "customer", "stranger"])
def test_who_may_not_is_refused_for_every_ticket(desk: SupportDesk, who: str, act: Act):
    ticket = desk.open()

    outcome = do(desk, who, act, ticket)

    assert list(outcome.refused) == [ticket.reference]
    assert kinds(desk, ticket).count(EventKind.TICKET_ASSIGNED) == 0


def test_a_ticket_chosen_twice_is_changed_once(desk: SupportDesk):
    ticket = desk.open()

    outcome = do(desk, "agent", chosen.take(), ticket, ticket)

    assert len(outcome.done) == 1

"""Two people do the same to a ticket in the same moment, in transactions of their own: one wins and
the other is told why not, or both are recorded in order; nothing is lost or doubled."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.commitments import ObligationState, PromiseState
from escalation_app.domain.contacts import ContactKind
from escalation_app.domain.events import EventKind
from escalation_app.domain.links import LinkKind
from escalation_app.domain.resolution import Resolution
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.models import (
    ArticleRow,
    ClockRow,
    ContactRow,
    EscalationRow,
    EventRow,
    MessageRow,
    ObligationRow,
    PromiseRow,
    ResolutionRow,
    TicketLinkRow,
    TicketRow,
)
from escalation_app.services import (
    articles,
    cases,
    confirming,
    escalations,
    linking,
    merging,
    preventions,
    splitting,
    tickets,
    waiting,
)
from escalation_app.services.contacts import NewContact, log_contact
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.resolution import note_resolution
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork
from tests.support.at_once import Act, at_once, refusals
from tests.support.desk import SupportDesk, rows, support_desk

HOUR = timedelta(hours=1)
ROUNDS = 4
"""How often each is tried: which of the two comes first is not ours to say."""
TWO = ("manager", "agent")


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def both(service: Any, *args: Any, who: tuple[str, str] = TWO, **kwargs: Any) -> list[Act]:
    """Two people do the same."""
    return [(one, lambda uow: service(uow, *args, **kwargs)) for one in who]


def one_ticket(desk: SupportDesk, ref: str) -> Any:
    (row,) = rows(desk, TicketRow, columns(TicketRow).c.reference == ref)
    return row


def record(desk: SupportDesk, ref: str, kind: EventKind) -> list[Any]:
    """The events of a kind on a ticket."""
    table = columns(EventRow)
    ours = table.c.ticket_id == one_ticket(desk, ref).id
    return rows(desk, EventRow, ours, table.c.kind == kind.value)


def assert_numbered_once(desk: SupportDesk, ref: str) -> None:
    """The record of a ticket has no hole and nothing twice; its revision is that of the last."""
    ticket = one_ticket(desk, ref)
    found = rows(desk, EventRow, columns(EventRow).c.ticket_id == ticket.id)
    places = [(row.revision, row.number) for row in found]
    assert len(set(places)) == len(places)
    assert max(row.revision for row in found) <= ticket.revision


def escalated(desk: SupportDesk) -> str:
    ref = desk.open().reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Above us")
    return ref


def test_a_solved_ticket_is_said_to_work_once(desk: SupportDesk):
    for _ in range(ROUNDS):
        ref = desk.open().reference
        desk.act("agent", tickets.resolve, ref)

        done = at_once(desk, *both(confirming.confirm, ref, who=("customer", "lead")))

        assert len(refusals(done)) == 1
        assert "closed already" in refusals(done)[0]
        assert len(record(desk, ref, EventKind.SOLUTION_CONFIRMED)) == 1
        assert len(record(desk, ref, EventKind.TICKET_CLOSED)) == 1
        assert_numbered_once(desk, ref)


def test_that_it_works_and_that_it_does_not_come_one_after_the_other(desk: SupportDesk):
    for _ in range(ROUNDS):
        ref = desk.open().reference
        desk.act("agent", tickets.resolve, ref)

        done = at_once(
            desk,
            ("lead", lambda uow, a=ref: confirming.confirm(uow, a)),
            ("customer", lambda uow, a=ref: tickets.send_message(uow, a, "Dark again.")),
        )

        is_closed = one_ticket(desk, ref).status == Status.CLOSED
        assert len(refusals(done)) == 1
        assert len(record(desk, ref, EventKind.SOLUTION_CONFIRMED)) == is_closed
        assert len(record(desk, ref, EventKind.MESSAGE_RECEIVED)) == (not is_closed)
        assert_numbered_once(desk, ref)


@pytest.mark.parametrize("told", ["", "It goes on there."])
def test_a_ticket_is_merged_once(desk: SupportDesk, told: str):
    for _ in range(ROUNDS):
        ref, into = desk.open("One").reference, desk.open("Two").reference

        done = at_once(desk, *both(merging.merge, ref, into, told))

        assert refusals(done) == [f"{ref} was merged into {into} already."]
        assert len(record(desk, ref, EventKind.TICKET_MERGED)) == 1
        assert len(record(desk, into, EventKind.MERGE_RECEIVED)) == 1
        assert len(record(desk, ref, EventKind.MESSAGE_SENT)) == bool(told)
    assert len(rows(desk, TicketLinkRow)) == ROUNDS


def test_of_two_tickets_that_are_merged_into_each_other_one_stays(desk: SupportDesk):
    for _ in range(ROUNDS):
        one, two = desk.open("One").reference, desk.open("Two").reference

        done = at_once(
            desk,
            ("manager", lambda uow, a=one, b=two: merging.merge(uow, a, b)),
            ("agent", lambda uow, a=one, b=two: merging.merge(uow, b, a)),
        )

        assert len(refusals(done)) == 1
        assert sorted([one_ticket(desk, one).is_open, one_ticket(desk, two).is_open]) == [
            False,
            True,
        ]


def test_a_chain_of_merges_ends_in_a_ticket_that_is_open(desk: SupportDesk):
    for _ in range(ROUNDS):
        one, two, three = (desk.open(name).reference for name in ("One", "Two", "Three"))

        done = at_once(
            desk,
            ("manager", lambda uow, a=one, b=two: merging.merge(uow, a, b)),
            ("agent", lambda uow, a=two, b=three: merging.merge(uow, a, b)),
        )

        assert refusals(done) in ([], [f"{two} was merged into {three} already."])
        assert one_ticket(desk, one).is_open is bool(refusals(done))
        assert not one_ticket(desk, two).is_open
        assert one_ticket(desk, three).is_open


def test_what_a_customer_writes_while_their_ticket_is_merged_is_not_lost(desk: SupportDesk):
    for place in range(ROUNDS):
        ref, into = desk.open("One").reference, desk.open("Two").reference
        words = f"It got worse {place}"

        done = at_once(
            desk,
            ("agent", lambda uow, a=ref, b=into: merging.merge(uow, a, b)),
            ("customer", lambda uow, a=ref, said=words: tickets.send_message(uow, a, said)),
        )

        assert refusals(done) == []
        assert len(rows(desk, MessageRow, columns(MessageRow).c.body == words)) == 1


def test_what_is_split_off_as_it_was_shown_is_split_off_once(desk: SupportDesk):
    for _ in range(ROUNDS):
        ref = desk.open("Two things").reference
        ticket = one_ticket(desk, ref)
        of_it = columns(MessageRow).c.ticket_id == ticket.id
        (message,) = rows(desk, MessageRow, of_it)
        before = len(rows(desk, TicketRow))

        done = at_once(
            desk,
            *both(splitting.split, ref, "A part", {message.id}, "Look at {ref}.", ticket.revision),
        )

        assert len(refusals(done)) == 1
        assert "changed while you were working on it" in refusals(done)[0]
        assert len(rows(desk, TicketRow)) == before + 1
        assert len(record(desk, ref, EventKind.TICKET_SPLIT)) == 1
        assert len(record(desk, ref, EventKind.MESSAGE_SENT)) == 1


def test_two_obligations_are_both_given(desk: SupportDesk):
    ref = escalated(desk)
    person, due = desk.people["specialist"].person_id, desk.now + HOUR
    assert person is not None
    for place in range(ROUNDS):
        acts: list[Act] = [
            (
                "manager",
                lambda uow, what=what, who=person: cases.give_obligation(uow, ref, who, what, due),
            )
            for what in (f"One {place}", f"Two {place}")
        ]
        assert refusals(at_once(desk, *acts)) == []

    owed = rows(desk, ObligationRow)
    assert sorted(row.number for row in owed) == list(range(1, 2 * ROUNDS + 1))
    assert len({row.text for row in owed}) == 2 * ROUNDS
    clocks = rows(desk, ClockRow, columns(ClockRow).c.metric == "obligation")
    assert len(clocks) == 2 * ROUNDS
    assert_numbered_once(desk, ref)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ObligationState.DONE, ObligationState.DONE),
        (ObligationState.DONE, ObligationState.RELEASED),
        (ObligationState.ACCEPTED, ObligationState.ACCEPTED),
    ],
)
def test_an_obligation_changes_once(
    desk: SupportDesk, one: ObligationState, other: ObligationState
):
    """Saying again what is so already changes nothing."""
    ref = escalated(desk)
    person = desk.people["specialist"].person_id
    for number in range(1, ROUNDS + 1):
        desk.act("manager", cases.give_obligation, ref, person, "Look", desk.now + HOUR)
        desk.clock.advance(timedelta(seconds=1))
        before = len(record(desk, ref, EventKind.OBLIGATION_CHANGED))

        done = at_once(
            desk,
            ("specialist", lambda uow, n=number: cases.update_obligation(uow, ref, n, one)),
            ("manager", lambda uow, n=number: cases.update_obligation(uow, ref, n, other, "Why")),
        )

        assert len(record(desk, ref, EventKind.OBLIGATION_CHANGED)) - before == 1
        assert len(refusals(done)) == (one is not other)
        assert all("already" in why for why in refusals(done))
    assert_numbered_once(desk, ref)


def test_two_promises_are_both_made_and_each_is_told(desk: SupportDesk):
    ref = desk.open().reference
    due = desk.now + HOUR
    acts: list[Act] = [
        (
            who,
            lambda uow, what=what: cases.make_promise(
                uow, ref, what, due, None, "They insist", message="By {until}: {what}."
            ),
        )
        for who, what in zip(TWO, ("A list", "A call"), strict=True)
    ]

    assert refusals(at_once(desk, *acts)) == []

    assert sorted(row.number for row in rows(desk, PromiseRow)) == [1, 2]
    ours = [row.body for row in rows(desk, MessageRow) if row.side == "us"]
    assert sorted(ours) == [
        "By 13:00 on Monday 2 March (UTC): A call.",
        "By 13:00 on Monday 2 March (UTC): A list.",
    ]
    assert_numbered_once(desk, ref)


def promised(desk: SupportDesk) -> str:
    ref = desk.open().reference
    desk.act("manager", cases.make_promise, ref, "A list", desk.now + HOUR, None, "They insist")
    desk.clock.advance(timedelta(seconds=1))
    return ref


def test_a_promise_is_kept_once_and_told_once(desk: SupportDesk):
    for _ in range(ROUNDS):
        ref = promised(desk)

        done = at_once(desk, *both(cases.keep_promise, ref, 1, "As promised."))

        assert refusals(done) == ["This promise is kept already, and nothing was sent."]
        assert len(record(desk, ref, EventKind.PROMISE_CHANGED)) == 1
        assert len(record(desk, ref, EventKind.MESSAGE_SENT)) == 1


def test_a_promise_is_moved_once(desk: SupportDesk):
    for _ in range(ROUNDS):
        ref = promised(desk)
        moved = (ref, 1, desk.now + 2 * HOUR, "They agreed", "They insist")

        done = at_once(desk, *both(cases.renegotiate_promise, *moved))

        assert refusals(done) == ["This promise is renegotiated already."]
        states = [
            row.state
            for row in rows(
                desk,
                PromiseRow,
                columns(PromiseRow).c.ticket_id == one_ticket(desk, ref).id,
            )
        ]
        assert sorted(states) == sorted([PromiseState.RENEGOTIATED, PromiseState.OPEN])


def test_a_promise_is_kept_or_moved(desk: SupportDesk):
    for _ in range(ROUNDS):
        ref = promised(desk)
        moved = (ref, 1, desk.now + 2 * HOUR, "They agreed", "They insist")

        done = at_once(
            desk,
            ("manager", lambda uow, a=ref: cases.keep_promise(uow, a, 1)),
            ("agent", lambda uow, args=moved: cases.renegotiate_promise(uow, *args)),
        )

        assert len(refusals(done)) == 1
        assert refusals(done)[0].endswith("already.")


def test_an_escalation_is_ended_once_and_the_customer_told_once(desk: SupportDesk):
    for _ in range(ROUNDS):
        ref = escalated(desk)
        two = ("manager", "manager")

        done = at_once(
            desk, *both(escalations.deescalate, ref, "Calm", message="It is over.", who=two)
        )

        assert refusals(done) == ["This ticket is not escalated any more."]
        assert len(record(desk, ref, EventKind.ESCALATION_ENDED)) == 1
        assert len(record(desk, ref, EventKind.MESSAGE_SENT)) == 1


def test_an_escalation_is_taken_up_again_once(desk: SupportDesk):
    for _ in range(ROUNDS):
        ref = escalated(desk)
        desk.act("manager", escalations.deescalate, ref, "Calm")

        done = at_once(
            desk, *both(escalations.reescalate, ref, "Not calm", who=("manager", "manager"))
        )

        assert len(refusals(done)) == 1
        assert "escalated already" in refusals(done)[0]
        of_it = columns(EscalationRow).c.ticket_id == one_ticket(desk, ref).id
        cases_of_it = rows(desk, EscalationRow, of_it)
        assert [row.ended_at is None for row in cases_of_it] == [False, True]


def test_who_ends_an_escalation_while_another_obliges_somebody_drops_or_refuses_it(
    desk: SupportDesk,
):
    person = desk.people["specialist"].person_id
    assert person is not None
    for _ in range(ROUNDS):
        ref = escalated(desk)
        due = desk.now + HOUR

        done = at_once(
            desk,
            ("manager", lambda uow, a=ref: escalations.deescalate(uow, a, "Calm")),
            (
                "manager",
                lambda uow, a=ref, d=due, who=person: cases.give_obligation(uow, a, who, "Look", d),
            ),
        )

        of_it = columns(ObligationRow).c.ticket_id == one_ticket(desk, ref).id
        owed = rows(desk, ObligationRow, of_it)
        assert len(owed) == 1 - len(refusals(done))
        assert all(row.state not in ("open", "accepted", "blocked") for row in owed)


def test_who_resolves_while_another_obliges_somebody_drops_or_refuses_it(desk: SupportDesk):
    person = desk.people["specialist"].person_id
    assert person is not None
    for _ in range(ROUNDS):
        ref = escalated(desk)
        due = desk.now + HOUR

        done = at_once(
            desk,
            ("manager", lambda uow, a=ref: tickets.resolve(uow, a, "Done.")),
            (
                "manager",
                lambda uow, a=ref, d=due, who=person: cases.give_obligation(uow, a, who, "Look", d),
            ),
        )

        of_it = columns(ObligationRow).c.ticket_id == one_ticket(desk, ref).id
        owed = rows(desk, ObligationRow, of_it)
        assert one_ticket(desk, ref).status == "resolved"
        assert len(owed) == 1 - len(refusals(done))
        assert all(row.state not in ("open", "accepted", "blocked") for row in owed)
        assert_numbered_once(desk, ref)


def test_a_ticket_waits_once_and_its_customer_is_told_once(desk: SupportDesk):
    for _ in range(ROUNDS):
        ref = desk.open().reference

        done = at_once(desk, *both(waiting.wait, ref, Status.WAITING_CUSTOMER, "Which port?"))

        assert refusals(done) == []
        assert sorted(one is None for one in done) == [False, True]
        assert len(record(desk, ref, EventKind.STATUS_CHANGED)) == 1
        assert len(record(desk, ref, EventKind.MESSAGE_SENT)) == 1


def test_an_article_is_drafted_once(desk: SupportDesk):
    for number in range(1, ROUNDS + 1):
        ref = desk.open().reference
        desk.act("agent", tickets.resolve, ref, "Done.")

        done = at_once(desk, *both(articles.draft_article, ref))

        assert refusals(done) == ["There is an article from this ticket already."]
        assert len(rows(desk, ArticleRow)) == number


def prevented(desk: SupportDesk) -> tuple[str, int]:
    """A case with a prevention that the specialist owns."""
    ref = escalated(desk)
    owner = desk.people["specialist"].person_id
    noted = Resolution(
        cause="A race",
        prevention="Two writers",
        prevention_owner_id=owner,
        prevention_due_at=desk.now + timedelta(days=7),
    )
    desk.act("manager", note_resolution, ref, noted)
    return ref, max(row.escalation_id for row in rows(desk, ResolutionRow))


def test_a_prevention_is_done_once(documented: SupportDesk):
    for _ in range(ROUNDS):
        ref, number = prevented(documented)

        done = at_once(
            documented,
            *both(preventions.finish_prevention, ref, number, who=("manager", "specialist")),
        )

        assert len(refusals(done)) == 1
        assert "already" in refusals(done)[0]
        assert len(record(documented, ref, EventKind.PREVENTION_CHANGED)) == 1


def test_a_prevention_is_done_or_moved_and_the_record_says_which_came_last(
    documented: SupportDesk,
):
    for _ in range(ROUNDS):
        ref, number = prevented(documented)
        later = documented.now + timedelta(days=9)

        done = at_once(
            documented,
            ("specialist", lambda uow, a=ref, n=number: preventions.finish_prevention(uow, a, n)),
            (
                "manager",
                lambda uow, a=ref, n=number, d=later: preventions.move_prevention(
                    uow, a, n, d, "Later"
                ),
            ),
        )

        of_it = columns(ResolutionRow).c.escalation_id == number
        (row,) = rows(documented, ResolutionRow, of_it)
        events = record(documented, ref, EventKind.PREVENTION_CHANGED)
        assert row.prevention_state == "done"
        assert len(events) == 2 - len(refusals(done))


def test_what_two_note_about_a_solution_is_not_overwritten_unseen(documented: SupportDesk):
    for place in range(ROUNDS):
        ref = escalated(documented)
        revision = one_ticket(documented, ref).revision
        causes = (f"A race {place}", f"A leak {place}")
        acts: list[Act] = [
            (
                who,
                lambda uow, c=cause, a=ref, r=revision: note_resolution(
                    uow, a, Resolution(cause=c), r
                ),
            )
            for who, cause in zip(TWO, causes, strict=True)
        ]

        done = at_once(documented, *acts)

        assert len(refusals(done)) == 1
        assert "Nothing was overwritten" in refusals(done)[0]
        assert len(record(documented, ref, EventKind.RESOLUTION_NOTED)) == 1


@pytest.fixture
def documented(database: Database) -> Iterator[SupportDesk]:
    """A desk whose process holds cases to criteria."""
    with support_desk(database, document=shipped_document()) as opened:
        yield opened


@pytest.mark.parametrize("kind", [LinkKind.RELATES_TO, LinkKind.CAUSED_BY])
def test_two_tickets_are_linked_once_from_either_side(desk: SupportDesk, kind: LinkKind):
    for _ in range(ROUNDS):
        one, two = desk.open("One").reference, desk.open("Two").reference
        links = len(rows(desk, TicketLinkRow))

        done = at_once(
            desk,
            ("manager", lambda uow, a=one, b=two: linking.link(uow, a, b, kind)),
            ("agent", lambda uow, a=one, b=two: linking.link(uow, b, a, kind)),
        )

        assert len(rows(desk, TicketLinkRow)) == links + 1
        assert len(refusals(done)) == (kind is LinkKind.CAUSED_BY)
        assert len(record(desk, one, EventKind.TICKET_LINKED)) == 1


def test_two_calls_are_both_logged(desk: SupportDesk):
    phones = desk.open().reference
    desk.act("agent", escalations.escalate, phones, EscalationKind.FUNCTIONAL, "A skill")
    desk.clock.advance(HOUR)
    began = desk.now - HOUR / 2
    call = NewContact(ContactKind.CALL, "N. Diaz", began, 10, "They work.")

    def log(uow: UnitOfWork) -> int:
        return log_contact(uow, phones, call)

    done = at_once(desk, ("manager", log), ("specialist", log))

    assert refusals(done) == []
    assert sorted(row.number for row in rows(desk, ContactRow)) == [1, 2]

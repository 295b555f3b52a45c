"""Preventions: in their owner's work, reminded of before and when late, done or moved on record."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound
from escalation_app.domain.events import EventKind
from escalation_app.domain.resolution import Resolution
from escalation_app.domain.tickets import EscalationKind
from escalation_app.engine.preventions import remind_owners
from escalation_app.models import EventRow, OutboxRow, ResolutionRow
from escalation_app.services import absences, escalations, preventions, tickets
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.queries.work import my_work
from escalation_app.services.resolution import note_resolution
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import unit_of_work
from escalation_app.views.case import PreventionLine
from tests.support.desk import SupportDesk, rows, support_desk

DAYS = 7


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as found:
        yield found


@pytest.fixture
def ref(desk: SupportDesk) -> str:
    """An escalated ticket whose prevention the specialist owns, due in DAYS days."""
    ref = desk.open(impact="medium", urgency="high").reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "A decision.")
    note(desk, ref, desk.now + timedelta(days=DAYS))
    return ref


def note(desk: SupportDesk, ref: str, due_at: datetime, cause: str = "A race") -> None:
    owner = desk.people["specialist"].person_id
    noted = Resolution(
        cause=cause,
        prevention="Test the import with two writers",
        prevention_owner_id=owner,
        prevention_due_at=due_at,
    )
    desk.act("agent", note_resolution, ref, noted)


def lines(desk: SupportDesk, who: str = "specialist") -> tuple[PreventionLine, ...]:
    return desk.see(who, my_work, desk.now).preventions


def number(desk: SupportDesk) -> int:
    (row,) = rows(desk, ResolutionRow)
    return row.escalation_id


def reminders(desk: SupportDesk) -> list[str]:
    kind = columns(EventRow).c.kind == EventKind.PREVENTION_DUE
    return [row.data["state"] for row in rows(desk, EventRow, kind)]


def told(desk: SupportDesk) -> set[tuple[int, str]]:
    kind = columns(OutboxRow).c.kind == EventKind.PREVENTION_DUE
    return {(row.person_id, row.channel) for row in rows(desk, OutboxRow, kind)}


def test_it_stands_in_its_owner_s_work_alone_with_how_long_there_is(desk: SupportDesk, ref: str):
    (line,) = lines(desk)

    assert (line.ref, line.text) == (ref, "Test the import with two writers")
    assert line.due_at == (desk.now + timedelta(days=DAYS)).isoformat()
    assert not line.is_late
    assert "1 to prevent" in desk.see("specialist", my_work, desk.now).words
    assert lines(desk, "colleague") == ()


def test_its_owner_is_reminded_a_day_before_and_once_it_is_late_and_not_again(
    desk: SupportDesk, ref: str
):
    desk.clock.advance(timedelta(days=DAYS - 1, seconds=-1))
    assert remind_owners(desk.database) == 0

    desk.clock.advance(timedelta(seconds=1))
    assert remind_owners(desk.database) == 1
    assert remind_owners(desk.database) == 0
    assert reminders(desk) == ["soon"]
    specialist = desk.people["specialist"].person_id
    assert told(desk) == {(specialist, "in_app"), (specialist, "email")}

    desk.clock.advance(timedelta(days=1))
    assert remind_owners(desk.database) == 1
    desk.clock.advance(timedelta(days=30))
    assert remind_owners(desk.database) == 0
    assert reminders(desk) == ["soon", "late"]
    assert lines(desk)[0].is_late


def test_what_is_looked_at_before_its_time_is_not_found_again(desk: SupportDesk, ref: str):
    with desk.database.writing() as session:
        session.execute(update(columns(ResolutionRow)).values(prevention_wakes_at=desk.now))

    assert remind_owners(desk.database) == 0

    (row,) = rows(desk, ResolutionRow)
    assert row.prevention_wakes_at == desk.now + timedelta(days=DAYS - 1)


def test_a_reminder_comes_after_the_change_of_the_ticket_it_waited_for(postgres_url: str):
    database = Database(postgres_url)
    document = shipped_document()
    with support_desk(database, document=document) as desk, ThreadPoolExecutor(1) as thread:
        ref = desk.open(impact="medium", urgency="high").reference
        desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Decide.")
        note(desk, ref, desk.now + timedelta(days=DAYS))
        desk.clock.advance(timedelta(days=DAYS))
        with unit_of_work(desk.people["agent"], on=database) as uow:
            tickets.tag(uow, ref, frozenset({"held"}))
            reminded = thread.submit(remind_owners, database)
            time.sleep(0.5)  # the reminder comes as far as the ticket
            desk.clock.advance(timedelta(minutes=5))

        assert reminded.result() == 1
        kind = columns(EventRow).c.kind == EventKind.PREVENTION_DUE
        assert [row.at for row in rows(desk, EventRow, kind)] == [desk.now]
    database.dispose()


def test_the_process_says_how_long_before(database: Database):
    document = shipped_document().replace("remind_before: 1d", "remind_before: 3d")
    with support_desk(database, document=document) as desk:
        ref = desk.open(impact="medium", urgency="high").reference
        desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Decide.")
        note(desk, ref, desk.now + timedelta(days=DAYS))

        desk.clock.advance(timedelta(days=DAYS - 3))

        assert remind_owners(desk.database) == 1


def test_who_stands_in_is_reminded_while_the_owner_is_away(desk: SupportDesk, ref: str):
    specialist, colleague = (desk.people[who].person_id for who in ("specialist", "colleague"))
    begin = desk.now + timedelta(days=1)
    desk.act(
        "manager",
        absences.set_absence,
        specialist,
        begin,
        begin + timedelta(days=20),
        colleague,
        "",
    )
    desk.clock.advance(timedelta(days=DAYS))
    remind_owners(desk.database)

    assert {person for person, _ in told(desk)} == {colleague}
    assert [line.place for line in lines(desk, "colleague")] == ["for S. Iyer"]


def test_it_is_done_once_and_can_be_taken_up_again(desk: SupportDesk, ref: str):
    key = number(desk)
    desk.act("specialist", preventions.finish_prevention, ref, key, "Merged")
    assert lines(desk) == ()
    desk.clock.advance(timedelta(days=DAYS))
    assert remind_owners(desk.database) == 0

    with pytest.raises(Invalid):
        desk.act("specialist", preventions.finish_prevention, ref, key)
    desk.act("specialist", preventions.take_up_prevention, ref, key)
    assert len(lines(desk)) == 1
    with pytest.raises(Invalid):
        desk.act("specialist", preventions.take_up_prevention, ref, key)


def test_another_date_needs_a_reason_and_is_reminded_of_anew(desk: SupportDesk, ref: str):
    key = number(desk)
    desk.clock.advance(timedelta(days=DAYS))
    remind_owners(desk.database)
    later = desk.now + timedelta(days=10)
    with pytest.raises(Invalid):
        desk.act("specialist", preventions.move_prevention, ref, key, later, " ")
    with pytest.raises(Invalid):
        desk.act("specialist", preventions.move_prevention, ref, key, desk.now, "Soon")

    desk.act("specialist", preventions.move_prevention, ref, key, later, "Waits for hardware")

    (line,) = lines(desk)
    assert (line.due_at, line.moved) == (later.isoformat(), "Waits for hardware")
    assert remind_owners(desk.database) == 0
    desk.clock.advance(timedelta(days=9))
    assert remind_owners(desk.database) == 1


def test_noting_the_rest_of_the_solution_leaves_what_became_of_it(desk: SupportDesk, ref: str):
    due_at = desk.now + timedelta(days=DAYS)
    desk.act("specialist", preventions.finish_prevention, ref, number(desk))

    note(desk, ref, due_at, cause="A race between two imports")
    assert lines(desk) == ()
    note(desk, ref, due_at + timedelta(hours=1), cause="A race: the dialog asks for a date alone")
    assert lines(desk) == ()
    note(desk, ref, due_at + timedelta(days=1), cause="A race between two imports")
    assert len(lines(desk)) == 1


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("agent", NotAllowed), ("customer", NotAllowed), ("stranger", NotFound)],
)
def test_who_does_not_own_it_cannot_end_or_move_it(
    desk: SupportDesk, ref: str, who: str, refusal: type[Exception]
):
    later = desk.now + timedelta(days=10)

    with pytest.raises(refusal):
        desk.act(who, preventions.finish_prevention, ref, number(desk))
    with pytest.raises(refusal):
        desk.act(who, preventions.move_prevention, ref, number(desk), later, "Why not")
    assert len(lines(desk)) == 1


def test_who_gives_obligations_can_end_anybody_s(desk: SupportDesk, ref: str):
    desk.act("manager", preventions.finish_prevention, ref, number(desk))

    assert lines(desk) == ()


def test_it_is_found_only_with_its_own_ticket(desk: SupportDesk, ref: str):
    other = desk.open("Other").reference

    with pytest.raises(NotFound):
        desk.act("specialist", preventions.finish_prevention, other, number(desk))

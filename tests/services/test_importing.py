"""What an import makes of a log: the whole history, once, for nobody to be told."""

import csv
import shutil
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from escalation_app.db import Database
from escalation_app.engine.timers import sweep
from escalation_app.models import (
    ClockRow,
    EscalationRow,
    EventRow,
    ImportTraceRow,
    MessageRow,
    OrganisationRow,
    OutboxRow,
    PathRunRow,
    PersonRoleRow,
    PersonRow,
    TicketRow,
)
from escalation_app.services import tickets
from escalation_app.services.importing import shipped_mappings
from tests.support.desk import SupportDesk, support_desk
from tests.support.logs import (
    TICKETS,
    as_csv,
    contents,
    event,
    head_of,
    one,
    rejects,
    rows_of,
    run_import,
    shared_log,
)

LIST = (
    "id,opened,answered,resolved,closed,changed,state,owner,owner_mail,name,mail,customer,subject,"
    "body\n"
)


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as made:
        yield made


@pytest.fixture
def small_desk(sqlite_url: str) -> Iterator[SupportDesk]:
    """For what no database has a say in."""
    database = Database(sqlite_url)
    with support_desk(database) as made:
        yield made
    database.dispose()


@contextmanager
def another_desk(template: Path, folder: Path) -> Iterator[SupportDesk]:
    """A second desk, to compare with."""
    shutil.copyfile(template, folder / "another.db")
    database = Database(f"sqlite:///{folder / 'another.db'}")
    with support_desk(database) as made:
        yield made
    database.dispose()


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """In February 2026, when London is on UTC."""
    return datetime(2026, 2, day, hour, minute, tzinfo=UTC)


def life(case: str = "Case 1") -> list[dict[str, str]]:
    """A ticket that was answered late, asked back, went up a tier, came back and was closed."""
    opened = {"opened": "02/02/2026 08:00", "about": "Login", "text": "I cannot sign in."}
    return [
        event(case, "02/02/2026 08:05", "New", group="Front", by="Bo", **opened),
        event(case, "03/02/2026 10:00", "Working", group="Front", owner="Cy", by="Cy", **opened),
        event(case, "03/02/2026 12:00", "Asked", group="Front", owner="Cy", by="Cy", **opened),
        event(case, "05/02/2026 12:00", "Working", group="Front", owner="Cy", by="Ann", **opened),
        event(case, "05/02/2026 13:00", "Working", group="Kernel", owner="Di", by="Cy", **opened),
        event(case, "06/02/2026 12:00", "Solved", group="Kernel", owner="Di", by="Di", **opened),
        event(case, "11/02/2026 12:00", "Done", group="Kernel", owner="Di", by="Robot", **opened),
    ]


# Histories -----------------------------------------------------------------------------------


def test_a_history_keeps_its_times(desk: SupportDesk, tmp_path: Path):
    report = run_import(desk, tmp_path, life())

    ticket = one(desk.database, TicketRow, source="old_desk")
    assert (report.tickets.new, report.rejected, report.repaired) == (1, 0, 0)
    assert (ticket.reference, ticket.source_ref, ticket.subject) == ("OLD-1", "Case 1", "Login")
    assert (ticket.status, ticket.is_open, ticket.severity, ticket.tier) == ("closed", False, 3, 3)
    assert (ticket.created_at, ticket.resolved_at, ticket.closed_at) == (
        at(2, 8),
        at(6, 12),
        at(11, 12),
    )
    assert ticket.updated_at == at(11, 12)


def test_clocks_pause_break_and_end_when_they_really_did(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, life())

    response = one(desk.database, ClockRow, metric="first_response")
    resolution = one(desk.database, ClockRow, metric="resolution")
    assert (response.state, response.ended_at) == ("met", at(3, 10))
    assert response.breached_at == response.noticed_at == at(2, 20)
    assert (resolution.state, resolution.breached_at) == ("met", None)
    assert timedelta(microseconds=resolution.consumed_us) == timedelta(days=2, hours=4)
    assert resolution.stretches == [
        ["2026-02-02T08:00:00+00:00", "2026-02-03T12:00:00+00:00"],
        ["2026-02-05T12:00:00+00:00", "2026-02-06T12:00:00+00:00"],
    ]


def test_each_event_is_on_record_with_its_time_and_who_did_it(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, life())

    record = [(row.at, row.kind, row.actor_name) for row in rows_of(desk.database, EventRow)]
    assert record == [
        (at(2, 8), "ticket_opened", "Ann"),
        (at(2, 20), "sla_breached", "Import"),
        (at(3, 10), "ticket_assigned", "Cy"),
        (at(3, 10), "status_changed", "Cy"),
        (at(3, 12), "status_changed", "Cy"),
        (at(5, 12), "status_changed", "Ann"),
        (at(5, 13), "ticket_escalated", "Cy"),
        (at(6, 12), "ticket_resolved", "Di"),
        (at(11, 12), "ticket_closed", "Robot"),
    ]
    message = one(desk.database, MessageRow)
    assert (message.at, message.author_name, message.body) == (at(2, 8), "Ann", "I cannot sign in.")


def test_imported_history_sends_nothing_to_anybody(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [*life()[:5], *life("Case 2")])

    assert rows_of(desk.database, OutboxRow) == []


def test_people_of_the_log_are_shown_and_cannot_sign_in(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, life())

    ticket = one(desk.database, TicketRow, source="old_desk")
    owner = one(desk.database, PersonRow, id=ticket.assignee_id)
    caller = one(desk.database, PersonRow, id=ticket.requester_id)
    assert (owner.name, owner.team, owner.tier, owner.is_active) == (
        "Di",
        "platform_engineering",
        3,
        False,
    )
    assert (caller.name, caller.is_active, caller.password_hash) == ("Ann", False, "")
    assert caller.email.endswith("@old-desk.invalid")
    assert one(desk.database, OrganisationRow, id=caller.organisation_id).name == "Hull"
    assert one(desk.database, PersonRoleRow, person_id=owner.id).role == "agent"
    assert one(desk.database, PersonRoleRow, person_id=caller.id).role == "customer"


def test_one_caller_of_many_tickets_is_one_person(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [*life("Case 1"), *life("Case 2"), *life("Case 3")])

    assert len(rows_of(desk.database, PersonRow, name="Ann")) == 1
    assert len(rows_of(desk.database, OrganisationRow, name="Hull")) == 1


def test_a_priority_that_differs_from_the_matrix_wins(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk,
        tmp_path,
        [
            event("1", "02/02/2026 08:00", "New", impact="small", urgency="small"),
            event("2", "02/02/2026 08:00", "New", impact="small", urgency="small", priority="P2"),
        ],
    )

    assert one(desk.database, TicketRow, source_ref="1").severity == 4
    assert one(desk.database, TicketRow, source_ref="2").severity == 2


def test_a_raised_priority_gives_the_clock_its_new_target_then(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk,
        tmp_path,
        [
            event("1", "26/02/2026 08:00", "Working", priority="P3"),
            event("1", "27/02/2026 08:00", "Working", priority="P1"),
        ],
    )

    clock = one(desk.database, ClockRow, metric="resolution")
    assert (clock.revision, clock.due_at) == (2, at(26, 8) + timedelta(days=3))


def test_a_question_mark_is_nothing_said(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk,
        tmp_path,
        [
            event("1", "27/02/2026 08:00", "Working", group="Kernel", owner="Di"),
            event("1", "27/02/2026 09:00", "?", group="?", owner="?", caller="?", about="?"),
        ],
    )

    ticket = one(desk.database, TicketRow, source="old_desk")
    assert (ticket.status, ticket.tier, ticket.assignee_id) == ("open", 3, None)
    assert ticket.subject == "OLD-1"


def test_a_state_that_says_nothing_leaves_the_ticket_as_it_was(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk,
        tmp_path,
        [event("1", "27/02/2026 08:00", "Asked"), event("1", "27/02/2026 09:00", "Odd")],
    )

    assert one(desk.database, TicketRow, source="old_desk").status == "waiting_customer"


def test_a_reopened_ticket_gets_a_second_cycle(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk,
        tmp_path,
        [
            event("1", "02/02/2026 08:00", "Working"),
            event("1", "03/02/2026 08:00", "Solved"),
            event("1", "20/02/2026 08:00", "Working"),
        ],
    )

    first, second = rows_of(desk.database, ClockRow, metric="resolution")
    assert (first.state, second.state) == ("met", "running")
    assert (second.cycle, second.started_at) == (2, at(20, 8))
    assert one(desk.database, TicketRow, source="old_desk").status == "open"


def test_a_ticket_that_went_on_after_being_closed_had_not_been_closed(
    desk: SupportDesk, tmp_path: Path
):
    run_import(
        desk,
        tmp_path,
        [
            event("1", "02/02/2026 08:00", "Working"),
            event("1", "03/02/2026 08:00", "Done"),
            event("1", "04/02/2026 08:00", "Working"),
            event("1", "05/02/2026 08:00", "Done"),
        ],
    )

    kinds = [row.kind for row in rows_of(desk.database, EventRow)]
    assert kinds.count("ticket_reopened") == 1
    assert kinds.count("ticket_closed") == 1
    assert one(desk.database, TicketRow, source="old_desk").closed_at == at(5, 8)


def test_a_ticket_closed_without_being_resolved_was_resolved_when_the_log_says(
    desk: SupportDesk, tmp_path: Path
):
    run_import(
        desk,
        tmp_path,
        [
            event("1", "02/02/2026 08:00", "Working", solved="04/02/2026 10:00"),
            event("1", "09/02/2026 08:00", "Done", solved="04/02/2026 10:00"),
        ],
    )

    ticket = one(desk.database, TicketRow, source="old_desk")
    assert (ticket.resolved_at, ticket.closed_at) == (at(4, 10), at(9, 8))


def test_a_resolved_ticket_closes_by_itself_five_days_later(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [event("1", "28/02/2026 08:00", "Solved")])

    assert one(desk.database, TicketRow, source="old_desk").close_at == at(28, 8) + timedelta(
        days=5
    )
    desk.wait(days=3)
    assert one(desk.database, TicketRow, source="old_desk").status == "closed"


def test_local_times_are_read_in_the_zone_of_the_mapping(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [event("1", "01/07/2025 08:00", "Solved")])

    opened = one(desk.database, TicketRow, source="old_desk").created_at
    assert opened == datetime(2025, 7, 1, 7, tzinfo=UTC)


# What is late --------------------------------------------------------------------------------


def test_a_ticket_that_arrives_overdue_starts_its_path_one_step_at_a_time(
    desk: SupportDesk, tmp_path: Path
):
    run_import(desk, tmp_path, [event("1", "02/02/2026 08:00", "Working", priority="P1")])
    assert rows_of(desk.database, PathRunRow) == []

    sweep(desk.database)
    sweep(desk.database)
    assert one(desk.database, PathRunRow).next_step == 1
    desk.wait(seconds=30)
    assert one(desk.database, PathRunRow).next_step == 1
    desk.wait(seconds=31)
    assert one(desk.database, PathRunRow).next_step == 2
    assert one(desk.database, EscalationRow).kind == "automatic"


def test_what_broke_elsewhere_is_not_broken_again_here(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [event("1", "02/02/2026 08:00", "Working")])
    desk.wait(minutes=10)

    (breach,) = rows_of(desk.database, EventRow, kind="sla_breached")
    assert breach.at == at(6, 8)


def test_a_ticket_in_time_stays_silent_until_its_time_comes(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [event("1", "02/03/2026 08:00", "Working")])
    desk.wait(hours=20)
    assert rows_of(desk.database, EscalationRow) == []

    desk.wait(days=3)
    assert len(rows_of(desk.database, EscalationRow)) == 1


# Again, and longer ---------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [*life(), *life("Case 2")])
    before = contents(desk.database)

    report = run_import(desk, tmp_path, [*life(), *life("Case 2")])

    assert (report.tickets.new, report.tickets.unchanged) == (0, 2)
    assert contents(desk.database) == before


def test_a_longer_log_brings_a_ticket_up_to_date(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, life()[:4])

    report = run_import(desk, tmp_path, life())

    assert (report.tickets.new, report.tickets.replaced) == (0, 1)
    assert one(desk.database, TicketRow, source="old_desk").status == "closed"
    assert len(rows_of(desk.database, EventRow, kind="ticket_opened")) == 1
    assert rows_of(desk.database, ImportTraceRow) == []


def test_a_ticket_worked_on_here_keeps_its_history_and_the_reason_is_said(
    desk: SupportDesk, tmp_path: Path
):
    run_import(desk, tmp_path, life()[:4])
    desk.act("manager", tickets.take, "OLD-1")
    before = contents(desk.database)

    report = run_import(desk, tmp_path, life())

    assert (report.tickets.replaced, report.tickets.refused) == (0, 1)
    assert contents(desk.database) == before
    (row,) = rejects(tmp_path)
    assert "has been worked on here" in row["reason"]


def test_a_reference_that_another_ticket_has_is_refused(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [event("Case 1", "02/02/2026 08:00", "New")])

    report = run_import(
        desk,
        tmp_path,
        [event("1", "02/02/2026 08:00", "New"), event("2", "02/02/2026 08:00", "New")],
    )

    assert (report.tickets.new, report.tickets.refused) == (1, 1)
    (row,) = rejects(tmp_path)
    assert "'1' cannot be OLD-1" in row["reason"]


def test_a_reference_of_our_own_kind_is_refused(desk: SupportDesk, tmp_path: Path):
    mapping = TICKETS.replace('prefix: "L-"', 'prefix: "T-"')

    report = run_import(desk, tmp_path, f"{LIST}7,2026-02-02T08:00,,,,,new,,,,,,,\n", mapping)

    assert (report.tickets.new, report.tickets.refused) == (0, 1)


def test_a_dry_run_says_all_of_it_and_writes_nothing(desk: SupportDesk, tmp_path: Path):
    before = contents(desk.database)

    report = run_import(desk, tmp_path, [*life(), event("x", "tomorrow", "New")], is_dry_run=True)

    assert (report.tickets.new, report.rejected) == (1, 1)
    assert contents(desk.database) == before


def test_tickets_arrive_one_after_another_and_others_can_write_meanwhile(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("escalation_app.services.importing.publishing.AT_ONCE", 3)
    seen: list[tuple[int, str]] = []

    def look(doing: str, done: int, total: int | None) -> None:
        if doing == "tickets published":
            opened = desk.open(f"Meanwhile {done}")
            seen.append((len(rows_of(desk.database, TicketRow, source="old_desk")), opened.subject))

    run_import(desk, tmp_path, [r for n in range(9) for r in life(f"Case {n}")], progress=look)

    assert seen == [(3, "Meanwhile 3"), (6, "Meanwhile 6"), (9, "Meanwhile 9")]


def test_memory_does_not_grow_with_the_file(
    small_desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("escalation_app.services.importing.publishing.AT_ONCE", 20)
    monkeypatch.setattr("escalation_app.services.importing.staging.BATCH", 50)

    def peak(tickets: int) -> int:
        text = "word " * 1_000
        rows = [event(f"Case {n}", "02/02/2026 08:00", text=text) for n in range(tickets)]
        (tmp_path / "long.csv").write_text(as_csv(rows), "utf-8")
        del rows
        tracemalloc.start()
        try:
            run_import(small_desk, tmp_path, tmp_path / "long.csv", is_dry_run=True)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(40)

    assert peak(400) - peak(40) < 400_000  # of two million characters more


# As of a time --------------------------------------------------------------------------------

T = at(5, 12, 30)
"""Inside `life`: asked, answered, not yet with the experts."""


def test_as_of_a_time_the_log_ends_there_about_now(desk: SupportDesk, tmp_path: Path):
    later = event("Case 9", "05/02/2026 13:00", "New")

    report = run_import(desk, tmp_path, [*life(), later], as_of=T)

    ticket = one(desk.database, TicketRow, source="old_desk")
    assert report.shift == timedelta(weeks=3)
    assert (report.later, report.rejected) == (4, 0)
    assert (ticket.status, ticket.tier) == ("open", 1)
    assert ticket.created_at == at(2, 8) + report.shift
    assert ticket.updated_at == at(5, 12) + report.shift


def test_as_of_a_time_is_what_a_log_cut_there_gives(
    desk: SupportDesk, sqlite_template: Path, tmp_path: Path
):
    log = [
        *life("Case 1"),
        *life("Case 2")[:3],
        event("Case 3", "05/02/2026 12:30", "New", opened="05/02/2026 12:30"),
        event("Case 4", "05/02/2026 12:31", "New", opened="05/02/2026 12:31"),
        event("Case 5", "04/02/2026 12:00", "Working", solved="06/02/2026 12:00"),
        event("Case 5", "09/02/2026 12:00", "Done", solved="06/02/2026 12:00"),
    ]
    cut = [
        {**row, "solved": ""}
        for row in log
        if datetime.strptime(row["at"], "%d/%m/%Y %H:%M").replace(tzinfo=UTC) <= T
    ]
    report = run_import(desk, tmp_path, log, as_of=T)

    with another_desk(sqlite_template, tmp_path) as other:
        run_import(other, tmp_path, cut, shift=report.shift)
        assert contents(desk.database) == contents(other.database)


def test_a_list_as_of_a_time_knows_only_what_was_dated_then(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk,
        tmp_path,
        f"{LIST}"
        "1,2026-02-02T08:00,2026-02-03T08:00,2026-02-09T08:00,,2026-02-09T08:00,resolved,Cy,,,,,,\n"
        "2,2026-02-02T08:00,2026-02-06T08:00,,,2026-02-08T08:00,waiting,Cy,,,,,,\n"
        "3,2026-02-06T08:00,,,,,new,,,,,,,\n",
        TICKETS,
        as_of=T,
    )

    first, second = rows_of(desk.database, TicketRow, source="a_list")
    assert (first.status, first.resolved_at, first.assignee_id) == ("open", None, None)
    assert second.status == "new"


def test_a_source_stays_on_one_time_line(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, life(), as_of=T)

    report = run_import(desk, tmp_path, life(), as_of=at(4))

    assert report.shift == timedelta(weeks=3)
    with pytest.raises(Exception, match="3 weeks later than their log says"):
        run_import(desk, tmp_path, life())


def test_as_of_a_time_to_come_is_refused(desk: SupportDesk, tmp_path: Path):
    with pytest.raises(Exception, match="lies in the future"):
        run_import(desk, tmp_path, life(), as_of=desk.now + timedelta(minutes=1))


# A row for each ticket -----------------------------------------------------------------------


def test_a_list_of_tickets_tells_their_lives_by_its_dates(desk: SupportDesk, tmp_path: Path):
    report = run_import(
        desk,
        tmp_path,
        f"{LIST}"
        "1,2026-02-02T08:00,2026-02-02T09:00,2026-02-03T08:00,2026-02-08T08:00,,closed,Cy,"
        "cy@x.example,Ann,Ann@Y.example,Hull,Printer,It smokes\n"
        "2,2026-02-27T08:00,,,,2026-02-28T08:00,waiting,Cy,cy@x.example,Ann,ann@y.example,Hull,A,\n"
        "3,2026-02-28 08:00+01:00,,,,,new,,,,,,,\n",
        TICKETS,
    )

    closed, waiting, new = rows_of(desk.database, TicketRow, source="a_list")
    assert (report.tickets.new, report.rejected) == (3, 0)
    assert (closed.status, closed.resolved_at, closed.closed_at) == ("closed", at(3, 8), at(8, 8))
    assert (waiting.status, new.status) == ("waiting_customer", "new")
    assert new.created_at == at(28, 7)
    paused = one(desk.database, ClockRow, subject_id=waiting.id, metric="resolution")
    assert (paused.state, paused.paused_at) == ("paused", at(28, 8))
    answered = one(desk.database, ClockRow, subject_id=closed.id, metric="first_response")
    assert (answered.state, answered.ended_at) == ("met", at(2, 9))


def test_an_address_in_the_log_is_the_person_here_who_has_it(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk,
        tmp_path,
        f"{LIST}1,2026-02-02T08:00,,,,,new,,,Nadia,CUSTOMER@example.org,,Printer,\n",
        TICKETS,
    )

    ticket = one(desk.database, TicketRow, source="a_list")
    customer = desk.people["customer"]
    assert (ticket.requester_id, ticket.organisation_id) == (
        customer.person_id,
        customer.organisation_id,
    )


def test_somebody_with_an_address_can_be_written_to(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk, tmp_path, f"{LIST}1,2026-02-02T08:00,,,,,new,,,Ann,ann@y.example,Hull,A,\n", TICKETS
    )

    ann = one(desk.database, PersonRow, name="Ann")
    assert (ann.email, ann.is_active, ann.password_hash) == ("ann@y.example", True, "")


# Real logs -----------------------------------------------------------------------------------


def test_the_servicenow_log_as_of_a_time_is_what_a_log_cut_there_gives(
    small_desk: SupportDesk, sqlite_template: Path, tmp_path: Path
):
    mapping = shipped_mappings()["servicenow"]
    head = head_of(shared_log("servicenow_incidents.csv.gz"), 600, tmp_path / "head.csv")
    end = datetime(2016, 3, 3, 12, tzinfo=UTC)
    report = run_import(small_desk, tmp_path, head, mapping, as_of=end)

    with head.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    hindsight = ("resolved_at", "closed_at", "made_sla", "closed_code", "resolved_by")
    cut = [
        {**row, **dict.fromkeys(hindsight, "?")}
        for row in rows
        if datetime.strptime(row["sys_updated_at"], "%d/%m/%Y %H:%M").replace(tzinfo=UTC) <= end
    ]
    with (tmp_path / "cut.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(cut)
    with another_desk(sqlite_template, tmp_path) as other:
        run_import(other, tmp_path, tmp_path / "cut.csv", mapping, shift=report.shift)
        assert len(cut) < len(rows)
        assert contents(small_desk.database) == contents(other.database)


def test_the_italian_log_goes_up_a_tier_where_it_required_an_upgrade(
    small_desk: SupportDesk, tmp_path: Path
):
    log = shared_log("helpdesk_italian.csv.gz")
    report = run_import(
        small_desk,
        tmp_path,
        head_of(log, 300, tmp_path / "head.csv"),
        shipped_mappings()["helpdesk_italian"],
    )

    assert (report.tickets.new, report.rejected) == (300, 0)
    assert len(rows_of(small_desk.database, EventRow, kind="ticket_escalated")) > 0
    assert len(rows_of(small_desk.database, ClockRow, state="paused")) == 0


@pytest.mark.slow
def test_the_servicenow_log_comes_in_whole(small_desk: SupportDesk, tmp_path: Path):
    log = shared_log("servicenow_incidents.csv.gz")
    report = run_import(small_desk, tmp_path, log, shipped_mappings()["servicenow"])

    assert (report.rows, report.tickets.new, report.tickets.refused) == (46_700, 8_185, 0)
    assert (report.rejected, report.repaired) == (0, 2)
    assert len(rows_of(small_desk.database, TicketRow, status="closed")) == 8_185
    assert len(rows_of(small_desk.database, EventRow, kind="ticket_closed")) == 8_185
    reopened = {
        row.ticket_id for row in rows_of(small_desk.database, EventRow, kind="ticket_reopened")
    }
    assert 0.009 < len(reopened) / 8_185 < 0.014
    assert rows_of(small_desk.database, OutboxRow) == []

"""The heatmap: how many are open in each cell, and the worst clock of each."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.tickets import Status, Ticket
from escalation_app.services import tickets
from escalation_app.services.queries.heatmap import heat_table
from escalation_app.views.boards import HeatCell
from tests.support.desk import SupportDesk, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as found:
        yield found


def cells(desk: SupportDesk) -> dict[str, HeatCell]:
    table = desk.see("executive", heat_table, desk.now)
    return {cell.key: cell for row in table.rows for cell in row.cells if cell.count}


def first_due(ticket: Ticket) -> str:
    return min(clock.due_at for clock in ticket.clocks if clock.due_at is not None).isoformat()


def test_each_cell_counts_its_tickets_and_shows_the_worst_clock(desk: SupportDesk):
    first = desk.open("First", impact="high", urgency="high")
    desk.open("At the same instant", impact="high", urgency="high")
    desk.wait(hours=0.1)
    desk.open("Later", impact="high", urgency="high")
    mild = desk.open("Mild", impact="low", urgency="low")

    shown = cells(desk)

    grave, small = (shown[key] for key in sorted(shown))
    assert (grave.count, small.count) == (3, 1)
    assert grave.worst.due_at == first_due(first)
    assert small.worst.due_at == first_due(mild)
    assert (grave.over, small.over) == (0, 0)


def test_what_is_over_is_counted_and_what_stands_still_has_no_worst_clock(desk: SupportDesk):
    desk.open("Over", impact="high", urgency="high")
    waiting = desk.open("Waiting", impact="low", urgency="low").reference
    desk.act("agent", tickets.send_message, waiting, "Which one is it?")
    desk.act("agent", tickets.set_status, waiting, Status.WAITING_CUSTOMER)

    desk.wait(hours=1)

    grave, small = (cells(desk)[key] for key in sorted(cells(desk)))
    assert (grave.count, grave.over) == (1, 1)
    assert (small.worst.state, small.words) == ("", "paused")

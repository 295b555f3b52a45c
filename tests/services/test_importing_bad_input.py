"""Whatever a file holds, a row costs itself at most, and the rejects file says so."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid
from escalation_app.models import MessageRow, TicketRow
from escalation_app.services.importing import MappingErrors, reading
from escalation_app.services.importing.rejects import is_formula
from tests.support.desk import SupportDesk, support_desk
from tests.support.logs import (
    EVENTS,
    HEADER,
    TICKETS,
    as_csv,
    contents,
    event,
    one,
    rejects,
    rows_of,
    run_import,
)

LIST = (
    "id,opened,answered,resolved,closed,changed,state,owner,owner_mail,name,mail,customer,subject,"
    "body\n"
)


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[SupportDesk]:
    database = Database(sqlite_url)
    with support_desk(database) as made:
        yield made
    database.dispose()


def good(number: int, **cells: str) -> dict[str, str]:
    return event(f"Case {number}", f"0{number}/02/2026 08:00", "Working", **cells)


def cases(desk: SupportDesk) -> list[str]:
    return sorted(row.source_ref for row in rows_of(desk.database, TicketRow, source="old_desk"))


def said(folder: Path) -> list[tuple[str, str]]:
    """(line and outcome, reason) of the rejects file."""
    return [(f"{row['line']} {row['outcome']}", row["reason"]) for row in rejects(folder)]


# Rows that mean nothing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"at": "2026-02-02T08:00"}, "at '2026-02-02T08:00' is no date and time as %d/%m/%Y"),
        ({"at": "31/02/2026 08:00"}, "at '31/02/2026 08:00' is no date"),
        ({"at": "02/02/0026 08:00"}, "lies before 1980"),
        ({"at": "02/02/2126 08:00"}, "lies in the future"),
        ({"at": "?"}, "at is empty: nobody knows when this happened"),
        ({"at": "9" * 5_000}, "is no date"),
        ({"opened": "yesterday"}, "opened_at (opened) 'yesterday' is no date"),
        ({"id": "?"}, "ticket (id) is empty: no ticket is named"),
        ({"id": "C" * 121}, "ticket (id) is longer than 120 characters"),
        ({"state": "Lost"}, "status (state) is 'Lost', a word the mapping does not know"),
        ({"priority": "P9"}, "priority is 'P9', a word the mapping does not know (mapping line"),
        ({"impact": "huge"}, "impact is 'huge'"),
        ({"group": "Sales"}, "group is 'Sales'"),
    ],
)
def test_a_row_that_means_nothing_is_rejected_with_its_line_and_reason(
    desk: SupportDesk, tmp_path: Path, cells: dict[str, str], reason: str
):
    bad = {**good(2), **cells}

    report = run_import(desk, tmp_path, [good(1), bad, good(3)])

    ((place, why),) = said(tmp_path)
    assert place == "3 rejected"
    assert reason in why
    assert cases(desk) == ["Case 1", "Case 3"]
    assert (report.rejected, report.tickets.new) == (1, 2)


def test_a_reference_that_no_address_can_hold_is_refused(desk: SupportDesk, tmp_path: Path):
    report = run_import(desk, tmp_path, [{**good(1), "id": "../../etc"}, good(2)])

    assert (report.tickets.refused, cases(desk)) == (1, ["Case 2"])
    assert "'OLD-../../etc' cannot be its reference here" in said(tmp_path)[0][1]


def test_events_out_of_order_are_put_in_order(
    desk: SupportDesk, sqlite_template: Path, tmp_path: Path
):
    rows = [
        event("1", "02/02/2026 08:00", "New"),
        event("1", "03/02/2026 08:00", "Working", owner="Cy"),
        event("1", "04/02/2026 08:00", "Solved", owner="Cy"),
    ]
    run_import(desk, tmp_path, rows)
    in_order = contents(desk.database)
    report = run_import(desk, tmp_path, [rows[2], rows[0], rows[1]])

    assert report.tickets.unchanged == 1
    assert contents(desk.database) == in_order
    assert said(tmp_path) == [("2 repaired", "Put where it belongs by its time.")]


def test_events_of_one_minute_follow_the_order_column(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk,
        tmp_path,
        [
            event("1", "02/02/2026 08:00", "Solved", step="10"),
            event("1", "02/02/2026 08:00", "Working", step="9"),
        ],
    )

    assert one(desk.database, TicketRow, source="old_desk").status == "resolved"


def test_a_row_that_stands_twice_counts_once(desk: SupportDesk, tmp_path: Path):
    report = run_import(desk, tmp_path, [good(1), good(1)])

    assert (report.tickets.new, report.repaired) == (1, 1)
    assert said(tmp_path) == [("3 repaired", "Says the same as line 2; counted once.")]


def test_a_close_before_the_opening_is_rejected_and_the_rest_stays(
    desk: SupportDesk, tmp_path: Path
):
    opened = {"opened": "02/02/2026 08:00"}

    run_import(
        desk,
        tmp_path,
        [
            event("1", "01/02/2026 08:00", "Done", **opened),
            event("1", "02/02/2026 09:00", "Working", **opened),
        ],
    )

    assert one(desk.database, TicketRow, source="old_desk").status == "open"
    assert said(tmp_path) == [("2 rejected", "Ticket '1' is closed before it opened.")]


def test_an_event_before_the_opening_moves_the_opening(desk: SupportDesk, tmp_path: Path):
    run_import(
        desk,
        tmp_path,
        [event("1", "02/02/2026 08:00", "New", opened="02/02/2026 08:30")],
    )

    assert one(desk.database, TicketRow, source="old_desk").created_at.hour == 8
    assert said(tmp_path) == [("2 repaired", "Lies before the ticket opened; it opened then.")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2026-02-02T08:00,,,2026-02-01T08:00,,closed", "closed_at (closed) lies before"),
        ("1,2026-02-02T08:00,,2026-02-01T08:00,,,resolved", "resolved_at (resolved) lies before"),
        ("1,2026-02-02T08:00,,2026-02-09T08:00,2026-02-08T08:00,,closed", "lies before resolved"),
        ("1,2026-02-02T08:00,,,,,closed", "It is closed and no column says since when."),
        ("1,,,,,,new", "opened_at (opened) is empty"),
    ],
)
def test_a_ticket_whose_dates_cannot_be_is_rejected(
    desk: SupportDesk, tmp_path: Path, row: str, reason: str
):
    report = run_import(
        desk, tmp_path, f"{LIST}{row},,,,,,,\n2,2026-02-02T08:00,,,,,new,,,,,,,\n", TICKETS
    )

    ((place, why),) = said(tmp_path)
    assert place == "2 rejected"
    assert reason in why
    assert report.tickets.new == 1


def test_a_ticket_that_stands_twice_in_a_list_comes_in_once(desk: SupportDesk, tmp_path: Path):
    row = "1,2026-02-02T08:00,,,,,new,,,,,,,\n"

    report = run_import(desk, tmp_path, LIST + row + row, TICKETS)

    assert report.tickets.new == 1
    assert said(tmp_path) == [("3 rejected", "Ticket '1' stands on line 2 already.")]


# Columns -------------------------------------------------------------------------------------


def test_a_column_that_the_file_lacks_is_taken_as_empty_and_said(desk: SupportDesk, tmp_path: Path):
    header = [name for name in HEADER if name != "priority"]

    report = run_import(desk, tmp_path, as_csv([good(1)], header))

    assert report.tickets.new == 1
    ((place, why),) = said(tmp_path)
    line = EVENTS.splitlines().index("  priority: priority") + 1
    assert place == "1 repaired"
    assert why == f"The file has no column 'priority' (mapping line {line}): taken as empty."


def test_without_a_column_that_places_events_nothing_is_imported(desk: SupportDesk, tmp_path: Path):
    before = contents(desk.database)
    line = EVENTS.splitlines().index("  at: at") + 1

    with pytest.raises(MappingErrors, match=rf"Line {line}: The file has no column 'at'; it has"):
        run_import(desk, tmp_path, "id,state\n1,New\n")

    assert contents(desk.database) == before


def test_a_mapped_column_that_stands_twice_is_refused(desk: SupportDesk, tmp_path: Path):
    with pytest.raises(MappingErrors, match="2 columns named 'state'"):
        run_import(desk, tmp_path, f"{','.join(HEADER)},state\n")


def test_columns_that_are_not_mapped_may_stand_twice(desk: SupportDesk, tmp_path: Path):
    text = as_csv([{**good(1), "x": "1", "y": "2"}], [*HEADER, "x", "y"])

    run_import(desk, tmp_path, text.replace(",x,y\n", ",x,x\n"))

    assert cases(desk) == ["Case 1"]


def test_a_row_with_cells_too_many_or_too_few_is_rejected(desk: SupportDesk, tmp_path: Path):
    text = as_csv([good(1), good(2), good(3)]).splitlines()

    run_import(desk, tmp_path, "\n".join([text[0], text[1] + ",more", text[2][:-1], text[3], ""]))

    assert cases(desk) == ["Case 3"]
    assert [why for _, why in said(tmp_path)] == [
        "The row has 18 cells and the header has 17.",
        "The row has 16 cells and the header has 17.",
    ]


# Bytes ---------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_left_out(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, as_csv([good(1)]).encode("utf-8-sig"))

    assert cases(desk) == ["Case 1"]
    assert said(tmp_path) == [
        ("1 repaired", "A byte order mark stands before the header; left out.")
    ]


def test_a_file_in_utf_16_is_read_as_its_mark_says(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, as_csv([good(1, about="Žluťoučký kůň")]).encode("utf-16"))

    assert one(desk.database, TicketRow, source="old_desk").subject == "Žluťoučký kůň"
    assert said(tmp_path)[0][1].startswith("The file is UTF-16")


def test_a_line_in_another_encoding_is_read_as_the_mapping_says(desk: SupportDesk, tmp_path: Path):
    first, second = as_csv([good(1, about="Café")]).splitlines()

    run_import(desk, tmp_path, f"{first}\n".encode() + second.encode("cp1252") + b"\n")

    assert one(desk.database, TicketRow, source="old_desk").subject == "Café"
    ((place, why),) = said(tmp_path)
    assert place == "2 repaired"
    assert why.startswith("Not utf-8: byte 0xe9 at place")
    assert why.endswith("read as cp1252.")


def test_a_line_that_no_encoding_fits_is_rejected(desk: SupportDesk, tmp_path: Path):
    mapping = EVENTS.replace("otherwise_encoding: windows-1252\n", "")
    lines = as_csv([good(1, about="XX"), good(2)]).encode().replace(b"XX", b"\xff\xfe")

    run_import(desk, tmp_path, lines, mapping)

    assert cases(desk) == ["Case 2"]
    ((place, why),) = said(tmp_path)
    assert (place, why[:19]) == ("2 rejected", "Not utf-8: byte 0xf")


def test_nul_bytes_are_left_out(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, as_csv([good(1, about="a\x00b"), good(2)]))

    assert one(desk.database, TicketRow, source_ref="Case 1").subject == "ab"
    assert said(tmp_path) == [("2 repaired", "NUL characters were left out.")]


def test_an_open_quote_costs_its_own_line_only(desk: SupportDesk, tmp_path: Path):
    lines = as_csv([good(1), good(2), good(3)]).splitlines()
    lines[2] = lines[2].replace("Working", '"Working')

    run_import(desk, tmp_path, "\n".join([*lines, ""]))

    assert cases(desk) == ["Case 1", "Case 3"]
    assert [place for place, _ in said(tmp_path)] == ["3 rejected"]


def test_an_open_quote_that_a_later_one_closes_costs_those_lines_only(
    desk: SupportDesk, tmp_path: Path
):
    lines = as_csv([good(number) for number in range(1, 6)]).splitlines()
    lines[2] = lines[2].replace("Working", '"Working')
    lines[4] = lines[4].replace("Working", '"Working')

    run_import(desk, tmp_path, "\n".join([*lines, ""]))

    assert cases(desk) == ["Case 1", "Case 3", "Case 5"]


def test_a_cell_may_hold_lines(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [good(1, text='It says "no",\nand\nstops.'), good(2)])

    assert one(desk.database, MessageRow).body == 'It says "no",\nand\nstops.'
    assert cases(desk) == ["Case 1", "Case 2"]


def test_a_cell_of_a_million_characters_is_cut_and_its_length_said(
    desk: SupportDesk, tmp_path: Path
):
    run_import(desk, tmp_path, [good(1, text="x" * 1_000_000), good(2)])

    assert len(one(desk.database, MessageRow).body) == 50_000
    assert cases(desk) == ["Case 1", "Case 2"]
    (row,) = rejects(tmp_path)
    assert row["reason"] == "text has 1,000,000 characters; cut to 50,000."
    assert len(row["row"]) < 2_000


def test_a_line_without_an_end_is_rejected_and_the_next_is_read(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "MAX_RECORD", 500)

    run_import(desk, tmp_path, [good(1, text="x" * 1_200), good(2)])

    assert cases(desk) == ["Case 2"]
    assert said(tmp_path) == [("2 rejected", "The line is longer than 500 bytes.")]


def test_a_quoted_cell_without_an_end_is_not_read_into_memory(
    desk: SupportDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "MAX_RECORD", 500)
    lines = as_csv([good(n % 9 + 1, step=str(n)) for n in range(30)]).splitlines()
    lines[1] = lines[1].replace("Working", '"Working')

    run_import(desk, tmp_path, "\n".join([*lines, ""]))

    assert len(cases(desk)) == 9
    ((place, why),) = said(tmp_path)
    assert (place, "longer than 500" in why) == ("2 rejected", True)


@pytest.mark.parametrize(
    ("cell", "is_dangerous"),
    [
        ('=HYPERLINK("http://x.example")', True),
        ("@SUM(A1)", True),
        ("+cmd|' /C calc'!A0", True),
        ("-2+3+cmd", True),
        ("-100", False),
        ("+3.5", False),
        ("-", False),
        ("a=b", False),
    ],
)
def test_a_cell_that_a_sheet_might_run_is_known(cell: str, is_dangerous: bool):
    assert is_formula(cell) is is_dangerous


def test_a_formula_stays_text_and_cannot_run_from_the_rejects(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, [good(1, about="=1+2"), {**good(2), "id": "=cmd", "at": "=1"}])

    assert one(desk.database, TicketRow, source="old_desk").subject == "=1+2"
    assert said(tmp_path)[0][1].startswith("about and detail looks like a formula; kept as")
    with (tmp_path / "rejects.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_the_rejects_file_is_made_only_when_there_is_something_to_say(
    desk: SupportDesk, tmp_path: Path
):
    report = run_import(desk, tmp_path, [good(1)])

    assert report.rejects is None
    assert [path.name for path in tmp_path.iterdir() if "reject" in path.name] == []


# Whole files ---------------------------------------------------------------------------------


def test_a_gzipped_file_is_known_by_its_content(desk: SupportDesk, tmp_path: Path):
    run_import(desk, tmp_path, gzip.compress(as_csv([good(1)]).encode()))

    assert cases(desk) == ["Case 1"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(as_csv([good(1)] * 50).encode())[:-40], "damaged"),
        (gzip.compress(as_csv([good(1)] * 50).encode())[:40] + b"x" * 60, "damaged"),
        (b"", "has no header"),
        (b"\n\n", "has no header"),
        (b'id,"at', "The first line is no header"),
    ],
    ids=["cut short", "overwritten", "empty", "only line ends", "an open quote"],
)
def test_a_file_that_is_none_is_refused_as_a_whole(
    desk: SupportDesk, tmp_path: Path, content: bytes, reason: str
):
    before = contents(desk.database)

    with pytest.raises(Invalid, match=reason):
        run_import(desk, tmp_path, content)

    assert contents(desk.database) == before
    assert not (tmp_path / "rejects.csv").exists()


def test_a_file_that_is_not_there_is_named(desk: SupportDesk, tmp_path: Path):
    with pytest.raises(Invalid, match=r"missing\.csv cannot be read: No such file"):
        run_import(desk, tmp_path, tmp_path / "missing.csv")


def test_a_header_alone_is_an_empty_log(desk: SupportDesk, tmp_path: Path):
    report = run_import(desk, tmp_path, [])

    assert (report.rows, report.tickets.new) == (0, 0)


def test_a_rejects_file_that_cannot_be_written_stops_before_anything_is(
    desk: SupportDesk, tmp_path: Path
):
    with pytest.raises(Invalid, match="cannot be written"):
        run_import(desk, tmp_path, [good(1), event("x", "")], rejects=tmp_path / "no" / "where.csv")

    assert cases(desk) == []

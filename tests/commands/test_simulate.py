import json
import re
from pathlib import Path

import pytest

from escalation_app import cli
from escalation_app.db import Database
from escalation_app.services.process_versions import publish, shipped_document
from tests.support.desk import support_desk
from tests.support.logs import EVENTS, as_csv, event, head_of, rejects, run_import, shared_log
from tests.support.people import NOON, House

LOG = [
    event("1", "02/02/2026 08:00", "New", impact="big", urgency="big", group="Front"),
    event("1", "02/02/2026 09:00", "Working", impact="big", urgency="big", owner="Olu"),
    event("1", "08/02/2026 09:00", "Solved", impact="big", urgency="big", owner="Olu"),
    event("2", "03/02/2026 08:00", "Working", impact="small", urgency="small", owner="Eva"),
    event("2", "03/02/2026 10:00", "Solved", impact="small", urgency="small", owner="Eva"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is called, without a database, with a log, a mapping and a process."""
    (tmp_path / "log.csv").write_text(as_csv(LOG), "utf-8")
    (tmp_path / "mine.yaml").write_text(EVENTS, "utf-8")
    (tmp_path / "same.yaml").write_text(shipped_document(), "utf-8")
    (tmp_path / "patient.yaml").write_text(patient(), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    return tmp_path


def patient() -> str:
    """The shipped process, in which everything for Basic customers may take a week."""
    head, basic = shipped_document().split("  basic:\n    name: Basic support")
    return f"{head}  basic:\n    name: Basic support" + re.sub(
        r"(?<=resolution: )[345]d", "7d", basic, count=4
    )


def simulate(*words: str) -> int:
    return cli.main(["simulate", "--log", "log.csv", "--mapping", "mine.yaml", *words])


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_a_log_is_simulated_under_the_shipped_process_without_a_database(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    code = simulate()

    lines = said(capsys)
    assert code == 0
    assert lines[0] == "Desk of old: 5 rows read, 2 tickets simulated."
    assert "S1 resolution 0 met, 1 missed (0.0% kept)" in lines
    assert "late by half 3 d 1 h, 9 in 10 3 d 1 h, most 3 d 1 h" in lines
    assert "S4 resolution 1 met, 0 missed (100.0% kept)" in lines
    assert "Critical, resolution at risk 1 run" in lines
    assert "4. Bring in an executive 1 taken, 2 repeated, 1 never acknowledged" in lines
    assert list(folder.glob("*.rejects.csv*")) == []


def test_findings_come_as_json(folder: Path, capsys: pytest.CaptureFixture[str]):
    code = simulate("--process", "same.yaml", "--as", "json")

    findings = json.loads(capsys.readouterr().out)["same.yaml"]
    assert code == 0
    assert (findings["tickets"], findings["escalations"]) == (2, {"automatic": 1})
    assert findings["ends_at"] == "2026-02-08T09:00:00+00:00"
    resolution = next(
        each
        for each in findings["promises"]
        if (each["severity"], each["metric"]) == (1, "resolution")
    )
    assert resolution["late_by"]["most"] == 3 * 86_400 + 3_600
    assert findings["tiers"][0]["days"][0]["on"] == "2026-02-02"


def test_two_processes_stand_side_by_side(folder: Path, capsys: pytest.CaptureFixture[str]):
    code = simulate("--compare", "patient.yaml")

    lines = said(capsys)
    assert code == 0
    assert "as shipped patient.yaml" in lines
    missed, met = "0 met, 1 missed (0.0% kept)", "1 met, 0 missed (100.0% kept)"
    assert f"S1 resolution {missed} {met}" in lines
    assert "late by half 3 d 1 h, 9 in 10 3 d 1 h, most 3 d 1 h -" in lines


def test_a_published_version_is_simulated(
    house: House, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    with house.database.writing() as session:
        publish(session, shipped_document(), "test", NOON)
        publish(session, patient(), "test", NOON)

    assert simulate("--process-version", "2") == 0
    assert "S1 resolution 1 met, 0 missed (100.0% kept)" in said(capsys)
    assert simulate("--process-version", "3") == 1
    assert "Process version 3 was never published." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--log", "no.csv"], "no.csv cannot be read: No such file"),
        (["--mapping", "nowhere"], "there are: helpdesk_italian, servicenow"),
        (["--mapping", "log.csv"], "log.csv is no mapping"),
        (["--mapping", "servicenow"], "The file has no column 'number'"),
        (["--process", "no.yaml"], "Cannot read no.yaml: No such file"),
        (["--process", "mine.yaml"], "mine.yaml is no process"),
        (["--compare", "mine.yaml"], "mine.yaml is no process"),
    ],
)
def test_what_cannot_be_simulated_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
):
    code = simulate(*words)

    printed = capsys.readouterr()
    assert (code, printed.out) == (1, "")
    assert problem in printed.err


BAD_ROWS = [
    *LOG,
    event("2", "03/02/2026 10:00", "Solved", impact="small", urgency="small", owner="Eva"),
    event("3", "someday", "Working"),
    event("4", "04/02/2026 10:00", "Sleeping"),
    event("", "04/02/2026 10:00", "Working"),
    event("5", "04/02/2026 10:00", "Solved", opened="05/02/2026 10:00"),
    event("T 6", "04/02/2026 10:00", "Working", owner="=1+1"),
    event("T-6", "04/02/2026 11:00", "Working"),
    event("Ä", "04/02/2026 11:00", "Working"),
]


def in_order(rejected: list[dict[str, str]]) -> list[tuple[str, ...]]:
    return sorted(tuple(reject.values()) for reject in rejected)


def test_a_bad_log_gives_the_rejects_of_its_import(database: Database, folder: Path):
    (folder / "log.csv").write_text(as_csv(BAD_ROWS), "utf-8")
    with support_desk(database) as desk:
        run_import(desk, folder, folder / "log.csv", is_dry_run=True)
    of_import = rejects(folder)

    code = simulate("--rejects", "rejects.csv")

    assert code == 0
    assert in_order(rejects(folder)) == in_order(of_import)
    outcomes = [reject["outcome"] for reject in of_import]
    assert (outcomes.count("rejected"), outcomes.count("repaired")) == (6, 2)


def test_the_real_log_is_simulated_whole(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    log = head_of(shared_log("servicenow_incidents.csv.gz"), 200, tmp_path / "head.csv")

    code = simulate("--log", str(log), "--mapping", "servicenow", "--as", "json")

    findings = json.loads(capsys.readouterr().out)["as shipped"]
    assert code == 0
    assert (findings["tickets"], findings["still_open"]) == (200, 0)

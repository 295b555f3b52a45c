"""`python -m tests`: everything, browser journeys in a run of their own, and one last line.

The two runs go on side by side: a browser waits half of its time, and what has no browser makes way
for it. What the journeys print comes when the others are done. Arguments go to the run without a
browser; with any, the journeys do not happen.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.support import postgres
from tests.support.programs import provide

NO_TESTS = 5
JOURNEYS = "tests/e2e"
MAKES_WAY = 5
"""How much nicer the run without a browser is: a journey that is kept waiting fails."""


def main() -> int:
    """Run both and return 0 if neither failed."""
    left_out = [program for program in ("initdb", "chromium") if not provide(program)]
    with postgres.running() as server, tempfile.TemporaryDirectory() as folder:
        environment = os.environ | ({"TEST_POSTGRES": server.folder} if server else {})
        # Without its bytecode every process rewrites the assertions of all tests anew.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        rest, journeys = Path(folder) / "rest.xml", Path(folder) / "journeys.xml"
        said = Path(folder) / "journeys.log"
        words = ["-n2", "--dist=worksteal", f"--ignore={JOURNEYS}", *sys.argv[1:]]
        runs = {rest: _start(rest, words, environment, preexec_fn=_make_way)}
        with said.open("w") as output:
            if not sys.argv[1:]:
                words = ["-n2", "--dist=loadfile", JOURNEYS]
                runs[journeys] = _start(journeys, words, environment, stdout=output)
            codes = _wait(runs.values())
        print(said.read_text(), end="")
        summary = _summary(runs)
        for report, code in zip(runs, codes, strict=True):
            if not report.exists():
                print(f"The run of {report.stem} broke off with {code}: its tests are not counted.")
    for program in left_out:
        print(f"Left out, because {program} is neither here nor could be installed: its tests.")
    print(summary)
    return max(0 if code == NO_TESTS else abs(code) for code in codes)


def _wait(runs: Collection[subprocess.Popen[Any]]) -> list[int]:
    """The codes they end with; whatever ends the wait ends them too."""
    try:
        return [run.wait() for run in runs]
    finally:
        for run in runs:
            run.terminate()
            run.wait()


def _start(
    report: Path, arguments: list[str], environment: dict[str, str], **more: Any
) -> subprocess.Popen[Any]:
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
    return subprocess.Popen(command, env=environment, **more)


def _make_way() -> None:
    os.nice(MAKES_WAY)


def _summary(reports: Iterable[Path]) -> str:
    """Both runs in the words of one."""
    suites = [
        suite
        for report in reports
        if report.exists()
        for suite in ET.parse(report).iter("testsuite")
    ]

    def count(*names: str) -> int:
        return sum(int(suite.get(name, "0")) for suite in suites for name in names)

    failed, skipped = count("failures", "errors"), count("skipped")
    return f"{count('tests') - failed - skipped} passed, {failed} failed, {skipped} skipped"


if __name__ == "__main__":
    sys.exit(main())

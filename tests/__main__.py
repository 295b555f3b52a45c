"""`python -m tests`: everything, browser journeys in a process of their own, and one last line.

Arguments go to the first of the two pytest runs; with any, the second does not happen.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.support import postgres
from tests.support.programs import provide

NO_TESTS = 5
JOURNEYS = "tests/e2e"


def main() -> int:
    """Run both and return 0 if neither failed."""
    left_out = [program for program in ("initdb", "chromium") if not provide(program)]
    rest = ["-n", "2", "--dist", "worksteal", f"--ignore={JOURNEYS}", *sys.argv[1:]]
    runs = [rest] if sys.argv[1:] else [rest, [JOURNEYS]]
    with postgres.running() as server, tempfile.TemporaryDirectory() as folder:
        environment = os.environ | ({"TEST_POSTGRES": server.folder} if server else {})
        reports = [Path(folder) / f"{number}.xml" for number in range(len(runs))]
        codes = [
            subprocess.run(
                [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments],
                env=environment,
                check=False,
            ).returncode
            for report, arguments in zip(reports, runs, strict=True)
        ]
        summary = _summary(reports)
    for program in left_out:
        print(f"Left out, because {program} is neither here nor could be installed: its tests.")
    print(summary)
    return max(0 if code == NO_TESTS else code for code in codes)


def _summary(reports: list[Path]) -> str:
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


sys.exit(main())

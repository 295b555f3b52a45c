"""`escalation audit`: ask the database whether what must hold does hold."""

import argparse
import json
from datetime import timedelta

from escalation_app.clock import utc_now
from escalation_app.db import database
from escalation_app.migrations import migrate
from escalation_app.services.queries.audit import Finding, audit, clock_of
from escalation_app.settings import settings

GRACE = timedelta(minutes=1)
"""What fell due less than this ago is not missed: an engine is taking it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be asked."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser(
        "check", help="look for anything lost, doubled or early; exit code 1 if there is"
    )
    check.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print every rule and whether it holds; 1 when one does not."""
    migrate(settings().database_url)
    with database().reading() as session:
        findings = audit(session, clock_of(session, utc_now()), GRACE)
    print(_json(findings) if arguments.json else "\n".join(map(_line, findings)))
    return 1 if any(finding.count for finding in findings) else 0


def _line(finding: Finding) -> str:
    if finding.count == 0:
        return f"holds   {finding.rule.holds}"
    where = ", ".join(finding.tickets)
    return f"BROKEN  {finding.rule.holds}: {finding.rule.fault.value}, {finding.count} times" + (
        f" ({where})" if where else ""
    )


def _json(findings: list[Finding]) -> str:
    return json.dumps(
        {
            "rules": [
                {
                    "key": finding.rule.key,
                    "fault": finding.rule.fault.value,
                    "holds": finding.rule.holds,
                    "count": finding.count,
                    "tickets": finding.tickets,
                }
                for finding in findings
            ]
        },
        indent=2,
    )

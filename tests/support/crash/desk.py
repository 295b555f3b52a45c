"""A desk whose promises last seconds, so that hundreds of clocks run out while a test looks."""

import json
from datetime import datetime
from typing import Any

import yaml
from sqlalchemy import text

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.permissions import Role
from escalation_app.services.people import NewPerson, add_organisation, add_person
from escalation_app.services.process_versions import publish, shipped_document

TARGETS = {"S1": (1, 3), "S2": (2, 4), "S3": (2, 5), "S4": (3, 6)}
"""Seconds to the first response and to the resolution."""
MORE_TARGETS = {"next_reply": 2, "team": 3, "triage": 2}
"""Seconds, at every severity."""
GRADES = {
    "S1": ("high", "high"),
    "S2": ("high", "medium"),
    "S3": ("medium", "medium"),
    "S4": ("low", "low"),
}

_KEPT = (
    "name statuses departments tiers teams severities impacts urgencies matrix plans default_plan"
    " calendars"
)
_CUSTOMERS = 12
_STAFF = (
    ("agent-1", Role.AGENT, "service_desk", 1, True),
    ("agent-2", Role.AGENT, "service_desk", 1, False),
    ("specialist-1", Role.AGENT, "application_support", 2, True),
    ("specialist-2", Role.AGENT, "application_support", 2, False),
    ("expert-1", Role.AGENT, "platform_engineering", 3, True),
    ("lead-4", Role.AGENT, "escalated_accounts", 4, True),
    ("manager-1", Role.MANAGER, "", 0, False),
    ("manager-2", Role.MANAGER, "", 0, False),
    ("executive-1", Role.EXECUTIVE, "", 0, False),
    ("admin-1", Role.ADMIN, "", 0, False),
)


def step(key: str, do: str, tell: str, **more: Any) -> dict[str, Any]:
    """A step as a process document has it."""
    told = [tell] if tell else []
    return {
        "key": key,
        "name": f"Step {key}",
        "do": do,
        "says": f"Step {key}.",
        "tell": told,
    } | more


UNTIL_ACKNOWLEDGED = {
    "acknowledge_within": "2s",
    "repeat": {"every": "1s", "at_most": 2},
    "otherwise": ["managers"],
}
LONG_PATH = [
    step("half", "notify", "team_lead", at="50%"),
    step("most", "assign_manager", "assignee", at="75%"),
    step("broken", "reassign_next_tier", "case_manager", at="100%", **UNTIL_ACKNOWLEDGED),
    step("after", "tell_executive", "executives", after="1s"),
    step("last", "notify", "managers", after="1s"),
]
RAISE = step("raise", "raise_severity", "managers", after="1s")
"""A ticket that is raised is taken over by the path of its new severity."""
SHORT_PATH = [
    step("soon", "notify", "team_lead", at="75%"),
    step("late", "assign_manager", "team_lead", at="100%"),
]


def paths() -> dict[str, Any]:
    """A path for the resolution of each severity, and one for each other promise."""
    found = {
        f"{level.lower()}_resolution": _path("resolution", [level], 50 - 10 * number, LONG_PATH)
        for number, level in enumerate(TARGETS)
    }
    found["s4_resolution"]["steps"] = [*LONG_PATH, RAISE]
    for weight, metric in enumerate(("first_response", *MORE_TARGETS), start=1):
        found[metric] = _path(metric, list(TARGETS), weight, SHORT_PATH) | {"stop_when": ["met"]}
    return found


def _path(metric: str, levels: list[str], weight: int, steps: list[Any]) -> dict[str, Any]:
    return {
        "name": f"Path of {metric}",
        "severities": levels,
        "metric": metric,
        "weight": weight,
        "calendar": "always",
        "steps": steps,
    }


def targets(level: str) -> dict[str, int]:
    """Seconds by promise."""
    answer, solved = TARGETS[level]
    return {"first_response": answer, "resolution": solved, **MORE_TARGETS}


def document() -> str:
    """The shipped process with promises, paths and notices of the harness's own."""
    shipped = yaml.safe_load(shipped_document())
    del shipped["resolution"]
    policies = {
        plan: {
            "name": f"{plan} support",
            "plan": plan,
            "calendar": "always",
            "pause_in": ["waiting_customer"],
            "warnings": [50, 75, 90],
            "floor_share": 25,
            "targets": {
                level: {metric: f"{length}s" for metric, length in targets(level).items()}
                for level in TARGETS
            },
        }
        for plan in shipped["plans"]
    }
    rules = [
        ("sla_warning", ["assignee"], ["in_app"]),
        ("sla_breached", ["team_lead"], ["in_app"]),
        ("escalation_started", ["team_lead"], ["in_app"]),
        ("escalation_assigned", ["told"], ["in_app", "email"]),
        ("escalation_ended", ["case_manager"], ["in_app"]),
        ("ticket_escalated", ["told"], ["in_app"]),
        ("path_step_taken", ["told"], ["in_app"]),
        ("ticket_resolved", ["requester"], ["email"]),
        ("message_sent", ["requester"], ["email"]),
        ("no_path", ["admins"], ["in_app"]),
    ]
    own = {
        "close_after": "2s",
        "policies": policies,
        "paths": paths(),
        "notifications": [
            {"on": kind, "to": to, "channels": channels} for kind, to, channels in rules
        ],
    }
    spelt_out = json.loads(json.dumps(own))  # a document has no aliases for what stands twice
    kept = {key: shipped[key] for key in _KEPT.split()}
    return yaml.safe_dump(kept | spelt_out, sort_keys=False)


def furnish(database: Database) -> None:
    """People, process and the witness, in a migrated database."""
    now = utc_now()
    with database.writing() as session:
        publish(session, document(), "the crash test", now)
        for key, role, team, tier, lead in _STAFF:
            person = NewPerson(
                key, f"{key}@{key}.example", key, frozenset({role}), team=team, tier=tier,
                is_team_lead=lead,
            )  # fmt: skip
            add_person(session, person, now)
        for number in range(_CUSTOMERS):
            _add_customer(session, number, now)
        for statement in _WITNESS_SQLITE if database.is_sqlite else _WITNESS_POSTGRES:
            session.execute(text(statement))


def _add_customer(session: Any, number: int, now: datetime) -> None:
    plan = ("basic", "pro", "enterprise")[number % 3]
    organisation = add_organisation(session, f"org-{number}", f"Organisation {number}", plan)
    person = NewPerson(
        f"customer-{number}", f"customer@their-{number}.example", f"Customer {number}",
        frozenset({Role.CUSTOMER}), organisation_id=organisation,
    )  # fmt: skip
    add_person(session, person, now)


_WITNESS_SQLITE = (
    "CREATE TABLE witness (event_id INTEGER PRIMARY KEY, seen_at TEXT)",
    """CREATE TRIGGER witnessed AFTER INSERT ON event BEGIN
    INSERT INTO witness VALUES (NEW.id, strftime('%Y-%m-%d %H:%M:%f', 'now')); END""",
)
_WITNESS_POSTGRES = (
    "CREATE TABLE witness (event_id bigint PRIMARY KEY, seen_at timestamptz)",
    """CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO witness VALUES (NEW.id, clock_timestamp()); RETURN NEW; END $$""",
    """CREATE TRIGGER witnessed AFTER INSERT ON event
    FOR EACH ROW EXECUTE FUNCTION witness()""",
)
"""When each event was written, by the clock of the database itself, whatever the clock of the
process that wrote it said. SQLite's is exact to the millisecond."""

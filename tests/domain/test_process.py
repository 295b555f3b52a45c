"""Lookups of a process: what the engine asks thousands of times a second."""

from datetime import UTC, datetime, timedelta

import pytest

from escalation_app.domain.clocks import Metric
from escalation_app.domain.process import Process
from escalation_app.services.process_document import load_process, shipped_document


@pytest.fixture(scope="module")
def process() -> Process:
    return load_process(shipped_document(), version=3)


@pytest.mark.parametrize(
    ("plan", "severity", "resolution"),
    [
        ("basic", 1, timedelta(days=3)),
        ("pro", 1, timedelta(hours=48)),
        ("enterprise", 1, timedelta(hours=7)),
    ],
)
def test_each_plan_has_its_promised_resolution(
    process: Process, plan: str, severity: int, resolution: timedelta
) -> None:
    policy = process.policy_for(plan, severity)

    assert policy.plan == plan
    assert policy.target(severity, Metric.RESOLUTION) == resolution


def test_an_unknown_plan_is_served_by_the_default_plan_and_it_says_so(process: Process) -> None:
    policy = process.policy_for("platinum", 2)
    why = process.why_policy("platinum", 2)

    assert policy.plan == "basic"
    assert "plan 'platinum' is not in this process" in why


def test_the_reason_names_policy_version_plan_and_severity(process: Process) -> None:
    why = process.why_policy("enterprise", 1)

    assert why == (
        "Enterprise support of process version 3 matches plan Enterprise and severity S1 "
        "(critical)."
    )


def test_an_unknown_severity_has_no_policy(process: Process) -> None:
    with pytest.raises(KeyError):
        process.policy_for("pro", 5)


def test_impact_and_urgency_give_the_severity(process: Process) -> None:
    assert process.severity_for("high", "high") == 1
    assert process.severity_for("high", "low") == 3
    assert process.severity_for("low", "high") == 3
    assert process.severity_for("low", "low") == 4


def test_a_team_moves_up_to_its_own_department(process: Process) -> None:
    above = process.team_above("billing_support")

    assert above is not None
    assert (above.key, above.tier) == ("billing_experts", 3)


def test_a_team_without_its_department_above_moves_up_to_the_tiers_own_team(
    process: Process,
) -> None:
    above = process.team_above("application_support")

    assert above == process.team(process.tier(3).team)


def test_management_has_nobody_above(process: Process) -> None:
    assert process.team_above("escalated_accounts") is None
    assert process.next_tier(4) is None


def test_the_next_tier_is_one_level_up(process: Process) -> None:
    upper = process.next_tier(1)

    assert upper is not None
    assert upper.level == 2


def test_the_path_of_a_promise_depends_on_severity_and_metric(process: Process) -> None:
    resolution = process.path_for(1, Metric.RESOLUTION)
    answer = process.path_for(1, Metric.FIRST_RESPONSE)

    assert resolution is not None
    assert answer is not None
    assert (resolution.key, answer.key) == ("s1_resolution", "urgent_answer")
    assert resolution.weight > answer.weight
    assert process.path_for(4, Metric.NEXT_UPDATE) is None


def test_calendars_count_with_holidays_special_days_and_cut_outs(process: Process) -> None:
    office = process.calendar("london_office")
    christmas_eve_noon = datetime(2026, 12, 24, 12, tzinfo=UTC)
    before_the_meeting = datetime(2027, 1, 5, 12, tzinfo=UTC)

    after_christmas = office.add(christmas_eve_noon, timedelta(hours=2))
    after_meeting = office.add(before_the_meeting, timedelta(hours=1))

    assert after_christmas == datetime(2026, 12, 29, 10, tzinfo=UTC)
    assert after_meeting == datetime(2027, 1, 5, 15, 30, tzinfo=UTC)


def test_a_calendar_is_built_once(process: Process) -> None:
    assert process.calendar("always") is process.calendar("always")


def test_the_matrix_cannot_be_changed(process: Process) -> None:
    with pytest.raises(TypeError):
        process.matrix["low", "low"] = 1  # type: ignore[index]


def test_rules_are_found_by_event_kind(process: Process) -> None:
    rules = process.rules_for("escalation_assigned")

    assert len(rules) == 2
    assert process.rules_for("note_written") == ()

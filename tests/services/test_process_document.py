"""The process document: what is shipped, what is refused, and on which line."""

from datetime import timedelta

import pytest

from escalation_app.domain.actions import StepAction
from escalation_app.domain.clocks import Metric
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import Audience, DelayAnchor, ShareAnchor
from escalation_app.domain.process import Delivery
from escalation_app.domain.tickets import Status
from escalation_app.services.process_document import (
    ProcessErrors,
    load_process,
    shipped_document,
)

SHIPPED = shipped_document()


def changed(*changes: tuple[str, str]) -> str:
    """The shipped document with texts replaced; each must stand in it."""
    text = SHIPPED
    for old, new in changes:
        assert old in text, f"the shipped document has no {old!r}"
        text = text.replace(old, new, 1)
    return text


def errors_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ProcessErrors) as refused:
        load_process(text, 1)
    return [(error.line, error.path, error.message) for error in refused.value.errors]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_shipped_document_loads_with_the_version_it_is_given() -> None:
    process = load_process(SHIPPED, 7)

    assert process.version == 7
    assert [tier.level for tier in process.tiers] == [1, 2, 3, 4]
    assert set(process.statuses) == set(Status)
    assert process.close_after == timedelta(days=5)


def test_the_shipped_critical_path_tells_moves_assigns_and_calls_an_executive() -> None:
    path = load_process(SHIPPED, 1).path_for(1, Metric.RESOLUTION)

    assert path is not None
    assert [(step.anchor, step.action) for step in path.steps] == [
        (ShareAnchor(Metric.RESOLUTION, 50), StepAction.NOTIFY),
        (ShareAnchor(Metric.RESOLUTION, 75), StepAction.REACH_OUT),
        (ShareAnchor(Metric.RESOLUTION, 90), StepAction.REASSIGN_NEXT_TIER),
        (ShareAnchor(Metric.RESOLUTION, 100), StepAction.TELL_EXECUTIVE),
        (DelayAnchor(timedelta(hours=1), working=False), StepAction.NOTIFY),
    ]
    assert path.steps[0].audience == (Audience.ASSIGNEE, Audience.TEAM_LEAD)
    assert path.steps[3].acknowledge_within == timedelta(minutes=30)


def test_the_shipped_rules_tell_the_customer_of_an_answer_by_both_ways() -> None:
    (rule,) = load_process(SHIPPED, 1).rules_for(EventKind.MESSAGE_SENT)

    assert rule.to == (Audience.REQUESTER,)
    assert rule.channels == (Delivery.IN_APP, Delivery.EMAIL)


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert load_process("\ufeff" + SHIPPED, 1).default_plan == "basic"


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("7h", timedelta(hours=7)),
        ("2 d 4h", timedelta(days=2, hours=4)),
        ("90m", timedelta(minutes=90)),
        ("1d2h3m", timedelta(days=1, hours=2, minutes=3)),
        ("1m 30s", timedelta(seconds=90)),
    ],
)
def test_lengths_of_time_are_read(written: str, length: timedelta) -> None:
    process = load_process(changed(("close_after: 5d", f"close_after: {written}")), 1)

    assert process.close_after == length


@pytest.mark.parametrize(
    "written", ["7", "7x", "h", "4h 2d", "-7h", "1.5h", "0m", "367d", "''", "[7h]", "PT7H", "7h 7h"]
)
def test_other_lengths_of_time_are_refused(written: str) -> None:
    text = changed(("close_after: 5d", f"close_after: {written}"))

    ((line, path, message),) = errors_of(text)

    assert (line, path) == (line_of(text, "close_after:"), "close_after")
    assert "length of time" in message


MISTAKES = {
    "unknown section": (
        "default_plan: basic",
        "colour: red\ndefault_plan: basic",
        "colour",
        "Unknown entry",
    ),
    "unknown entry": ("level: 1\n", "level: 1\n    size: 3\n", "tiers.tier1.size", "Unknown entry"),
    "wrong type": ("level: 1\n", "level: one\n", "tiers.tier1.level", "whole number"),
    "quoted number": ("level: 1\n", 'level: "1"\n', "tiers.tier1.level", "whole number"),
    "a list for a text": ("name: Tier 1", "name: [Tier 1]", "tiers.tier1.name", "must be a text"),
    "an empty text": ("name: Tier 1", "name:", "tiers.tier1.name", "must be a text"),
    "a long text": ("name: Tier 1", f"name: {'x' * 81}", "tiers.tier1.name", "longer than 80"),
    "a text for a mapping": ("  it: {name: IT}", "  it: IT", "departments.it", "must be a mapping"),
    "a bad key": (
        "  it: {name: IT}",
        "  it: {name: IT}\n  Law: {name: Law}",
        "departments.Law",
        "A key is",
    ),
    "a key twice": (
        "  it: {name: IT}",
        "  it: {name: IT}\n  it: {name: IT}",
        "departments.it",
        "stands twice",
    ),
    "unknown team": (
        "team: service_desk",
        "team: helpdesk",
        "tiers.tier1.team",
        "'helpdesk' is no team",
    ),
    "unknown department": (
        "department: sales",
        "department: law",
        "teams.account_specialists.department",
        "no department",
    ),
    "no such tier": (
        "tier: 3, department: sales",
        "tier: 5, department: sales",
        "teams.account_specialists.tier",
        "whole number from 1 to 4",
    ),
    "team on another tier": (
        "team: service_desk",
        "team: billing_support",
        "tiers.tier1.team",
        "is on tier 2",
    ),
    "unknown channel": (
        "[portal, email]",
        "[portal, fax]",
        "tiers.tier1.channels[2]",
        "'fax' is no channel",
    ),
    "channel twice": (
        "[portal, email]",
        "[portal, portal]",
        "tiers.tier1.channels[2]",
        "stands twice",
    ),
    "no status name": ("  closed: closed\n", "", "statuses", "'closed' is missing"),
    "unknown default plan": (
        "default_plan: basic",
        "default_plan: gold",
        "default_plan",
        "'gold' is no plan",
    ),
    "plan rank twice": (
        "name: Pro, rank: 2",
        "name: Pro, rank: 3",
        "plans.enterprise.rank",
        "this rank",
    ),
    "matrix hole": (
        "{high: S3, medium: S4, low: S4}",
        "{high: S3, medium: S4}",
        "matrix.low",
        "'low' is missing",
    ),
    "matrix row missing": (
        "  low: {high: S3, medium: S4, low: S4}\n",
        "",
        "matrix",
        "'low' is missing",
    ),
    "matrix upside down": (
        "high: {high: S1, medium: S2",
        "high: {high: S3, medium: S2",
        "matrix.high.high",
        "than medium impact and high urgency",
    ),
    "matrix severity unknown": (
        "{high: S3, medium: S4, low: S4}",
        "{high: S3, medium: S4, low: S5}",
        "matrix.low.low",
        "'S5' is no severity",
    ),
    "unknown zone": (
        "zone: Europe/London",
        "zone: Europe/Londres",
        "calendars.london_office.zone",
        "not a time zone",
    ),
    "a path as zone": (
        "zone: Europe/London",
        "zone: ../../etc/passwd",
        "calendars.london_office.zone",
        "not a time zone",
    ),
    "impossible hours": (
        "friday: [09:00-12:30",
        "friday: [09:00-25:30",
        "calendars.london_office.hours.friday[1]",
        "span of hours",
    ),
    "empty hours": (
        "friday: [09:00-12:30",
        "friday: [09:00-09:00",
        "calendars.london_office.hours.friday[1]",
        "span of hours",
    ),
    "overlapping hours": (
        "friday: [09:00-12:30",
        "friday: [09:00-13:30",
        "calendars.london_office.hours.friday",
        "overlap",
    ),
    "unknown weekday": (
        "      friday:",
        "      freitag:",
        "calendars.london_office.hours.freitag",
        "Unknown entry",
    ),
    "impossible date": (
        "2027-06-18:",
        "2027-02-30:",
        "calendars.london_office.holidays.2027-02-30",
        "must be a date",
    ),
    "date in another form": (
        "2027-06-18:",
        "1.1.2027:",
        "calendars.london_office.holidays.1.1.2027",
        "must be a date",
    ),
    "date out of all years": (
        "2027-06-18:",
        "9999-01-01:",
        "calendars.london_office.holidays.9999-01-01",
        "between 2000 and 2199",
    ),
    "unknown country": (
        "{country: GB, region: ENG}",
        "{country: Frnace}",
        "calendars.london_office.public_holidays.country",
        "No public holidays are known for the country 'Frnace'; near it: FR (France), ",
    ),
    "unknown region": (
        "{country: GB, region: ENG}",
        "{country: GB, region: Englnd}",
        "calendars.london_office.public_holidays.region",
        "United Kingdom has no region 'Englnd'; near it: ENG (England)",
    ),
    "region of a country without regions": (
        "{country: GB, region: ENG}",
        "{country: JM, region: Kingston}",
        "calendars.london_office.public_holidays.region",
        "Jamaica has no region 'Kingston'; its holidays are the same everywhere.",
    ),
    "no country": (
        "{country: GB, region: ENG}",
        "{region: ENG}",
        "calendars.london_office.public_holidays",
        "'country' is missing",
    ),
    "public holidays in one word": (
        "{country: GB, region: ENG}",
        "GB",
        "calendars.london_office.public_holidays",
        "must be a mapping",
    ),
    "the same place twice": (
        "{country: GB, region: ENG}",
        "[{country: GB, region: ENG}, {country: uk, region: england}]",
        "calendars.london_office.public_holidays[2]",
        "stands twice",
    ),
    "a worked holiday that is none": (
        "{country: GB, region: ENG}",
        "{country: GB, region: ENG}\n    worked_holidays: [2026-12-28, 2026-12-29]",
        "calendars.london_office.worked_holidays[2]",
        "No public holiday of this calendar is on that day",
    ),
    "a worked holiday that is no date": (
        "{country: GB, region: ENG}",
        "{country: GB, region: ENG}\n    worked_holidays: [Christmas]",
        "calendars.london_office.worked_holidays[1]",
        "This must be a date such as 2026-12-25.",
    ),
    "public holidays around the clock": (
        "    always: true\n",
        "    always: true\n    public_holidays: {country: GB}\n",
        "calendars.always.public_holidays",
        "Unknown entry",
    ),
    "always and hours": (
        "    always: true\n",
        "    always: true\n    hours: {monday: [09:00-17:00]}\n",
        "calendars.always.hours",
        "Unknown entry",
    ),
    "always perhaps": ("always: true", "always: maybe", "calendars.always.always", "true or false"),
    "unknown calendar": (
        "plan: pro\n    calendar: always",
        "plan: pro\n    calendar: lunar",
        "policies.pro.calendar",
        "'lunar' is no calendar",
    ),
    "unknown plan": ("plan: pro\n", "plan: gold\n", "policies.pro.plan", "'gold' is no plan"),
    "pause in no pause": (
        "pause_in: [waiting_customer]",
        "pause_in: [open]",
        "policies.enterprise.pause_in[1]",
        "can pause",
    ),
    "warning at the breach": (
        "warnings: [50, 75, 90]",
        "warnings: [50, 100]",
        "policies.enterprise.warnings[2]",
        "from 1% to 99%",
    ),
    "floor above all": (
        "floor_share: 25",
        "floor_share: 101",
        "policies.enterprise.floor_share",
        "from 0 to 100",
    ),
    "metric that does not exist": (
        "{first_response: 15m,",
        "{first_response: 15m, later: 1h,",
        "policies.enterprise.targets.S1.later",
        "Unknown entry",
    ),
    "missing metric": (
        "{first_response: 15m, resolution: 7h",
        "{first_response: 15m",
        "policies.enterprise.targets.S1",
        "'resolution' is missing",
    ),
    "answer after the end": (
        "{first_response: 15m, resolution: 7h",
        "{first_response: 15m, resolution: 10m",
        "policies.enterprise.targets.S1",
        "first response is promised later",
    ),
    "severity unpromised": (
        "      S4: {first_response: 24h, resolution: 5d, triage: 12h}\n",
        "",
        "plans.basic",
        "No policy gives this plan times for S4",
    ),
    "higher severity later": (
        "{first_response: 1h, resolution: 48h",
        "{first_response: 1h, resolution: 49h",
        "policies.pro.targets.S1.resolution",
        "later than plan 'pro' at S2",
    ),
    "higher plan later": (
        "{first_response: 1h, resolution: 48h",
        "{first_response: 241m, resolution: 48h",
        "policies.pro.targets.S1.first_response",
        "later than plan 'basic' at S1",
    ),
    "unknown action": (
        "do: reach_out",
        "do: pray",
        "paths.s1_resolution.steps[2].do",
        "'pray' is no kind of step",
    ),
    "nobody to tell": (
        "        tell: [executives, case_manager]\n",
        "",
        "paths.s1_resolution.steps[4]",
        "needs the entry 'tell'",
    ),
    "a step tells the customer": (
        "tell: [executives, case_manager]",
        "tell: [requester]",
        "paths.s1_resolution.steps[4].tell[1]",
        "no audience of a step",
    ),
    "share too large": (
        "at: 100%",
        "at: 101%",
        "paths.s1_resolution.steps[4].at",
        "from 1% to 100%",
    ),
    "share of nothing": ("at: 50%", "at: 0%", "paths.s1_resolution.steps[1].at", "from 1% to 100%"),
    "shares out of order": ("at: 75%", "at: 50%", "paths.s1_resolution.steps[2].at", "not above"),
    "neither at nor after": (
        "        at: 75%\n",
        "",
        "paths.s1_resolution.steps[2]",
        "either 'at'",
    ),
    "both at and after": (
        "at: 75%",
        "at: 75%\n        after: 1h",
        "paths.s1_resolution.steps[2]",
        "either 'at'",
    ),
    "first step with a delay": (
        "at: 50%",
        "after: 50m",
        "paths.s1_resolution.steps[1].after",
        "first step",
    ),
    "a working day": (
        "after: 8h working",
        "after: 1d working",
        "paths.s4_resolution.steps[2].after",
        "not 24 hours",
    ),
    "a step key twice": (
        "key: next_tier",
        "key: manager",
        "paths.s1_resolution.steps[3].key",
        "this key",
    ),
    "acknowledged for nothing": (
        "        do: reach_out\n",
        "        do: reach_out\n        acknowledge_within: 5m\n",
        "paths.s1_resolution.steps[2].acknowledge_within",
        "No 'after' step",
    ),
    "no path for a severity": (
        "severities: [S4]\n    metric: resolution",
        "severities: [S4]\n    metric: first_response",
        "paths",
        "No path is given for the resolution of S4",
    ),
    "two paths for one": (
        "severities: [S2]",
        "severities: [S1, S2]",
        "paths.s2_resolution.severities",
        "already the path of S1",
    ),
    "a lighter path above": (
        "weight: 50",
        "weight: 39",
        "paths.s1_resolution.weight",
        "lighter than",
    ),
    "no steps": (
        "    name: Low, resolution missed\n",
        "    name: Low, resolution missed\n    more: {}\n",
        "paths.s4_resolution.more",
        "Unknown entry",
    ),
    "unknown event": (
        "on: ticket_opened",
        "on: ticket_lost",
        "notifications[1].on",
        "'ticket_lost' is no event",
    ),
    "unknown audience": (
        "to: [team]",
        "to: [everybody]",
        "notifications[2].to[1]",
        "'everybody' is no audience",
    ),
    "unknown way": (
        "to: [team], channels: [in_app]",
        "to: [team], channels: [pigeon]",
        "notifications[2].channels[1]",
        "'pigeon' is no channel",
    ),
    "an internal event to the customer": (
        "on: sla_warning, to: [assignee]",
        "on: sla_warning, to: [requester]",
        "notifications[12]",
        "is internal",
    ),
}


PLACES = {
    "no status name": "statuses:",
    "plan rank twice": "enterprise: {name: Enterprise",
    "matrix row missing": "matrix:",
    "severity unpromised": "basic: {name: Basic",
    "nobody to tell": "- key: executive",
    "neither at nor after": "- key: manager",
    "both at and after": "- key: manager",
    "no path for a severity": "paths:",
}
"""What stands on the line of a mistake that shows elsewhere than where the text was changed."""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_line(name: str) -> None:
    old, new, path, message = MISTAKES[name]
    text = changed((old, new))
    lines = zip(SHIPPED.split("\n"), text.split("\n"), strict=False)
    first_changed = next(line for line, (was, is_now) in enumerate(lines, 1) if was != is_now)
    expected = line_of(text, PLACES[name]) if name in PLACES else first_changed

    found = [line for line, place, said in errors_of(text) if place == path and message in said]

    assert found == [expected]


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = changed(
        ("close_after: 5d", "close_after: soon"),
        ("team: service_desk", "team: nobody"),
        ("{first_response: 1h, resolution: 48h", "{first_response: 1h, resolution: 49h"),
        ("do: reach_out", "do: pray"),
    )

    found = errors_of(text)

    assert [path for _, path, _ in found] == [
        "close_after",
        "tiers.tier1.team",
        "policies.pro.targets.S1.resolution",
        "paths.s1_resolution.steps[2].do",
    ]
    assert [line for line, _, _ in found] == [
        line_of(text, "close_after: soon"),
        line_of(text, "team: nobody"),
        line_of(text, "S1: {first_response: 1h, resolution: 49h"),
        line_of(text, "do: pray"),
    ]


def test_one_mistake_is_told_once() -> None:
    assert len(errors_of(changed(("level: 1\n", "level: one\n")))) == 2
    assert len(errors_of(changed(("warnings: [50, 75, 90]", "warnings: [x, y, 90]")))) == 2


def test_the_refusal_is_an_error_that_may_be_shown() -> None:
    with pytest.raises(Invalid, match=r"Line \d+, default_plan: 'gold' is no plan; known: basic"):
        load_process(changed(("default_plan: basic", "default_plan: gold")), 1)


def test_promises_in_different_calendars_are_compared_by_when_they_fall_due() -> None:
    """40 open hours of an office are longer than 3 days around the clock."""
    text = changed(
        ("plan: pro\n    calendar: always", "plan: pro\n    calendar: london_office"),
        ("S1: {first_response: 1h, resolution: 48h", "S1: {first_response: 1h, resolution: 40h"),
        ("S2: {first_response: 2h, resolution: 48h", "S2: {first_response: 2h, resolution: 40h"),
        ("S3: {first_response: 4h, resolution: 3d", "S3: {first_response: 4h, resolution: 50h"),
        ("S4: {first_response: 8h, resolution: 5d", "S4: {first_response: 8h, resolution: 60h"),
    )

    found = errors_of(text)

    assert any(
        path == "policies.pro.targets.S1.resolution"
        and "later than plan 'basic' at S1 from" in message
        for _, path, message in found
    )


def test_a_plan_in_office_hours_below_plans_around_the_clock_is_accepted() -> None:
    text = changed(
        ("plan: basic\n    calendar: always", "plan: basic\n    calendar: london_office"),
        ("S1: {first_response: 4h, resolution: 3d", "S1: {first_response: 4h, resolution: 48h"),
        ("S2: {first_response: 8h, resolution: 3d", "S2: {first_response: 8h, resolution: 48h"),
        ("{first_response: 12h, resolution: 4d", "{first_response: 12h, resolution: 96h"),
        ("{first_response: 24h, resolution: 5d", "{first_response: 24h, resolution: 120h"),
    )

    process = load_process(text, 1)

    assert process.policy_for("basic", 1).calendar == "london_office"


def test_a_promise_in_office_hours_is_not_written_in_days() -> None:
    text = changed(
        ("plan: basic\n    calendar: always", "plan: basic\n    calendar: london_office")
    )

    found = errors_of(text)

    assert [path for _, path, message in found if "not 24 hours long" in message] == [
        f"policies.basic.targets.S{level}.resolution" for level in range(1, 5)
    ]


def test_a_calendar_that_never_opens_is_refused() -> None:
    hours = SHIPPED[SHIPPED.index("      monday:") : SHIPPED.index("    # Bank holidays")]
    text = changed((hours, "      monday: []\n"))

    found = errors_of(text)

    assert ("calendars.london_office.hours", "This calendar is never open.") in [
        (path, message) for _, path, message in found
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("just words", 1, "must be a mapping"),
        ("- a\n- b", 1, "must be a mapping"),
        ("name: x\n\tclose_after: 5d", 2, "not YAML"),
        ("name: 'x\n\n", 1, "not YAML"),
        ("a: 1\nname: [x\n\n", 2, "not YAML"),
        ("name: x\n---\nname: y", 2, "second document"),
        ("name: &x a\n", 1, "Anchors"),
        ("a: 1\nname: *x\n", 2, "Anchors"),
        ("a: 1\nname: !!python/object/apply:os.system [ls]\n", 2, "Tags"),
        ("? [a, b]\n: x", 1, "key must be plain text"),
        ("a: 1\nname: a\x00b", 2, "does not allow"),
        ("name: \ud800", 1, "does not allow|no text"),
        ("[" * 100_000, 1, "levels deep"),
        ("a: " + "{a: " * 100_000, 1, "levels deep"),
        ("a: 1\n" + "# " + "x" * 1024 * 1024, 1, "larger than 1 MiB"),
    ],
)
def test_what_is_no_plain_document_is_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(ProcessErrors, match=message) as refused:
        load_process(text, 1)

    assert refused.value.errors[0].line == line


def test_aliases_cannot_blow_a_document_up() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"b{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, *a]\n" for n in range(50)
    )

    assert errors_of(bomb) == [(1, "", "Anchors (&) and aliases (*) are not allowed.")]


def test_a_merge_key_is_an_unknown_entry() -> None:
    text = changed(("level: 1\n", "level: 1\n    <<: {size: 3}\n"))

    assert [path for _, path, _ in errors_of(text)] == ["tiers.tier1.<<"]


def test_a_document_of_nothing_but_mistakes_is_answered_with_a_hundred() -> None:
    text = "".join(f"wrong{n}: 1\n" for n in range(20_000))

    assert len(errors_of(text)) == 100


def test_what_yaml_takes_for_something_else_is_read_as_it_is_written() -> None:
    process = load_process(
        changed(("it: {name: IT}", "it: {name: no}"), ("name: Tier 2", "name: 0x10")), 1
    )

    assert process.departments[1].name == "no"
    assert process.tier(2).name == "0x10"


def test_whatever_a_line_is_changed_to_the_document_is_read_or_refused() -> None:
    values = ("[]", "{}", "~", "'x'", "-1", "S1", "100%")
    lines = [line for line in SHIPPED.split("\n") if line and not line.lstrip().startswith("#")]
    refused: list[ProcessErrors] = []

    for number, line in enumerate(lines):
        instead = f"{line.partition(':')[0]}: {values[number % len(values)]}"
        try:
            load_process("\n".join([*lines[:number], instead, *lines[number + 1 :]]), 1)
        except ProcessErrors as error:
            refused.append(error)

    assert len(refused) > len(lines) / 2
    assert all(1 <= found.line <= len(lines) for error in refused for found in error.errors)


def test_a_section_of_thousands_is_refused() -> None:
    many = "".join(f"  d{n}: {{name: D}}\n" for n in range(501))

    found = errors_of(changed(("departments:\n", f"departments:\n{many}")))

    assert ("departments", "This has more than 500 entries.") in [
        (path, message) for _, path, message in found
    ]

"""What the process says about channels, quiet hours, and what must reach people."""

from datetime import date, timedelta

import pytest

from escalation_app.domain.process import ChannelKind, ChannelSpec, Process
from escalation_app.domain.quiet import QuietHours, QuietRule
from escalation_app.services.process_document import (
    ProcessErrors,
    load_process,
    shipped_document,
)
from escalation_app.services.process_text import Readers, process_sections

MONDAY = date(2026, 3, 2)
CHANNELS = """
channels:
  ops_room: {kind: slack, name: Operations room}
  pager: {kind: webhook, name: The pager, quotes: true}
"""
QUIET = '\nquiet_hours: {from: "22:30", to: 07:00, weekends: true, except: [S1, S2]}\n'
MUST = "\nmust_reach: [escalation_assigned, no_path]\n"
SECTIONS = ("\nchannels:", "\nquiet_hours:", "\nmust_reach:")


def bare() -> str:
    """The shipped document without the sections that are tried here."""
    lines = [
        line
        for line in shipped_document().splitlines()
        if not line.startswith(tuple(section[1:] for section in SECTIONS))
    ]
    return "\n".join(lines) + "\n"


def with_rules(*rules: str) -> str:
    """The document with more rules, which come first."""
    more = "".join(f"  - {rule}\n" for rule in rules)
    return bare().replace("\nnotifications:\n", f"\nnotifications:\n{more}")


def read(*more: str, rules: tuple[str, ...] = ()) -> Process:
    return load_process(with_rules(*rules) + "".join(more), 1)


def errors(*more: str, rules: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    with pytest.raises(ProcessErrors) as refused:
        read(*more, rules=rules)
    return [(error.path, error.message) for error in refused.value.errors]


def test_channels_are_named_places_of_a_kind():
    assert read(CHANNELS).channels == (
        ChannelSpec("ops_room", ChannelKind.SLACK, "Operations room"),
        ChannelSpec("pager", ChannelKind.WEBHOOK, "The pager", quotes=True),
    )


def test_quiet_hours_have_times_weekends_and_severities_that_never_wait():
    hours = QuietHours(timedelta(hours=22, minutes=30), timedelta(hours=7), weekends=True)

    assert read(QUIET).quiet == QuietRule(hours, frozenset({1, 2}))


def test_a_process_may_say_nothing_of_all_this():
    process = read()

    assert (process.channels, process.quiet, process.must_reach) == ((), None, frozenset())


def test_a_rule_posts_to_a_channel_besides_telling_people_or_instead():
    posts = "{on: sla_breached, post: [ops_room]}"
    both = "{on: no_path, to: [admins], channels: [email], post: [pager], forced: true}"

    only, also, *_ = read(CHANNELS, rules=(posts, both)).rules

    assert (only.to, only.channels, only.posts, only.is_forced) == ((), (), ("ops_room",), False)
    assert (also.posts, also.is_forced) == (("pager",), True)


@pytest.mark.parametrize(
    ("more", "place", "message"),
    [
        ("\nchannels: {ops: {kind: pigeon, name: Ops}}\n", "channels.ops.kind", "no kind of"),
        ("\nchannels: {ops: {kind: slack}}\n", "channels.ops", "'name' is missing"),
        (
            "\nchannels: {ops: {kind: slack, name: Ops, url: 'https://x'}}\n",
            "channels.ops.url",
            "Unknown entry",
        ),
        ("\nchannels: {}\n", "channels", "at least one"),
        ("\nquiet_hours: {from: 22:00}\n", "quiet_hours", "'to' is missing"),
        ("\nquiet_hours: {from: 22, to: 07:00}\n", "quiet_hours.from", "time of day"),
        ("\nquiet_hours: {from: 24:00, to: 07:00}\n", "quiet_hours.from", "time of day"),
        ("\nquiet_hours: {from: 07:00, to: 07:00}\n", "quiet_hours", "another time"),
        (
            "\nquiet_hours: {from: 22:00, to: 07:00, except: [S9]}\n",
            "quiet_hours.except[1]",
            "no severity",
        ),
        ("\nmust_reach: [ticket_lost]\n", "must_reach[1]", "no event"),
        ("\nmust_reach: [message_retried]\n", "must_reach[1]", "no event"),
    ],
)
def test_a_mistake_is_named_with_its_place(more: str, place: str, message: str):
    found = errors(more)

    assert [path for path, _ in found] == [place]
    assert message in found[0][1]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{on: no_path, post: [nowhere]}", "no channel of the process"),
        ("{on: no_path, to: [admins]}", "'channels' is missing"),
        ("{on: no_path}", "'to' is missing"),
        ("{on: message_retried, to: [admins], channels: [email]}", "no event"),
        ("{on: no_path, to: [admins], channels: [email], forced: often}", "true or false"),
    ],
)
def test_a_wrong_rule_is_refused(rule: str, message: str):
    found = errors(CHANNELS, rules=(rule,))

    assert any(message in said for _, said in found)


def test_the_process_reads_out_its_channels_quiet_hours_and_what_is_forced():
    posts = "{on: sla_breached, post: [ops_room]}"
    process = read(CHANNELS, QUIET, MUST, rules=(posts,))
    sections = {section.key: section for section in process_sections(process, MONDAY)}

    assert sections["channels"].points == (
        "Operations room, a Slack channel: without the customers’ own words.",
        "The pager, another system of ours: with the customers’ own words.",
    )
    quiet = " ".join(sections["quiet"].paragraphs)
    assert quiet.startswith("From 22:30 to 07:00 in their own time, and all weekend, people")
    assert "severity S1 or S2 never waits" in quiet
    told = [row.cells for row in sections["notices"].rows]
    assert ("A promise is broken", "Operations room", "as a post") in told
    assert (
        "A manager takes a case",
        "the people concerned",
        "in the app and by e-mail, always",
    ) in told
    assert any(point.startswith("Always means") for point in sections["notices"].points)


def test_customers_do_not_read_where_we_post_and_when_we_sleep():
    sections = process_sections(read(CHANNELS, QUIET, MUST), MONDAY, Readers.CUSTOMERS)

    assert "Operations room" not in repr(sections)
    assert not {"quiet", "channels", "notices"} & {section.key for section in sections}

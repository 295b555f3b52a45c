"""What a person has set: which notices they want, when mail comes, whose quiet hours count."""

from datetime import UTC, datetime, timedelta

import pytest

from escalation_app.domain.events import NEVER_TOLD, EventKind
from escalation_app.domain.preferences import (
    GROUP_OF,
    MUTED,
    NO_EMAIL,
    NOTHING_SET,
    NoticeGroup,
    NoticePreference,
    Pace,
    QuietChoice,
    next_hour,
    quiet_hours_of,
    why_silent,
)
from escalation_app.domain.process import Delivery
from escalation_app.domain.quiet import QuietHours, QuietRule

RULE = QuietRule(QuietHours(timedelta(hours=20), timedelta(hours=8)), frozenset({1}))
OWN = QuietHours(timedelta(hours=12), timedelta(hours=13))


def test_every_kind_of_event_that_is_told_belongs_to_a_group():
    assert set(GROUP_OF) == set(EventKind) - NEVER_TOLD
    assert set(GROUP_OF.values()) == set(NoticeGroup)


@pytest.mark.parametrize("kind", GROUP_OF)
def test_a_group_is_turned_off_for_one_way_and_the_other_stays(kind: EventKind):
    muted = NoticePreference(muted_in_app=frozenset({GROUP_OF[kind]}))

    assert why_silent(muted, Delivery.IN_APP, kind) == MUTED
    assert why_silent(muted, Delivery.EMAIL, kind) == ""


def test_mail_turned_off_leaves_the_notices_in_the_app():
    off = NoticePreference(pace=Pace.OFF)

    assert why_silent(off, Delivery.EMAIL, EventKind.SLA_BREACHED) == NO_EMAIL
    assert why_silent(off, Delivery.IN_APP, EventKind.SLA_BREACHED) == ""


def test_who_has_set_nothing_is_told_everything():
    for kind in EventKind:
        for way in Delivery:
            assert why_silent(NOTHING_SET, way, kind) == ""


@pytest.mark.parametrize(
    ("choice", "is_staff", "rule", "hours"),
    [
        (QuietChoice.PROCESS, True, RULE, RULE.hours),
        (QuietChoice.PROCESS, True, None, None),
        (QuietChoice.PROCESS, False, RULE, None),
        (QuietChoice.OWN, True, RULE, OWN),
        (QuietChoice.OWN, False, None, OWN),
        (QuietChoice.NONE, True, RULE, None),
    ],
)
def test_whose_quiet_hours_count(
    choice: QuietChoice, is_staff: bool, rule: QuietRule | None, hours: QuietHours | None
):
    preference = NoticePreference(quiet=choice, own=OWN)

    assert quiet_hours_of(preference, rule, is_staff=is_staff) == hours


@pytest.mark.parametrize(
    ("now", "then"), [("12:00:00", "13:00"), ("12:59:59", "13:00"), ("23:30:00", "00:00")]
)
def test_mail_by_the_hour_goes_out_at_the_next_full_hour(now: str, then: str):
    at = datetime.fromisoformat(f"2026-03-02 {now}").replace(tzinfo=UTC)

    assert f"{next_hour(at):%H:%M}" == then
    assert timedelta(0) < next_hour(at) - at <= timedelta(hours=1)

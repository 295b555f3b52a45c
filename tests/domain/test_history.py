"""A history told again gives what the desk itself would have had at each of those instants."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from escalation_app.domain import lifecycle
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import A_MOMENT, fire, wakes_at
from escalation_app.domain.history import NOBODY, Moment, Opening, tell
from escalation_app.domain.permissions import Role
from escalation_app.domain.roster import Roster, StaffMember
from escalation_app.domain.tickets import Decision, Status, Ticket
from tests.support.casework import shipped

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
PROCESS = shipped()
OWNER, EXPERT = 7, 8


def hours(count: float) -> datetime:
    return START + timedelta(hours=count)


def desk(now: datetime) -> Desk:
    agents = {
        key: StaffMember(key, name, "service_desk", 1, False, frozenset({Role.AGENT}))
        for key, name in ((OWNER, "O. Wner"), (EXPERT, "E. Xpert"))
    }
    return Desk(lambda version: PROCESS, lambda: Roster(agents), now)


def opening(**values: object) -> Opening:
    given: dict[str, object] = {
        "at": START,
        "reference": "OLD-1",
        "subject": "Down",
        "organisation_id": 1,
        "requester_id": 2,
        "requester_name": "R. Equester",
        "plan": "enterprise",
        "impact": "high",
        "urgency": "high",
        "team": "service_desk",
    }
    return Opening(**{**given, **values})  # type: ignore[arg-type]


def told(*moments: Moment, until: float = 24, **values: object) -> Decision:
    return tell(opening(**values), moments, desk(hours(until)), 1)


def kinds(decision: Decision) -> list[EventKind]:
    return [event.kind for event in decision.events]


def clock_facts(ticket: Ticket) -> Sequence[object]:
    """What a clock comes to, without what only the engine of the house keeps."""
    return [
        (c.metric, c.cycle, c.state, c.target, c.consumed, c.stretches, c.due_at, c.breached_at)
        for c in ticket.clocks
    ]


def test_a_history_gives_the_clocks_that_living_it_would_have_given():
    lived = lifecycle.open_ticket(
        desk(START),
        process_version=1,
        subject="Down",
        organisation_id=1,
        requester_id=2,
        plan="enterprise",
        impact="high",
        urgency="high",
        first_message=None,
    ).after
    lived = lifecycle.assign(lived, desk(hours(0.5)), OWNER, "O. Wner").after
    lived = lifecycle.set_status(lived, desk(hours(1)), Status.WAITING_CUSTOMER).after
    lived = lifecycle.set_status(lived, desk(hours(5)), Status.OPEN).after
    lived = lifecycle.resolve(lived, desk(hours(20))).after
    lived = lifecycle.reopen(lived, desk(hours(22))).after

    decision = told(
        Moment(hours(0.5), status=Status.OPEN, assignee_id=OWNER),
        Moment(hours(1), status=Status.WAITING_CUSTOMER),
        Moment(hours(5), status=Status.OPEN),
        Moment(hours(20), status=Status.RESOLVED),
        Moment(hours(22), status=Status.OPEN),
        until=22,
    )

    assert clock_facts(decision.after) == clock_facts(lived)
    assert (decision.after.status, decision.after.floor_used) == (Status.OPEN, lived.floor_used)


def test_no_path_starts_and_no_step_is_taken_in_a_history():
    decision = told(Moment(hours(1), status=Status.OPEN), until=100)

    assert (decision.after.run, decision.after.escalation) == (None, None)
    assert EventKind.SLA_WARNING not in kinds(decision)


def test_a_breach_is_noticed_when_it_happened():
    decision = told(Moment(hours(30), status=Status.OPEN), until=40)

    resolution = decision.after.clock(Metric.RESOLUTION)
    assert resolution is not None
    assert resolution.breached_at == resolution.noticed_at == hours(7)
    breaches = [event for event in decision.events if event.kind is EventKind.SLA_BREACHED]
    assert [event.at for event in breaches] == [hours(0.25), hours(7)]


def test_events_stand_in_order_of_time():
    decision = told(
        Moment(hours(30), status=Status.OPEN), Moment(hours(31), status=Status.RESOLVED), until=40
    )

    times = [event.at for event in decision.events]
    assert times == sorted(times)


def test_an_answer_meets_the_first_response_before_a_pause_in_the_same_moment():
    decision = told(Moment(hours(0.1), status=Status.WAITING_CUSTOMER, answers=True))

    response = decision.after.clock(Metric.FIRST_RESPONSE)
    assert response is not None
    assert (response.state, response.ended_at, response.is_breached) == (
        ClockState.MET,
        hours(0.1),
        False,
    )


def test_only_the_first_answer_is_the_first_response():
    decision = told(
        Moment(hours(0.1), status=Status.OPEN, answers=True),
        Moment(hours(3), status=Status.OPEN, answers=True),
    )

    response = decision.after.clock(Metric.FIRST_RESPONSE)
    assert response is not None
    assert response.ended_at == hours(0.1)
    assert decision.after.last_contact_at == hours(0.1)


def test_a_group_above_takes_the_ticket_up_a_tier():
    decision = told(
        Moment(hours(1), team="service_desk", group="Front", assignee_id=OWNER),
        Moment(hours(2), team="application_support", group="Apps", assignee_id=EXPERT),
    )

    ticket = decision.after
    assert (ticket.tier, ticket.team, ticket.assignee_id) == (2, "application_support", EXPERT)
    assert (ticket.last_move, ticket.last_moved_at) == ("from Tier 1: given to Apps", hours(2))
    moved = next(e for e in decision.events if e.kind is EventKind.TICKET_ESCALATED)
    assert (moved.at, moved.data["from_tier"], moved.data["assignee"]) == (hours(2), 1, "E. Xpert")


def test_a_change_of_group_inside_a_team_is_on_record():
    decision = told(
        Moment(hours(1), team="service_desk", group="Front"),
        Moment(hours(2), team="service_desk", group="Night"),
        Moment(hours(3), team="service_desk", group="Night"),
    )

    assert kinds(decision).count(EventKind.TIER_CHANGED) == 1


def test_an_upgrade_goes_to_the_tier_above_and_leaves_its_old_owner():
    decision = told(
        Moment(hours(1), status=Status.OPEN, assignee_id=OWNER),
        Moment(hours(2), status=Status.OPEN, assignee_id=OWNER, moves_up=True),
    )

    assert (decision.after.tier, decision.after.assignee_id) == (2, None)


def test_nobody_takes_the_ticket_from_its_owner_and_silence_does_not():
    kept = told(Moment(hours(1), assignee_id=OWNER), Moment(hours(2), status=Status.OPEN))
    left = told(Moment(hours(1), assignee_id=OWNER), Moment(hours(2), assignee_id=NOBODY))

    assert (kept.after.assignee_id, left.after.assignee_id) == (OWNER, None)


def test_a_graver_urgency_raises_the_severity_by_the_matrix():
    decision = told(Moment(hours(1), urgency="high"), impact="low", urgency="low")

    assert (decision.after.urgency, decision.after.severity) == ("high", 3)
    assert EventKind.SEVERITY_CHANGED in kinds(decision)


def test_a_severity_of_the_log_beats_the_matrix():
    decision = told(Moment(hours(1), impact="low", urgency="low", severity=2), severity=2)

    assert decision.after.severity == 2
    assert EventKind.SEVERITY_CHANGED not in kinds(decision)


def test_a_clock_whose_new_target_is_used_up_is_broken_then():
    decision = told(
        Moment(hours(20), severity=1), impact="low", urgency="low", until=30, plan="enterprise"
    )

    resolution = decision.after.clock(Metric.RESOLUTION)
    assert resolution is not None
    assert resolution.breached_at == hours(20)
    assert kinds(decision).count(EventKind.SLA_BREACHED) == 2


def test_what_a_closed_ticket_goes_through_changes_nothing():
    moments = [
        Moment(hours(1), status=Status.OPEN),
        Moment(hours(2), status=Status.CLOSED),
    ]
    decision = told(*moments, Moment(hours(3), assignee_id=OWNER, status=Status.RESOLVED))

    assert decision.after == told(*moments).after


def test_a_ticket_left_resolved_is_closed_by_the_engine_when_its_time_has_come():
    decision = told(Moment(hours(1), status=Status.RESOLVED))

    assert decision.after.close_at == hours(1) + PROCESS.close_after
    assert wakes_at(decision.after, desk(hours(24))) == decision.after.close_at


def test_a_ticket_resolved_for_long_is_not_closed_by_itself_in_its_history():
    decision = told(
        Moment(hours(1), status=Status.RESOLVED),
        Moment(hours(24 * 9), status=Status.OPEN),
        until=24 * 10,
    )

    assert decision.after.status is Status.OPEN
    assert EventKind.TICKET_CLOSED not in kinds(decision)


@pytest.mark.parametrize(("until", "is_past"), [(1, False), (3, False), (3.6, True), (7.5, True)])
def test_a_late_clock_is_handed_over_just_below_the_start_of_its_path(until: float, is_past: bool):
    decision = told(Moment(hours(0.1), status=Status.OPEN, answers=True), until=until)

    resolution = decision.after.clock(Metric.RESOLUTION)
    assert resolution is not None
    assert resolution.mark == (resolution.target / 2 - A_MOMENT if is_past else timedelta(0))


def test_the_engine_takes_up_a_late_ticket_by_one_step():
    late = told(Moment(hours(0.1), status=Status.OPEN, answers=True), until=20).after

    fired = fire(late, desk(hours(20))).after
    again = fire(fired, desk(hours(20))).after

    assert fired.run is not None
    assert fired.run.next_step == 1
    assert again.run == fired.run


def test_a_breach_of_the_history_is_not_told_again_by_the_engine():
    late = told(Moment(hours(0.1), status=Status.OPEN, answers=True), until=20).after

    assert EventKind.SLA_BREACHED not in kinds(fire(late, desk(hours(20))))


@pytest.mark.parametrize(
    "moments",
    [
        (Moment(hours(2)), Moment(hours(1))),
        (Moment(hours(-1)),),
        (Moment(hours(25)),),
    ],
)
def test_moments_that_cannot_follow_each_other_are_refused(moments: tuple[Moment, ...]):
    with pytest.raises(Invalid):
        told(*moments)

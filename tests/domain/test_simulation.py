"""A simulation is the engine between what people did: the same decisions at the same instants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation_app.clock import using
from escalation_app.domain.clocks import Clock, Metric
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.findings import Findings, Spread
from escalation_app.domain.history import NOBODY, Moment, Opening, tell
from escalation_app.domain.process import Delivery, Process
from escalation_app.domain.roster import Roster, StaffMember
from escalation_app.domain.simulation import Happened, Recorded, walk
from escalation_app.domain.tally import simulate
from escalation_app.domain.tickets import EscalationKind, Status, Ticket
from tests.support.casework import (
    AGENT,
    EXECUTIVE,
    EXPERT,
    LEAD,
    MANAGER,
    OTHER_MANAGER,
    SPECIALIST,
    STAFF,
    shipped,
)

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
A_MICROSECOND = timedelta(microseconds=1)
PEOPLE = {member.id: member for member in STAFF}
CUSTOMER = 100


def hours(count: float) -> datetime:
    return START + timedelta(hours=count)


def ticket(*moments: Moment, at: float = 0, **values: object) -> Recorded:
    """A critical ticket of an Enterprise customer, opened on the service desk."""
    given: dict[str, object] = {
        "at": hours(at),
        "reference": f"OLD-{at}",
        "subject": "Down",
        "organisation_id": 1,
        "requester_id": CUSTOMER,
        "requester_name": "Customer",
        "plan": "enterprise",
        "impact": "high",
        "urgency": "high",
        "team": "service_desk",
        "group": "Front",
    }
    return Recorded(Opening(**{**given, **values}), moments)  # type: ignore[arg-type]


def answered(at: float = 0.1, assignee: int = AGENT) -> Moment:
    return Moment(hours(at), "Agent", status=Status.OPEN, answers=True, assignee_id=assignee)


def resolved(at: float) -> Moment:
    return Moment(hours(at), "Agent", status=Status.RESOLVED)


def walked(
    *records: Recorded,
    until: float = 100,
    process: Process | None = None,
    staff: Mapping[int, StaffMember] = PEOPLE,
) -> list[Happened]:
    return list(walk(records, process or shipped(), staff, hours(until)))


def found(*records: Recorded, until: float = 100, process: Process | None = None) -> Findings:
    return simulate(records, process or shipped(), PEOPLE, hours(until))


def instants(happened: Iterable[Happened], kind: EventKind) -> list[datetime]:
    return [each.at for each in happened for event in each.decision.events if event.kind is kind]


def steps(happened: Iterable[Happened]) -> list[tuple[datetime, str, tuple[int, ...]]]:
    return [
        (each.at, str(event.data["step"]), event.told)
        for each in happened
        for event in each.decision.events
        if event.kind is EventKind.PATH_STEP_TAKEN
    ]


def last(happened: Sequence[Happened]) -> Ticket:
    return happened[-1].decision.after


# What the engine does between --------------------------------------------------------------


def test_every_step_of_a_path_is_taken_at_its_very_instant():
    happened = walked(ticket(answered(), resolved(9)))

    assert steps(happened) == [
        (hours(3.5), "look", (AGENT, LEAD)),
        (hours(5.25), "manager", (AGENT, LEAD, MANAGER)),
        (hours(6.3), "next_tier", (AGENT, MANAGER, SPECIALIST)),
        (hours(7) + A_MICROSECOND, "executive", (EXECUTIVE, MANAGER)),
        (hours(8) + A_MICROSECOND, "all_managers", (MANAGER, OTHER_MANAGER, EXECUTIVE)),
    ]
    assert instants(happened, EventKind.SLA_BREACHED) == [hours(7) + A_MICROSECOND]
    assert instants(happened, EventKind.ESCALATION_STARTED) == [hours(3.5)]
    assert instants(happened, EventKind.ESCALATION_ENDED) == [hours(9)]


def test_warnings_come_at_the_shares_of_the_policy():
    happened = walked(ticket(answered(), resolved(6.5)))

    assert instants(happened, EventKind.SLA_WARNING) == [hours(3.5), hours(5.25), hours(6.3)]


def test_what_people_do_moves_what_the_engine_does():
    waits = Moment(hours(1), status=Status.WAITING_CUSTOMER)
    goes_on = Moment(hours(11), status=Status.OPEN)

    happened = walked(ticket(answered(), waits, goes_on, resolved(20)))

    assert instants(happened, EventKind.SLA_BREACHED) == [hours(17) + A_MICROSECOND]


def test_nothing_happens_after_the_end():
    happened = walked(ticket(answered(), resolved(9)), until=6.3)

    assert happened[-1].at == hours(6.3)
    assert last(happened).tier == 2
    assert walked(ticket(answered(8.1), at=8), until=7) == []


def test_tickets_take_turns_in_order_of_time():
    happened = walked(ticket(answered(), at=0), ticket(answered(2), at=1), ticket(at=1.5))

    assert all(one.at <= other.at for one, other in pairwise(happened))
    assert {each.decision.after.id for each in happened} == {1, 2, 3}


def test_whoever_has_least_is_picked_as_things_stand_then():
    first = ticket(answered(), resolved(5.5))
    second = ticket(answered(1.1), at=1)
    third = ticket(answered(2.1), at=2)

    happened = walked(first, second, third, until=8)

    given = {
        each.decision.after.id: event.told
        for each in happened
        for event in each.decision.events
        if event.kind is EventKind.ESCALATION_ASSIGNED
    }
    assert given == {1: (MANAGER,), 2: (MANAGER,), 3: (OTHER_MANAGER,)}


def test_a_resolved_ticket_closes_by_itself_once_the_record_says_no_more():
    happened = walked(ticket(answered(), resolved(1)), until=24 * 6)

    assert (last(happened).status, last(happened).closed_at) == (
        Status.CLOSED,
        hours(1) + shipped().close_after,
    )


def test_a_ticket_that_is_reopened_in_the_record_has_not_closed_before():
    again = Moment(hours(24 * 9), status=Status.OPEN)

    happened = walked(ticket(answered(), resolved(1), again), until=24 * 9)

    assert last(happened).status is Status.OPEN
    assert instants(happened, EventKind.TICKET_CLOSED) == []


def test_a_resolution_that_only_the_close_tells_of_is_put_where_it_was():
    closed = Moment(hours(50), status=Status.CLOSED, resolved_at=hours(2))

    happened = walked(ticket(answered(), closed))

    assert instants(happened, EventKind.TICKET_RESOLVED) == [hours(2)]
    assert instants(happened, EventKind.SLA_BREACHED) == []


# People beside the engine -------------------------------------------------------------------


def repeats(at: float, **values: object) -> Moment:
    """A row that says what is so in the record already."""
    said: dict[str, object] = {
        "status": Status.OPEN,
        "assignee_id": AGENT,
        "team": "service_desk",
        "group": "Front",
        "impact": "high",
        "urgency": "high",
        "severity": 1,
    }
    return Moment(hours(at), "Agent", **{**said, **values})  # type: ignore[arg-type]


def test_a_row_that_repeats_the_record_takes_nothing_back():
    happened = walked(ticket(answered(), repeats(0.2), repeats(6.5), severity=1), until=6.9)

    assert (last(happened).tier, last(happened).assignee_id) == (2, SPECIALIST)
    assert instants(happened, EventKind.TIER_CHANGED) == []


def test_a_ticket_moved_up_is_not_handed_about_below():
    sideways = Moment(
        hours(6.5), team="service_desk", group="Night", assignee_id=LEAD, status=Status.OPEN
    )

    happened = walked(ticket(answered(), sideways), until=6.9)

    assert (last(happened).team, last(happened).assignee_id) == ("application_support", SPECIALIST)


def test_a_ticket_moved_higher_than_people_would_move_it_stays():
    by_people = Moment(hours(2), team="application_support", group="Apps", assignee_id=SPECIALIST)
    again = Moment(hours(6.5), team="application_support", group="Apps 2", assignee_id=SPECIALIST)

    happened = walked(ticket(answered(), by_people, again), until=6.9)

    assert (last(happened).tier, last(happened).assignee_id) == (3, EXPERT)


def test_people_take_a_ticket_further_up_than_the_engine_has():
    further = Moment(hours(6.5), team="platform_engineering", group="Kernel", assignee_id=EXPERT)

    happened = walked(ticket(answered(), further), until=6.9)

    assert (last(happened).tier, last(happened).assignee_id) == (3, EXPERT)


def test_a_ticket_given_back_down_in_the_record_goes_there():
    up = Moment(hours(2), team="application_support", group="Apps", assignee_id=SPECIALIST)
    back = Moment(hours(6.5), team="service_desk", group="Front", assignee_id=LEAD)

    happened = walked(ticket(answered(), up, back), until=6.9)

    assert (last(happened).tier, last(happened).assignee_id) == (1, LEAD)


def test_an_upgrade_does_nothing_where_the_engine_was_first():
    upgrade = Moment(hours(6.5), status=Status.OPEN, moves_up=True)

    late = walked(ticket(answered(), upgrade), until=6.9)
    early = walked(ticket(answered(), replace(upgrade, at=hours(1))), until=2)

    assert (last(late).tier, last(early).tier) == (2, 2)


def test_who_did_something_is_not_told_of_it():
    happened = walked(
        ticket(Moment(hours(0.1), "Agent", assignee_id=AGENT)),
        ticket(Moment(hours(0.2), "Lead", assignee_id=AGENT), at=0.05),
        until=0.2,
    )

    told = [
        (each.at, people)
        for each in happened
        for event, people in zip(each.decision.events, each.told, strict=True)
        if event.kind is EventKind.TICKET_ASSIGNED
    ]
    assert told == [(hours(0.1), ()), (hours(0.2), ((AGENT, Delivery.IN_APP),))]


@pytest.mark.parametrize(
    "records",
    [
        (ticket(at=2), ticket(at=1)),
        (ticket(Moment(hours(2)), Moment(hours(1))),),
        (ticket(Moment(hours(1)), at=2),),
    ],
)
def test_what_is_out_of_order_is_refused(records: tuple[Recorded, ...]):
    with pytest.raises(Invalid):
        walked(*records)


# What it comes to ---------------------------------------------------------------------------


def test_findings_add_up_what_happened():
    findings = found(ticket(answered(), resolved(9)), ticket(answered(1.1), resolved(2), at=1))

    promises = {each.metric: each for each in findings.promises}
    resolution = promises[Metric.RESOLUTION]
    over = timedelta(hours=2)
    assert (resolution.severity, resolution.met, resolution.missed) == (1, 1, 1)
    assert resolution.late_by == Spread(1, over, over, over)
    assert promises[Metric.FIRST_RESPONSE].missed == 0
    assert findings.escalations == {EscalationKind.AUTOMATIC: 1}
    assert (findings.moved_up_by_engine, findings.moved_up_by_people) == (1, 0)
    (run,) = [path for path in findings.paths if path.runs]
    assert (run.key, run.runs, [step.taken for step in run.steps]) == (
        "s1_resolution",
        1,
        [1, 1, 1, 1, 1],
    )
    assert (findings.tickets, findings.still_open, findings.no_recipient) == (2, 0, 0)


def test_a_tier_knows_whom_it_had_for_how_long_and_how_many_at_once():
    findings = found(
        ticket(answered(), resolved(9)),
        ticket(answered(1.1), resolved(2), at=1),
        until=40,
    )

    first, second = findings.tiers[:2]
    stays = timedelta(hours=1), timedelta(hours=6.3)
    assert first.stay == Spread(2, stays[0], stays[1], stays[1])
    assert second.stay == Spread(1, *(3 * (timedelta(hours=2.7),)))
    assert (first.reached, second.reached, first.most, second.most) == (2, 1, 2, 1)
    assert first.average == pytest.approx(7.3 / 40)
    assert [day.on for day in first.days] == [date(2026, 3, 2), date(2026, 3, 3)]
    assert first.days[0].average == pytest.approx(7.3 / 16)
    assert (first.days[1].average, first.days[1].most) == (0, 0)


def test_a_ticket_that_stands_over_midnight_counts_on_both_days():
    findings = found(ticket(answered(), impact="low", urgency="low"), until=40)

    days = findings.tiers[0].days
    assert [(day.average, day.most) for day in days] == [(1, 1), (1, 1)]
    assert findings.still_open == 1


def test_messages_are_counted_by_person_way_and_hour():
    findings = found(ticket(answered(), resolved(6)))

    people = {person.id: person for person in findings.people}
    # The new ticket, and two steps, which say what began them.
    assert people[AGENT].messages == {Delivery.IN_APP: 3, Delivery.EMAIL: 2}
    assert people[AGENT].most_in_an_hour == 2
    assert findings.customers == {Delivery.IN_APP: 2, Delivery.EMAIL: 1}
    assert findings.customers_told == 1
    assert findings.busiest_hour is not None
    assert sum(findings.messages.values()) == 3 + sum(each.total for each in findings.people)


def test_a_step_that_finds_nobody_is_counted():
    nobody_leads = {key: replace(each, is_team_lead=False) for key, each in PEOPLE.items()}

    findings = simulate([ticket(resolved(4))], shipped(), nobody_leads, hours(5))

    assert findings.no_recipient == 1


# The rules it stands on ---------------------------------------------------------------------


class Broken:
    """A clock that nobody may read."""

    def utc_now(self) -> NoReturn:
        raise AssertionError("the wall clock was read")

    monotonic = utc_now


def test_no_clock_is_read():
    with using(Broken()):
        assert found(ticket(answered(), resolved(9))).tickets == 1


STATUSES = [*Status, None]
TEAMS = ("", "service_desk", "application_support", "platform_engineering")


@st.composite
def recorded(draw: st.DrawFn, name: str = "OLD-1") -> Recorded:
    """Anything a log may say of a ticket, in order of time."""
    opened = draw(st.integers(0, 3_000))
    waits = draw(st.lists(st.integers(0, 4_000), max_size=8))
    moments: list[Moment] = []
    at = START + timedelta(minutes=opened)
    for wait in waits:
        at += timedelta(minutes=wait)
        team = draw(st.sampled_from(TEAMS))
        moments.append(
            Moment(
                at,
                draw(st.sampled_from(("", "Agent", "Somebody"))),
                status=draw(st.sampled_from(STATUSES)),
                impact=draw(st.sampled_from(("", "", "high", "low"))),
                team=team,
                group=draw(st.sampled_from(("A", "B"))) if team else "",
                assignee_id=draw(st.sampled_from((None, NOBODY, AGENT, SPECIALIST))),
                answers=draw(st.booleans()),
                moves_up=draw(st.booleans()) and not team,
            )
        )
    impact, urgency = draw(st.tuples(*(2 * [st.sampled_from(("high", "medium", "low"))])))
    record = ticket(
        *moments,
        reference=name,
        plan=draw(st.sampled_from(("basic", "pro", "enterprise"))),
        impact=impact,
        urgency=urgency,
    )
    return replace(record, opening=replace(record.opening, at=START + timedelta(minutes=opened)))


@st.composite
def logs(draw: st.DrawFn) -> list[Recorded]:
    records = [draw(recorded(f"OLD-{number}")) for number in range(draw(st.integers(1, 4)))]
    return sorted(records, key=lambda record: record.opening.at)


def with_targets(share: float) -> Process:
    """The shipped process with every promised time so much shorter."""
    process = shipped()
    policies = [
        replace(
            policy,
            targets={
                severity: {metric: target * share for metric, target in targets.items()}
                for severity, targets in policy.targets.items()
            },
        )
        for policy in process.policies
    ]
    return replace(process, policies=tuple(policies))


def missed(findings: Findings) -> int:
    return sum(promise.missed for promise in findings.promises)


@given(logs(), st.floats(0.05, 1))
def test_a_stricter_process_misses_no_less(log: list[Recorded], share: float):
    as_it_is = simulate(log, shipped(), PEOPLE, hours(1_000))
    stricter = simulate(log, with_targets(share), PEOPLE, hours(1_000))

    assert missed(stricter) >= missed(as_it_is)


@given(logs())
def test_the_same_record_gives_the_same_findings(log: list[Recorded]):
    first = simulate(log, shipped(), PEOPLE, hours(500))
    again = simulate(iter(log), shipped(), PEOPLE, hours(500))

    assert first == again


def clock_facts(clocks: Iterable[Clock]) -> list[object]:
    return [
        (c.metric, c.cycle, c.state, c.target, c.consumed, c.stretches, c.due_at, c.breached_at)
        for c in clocks
    ]


@given(recorded())
def test_clocks_stand_as_an_import_of_the_same_record_leaves_them(record: Recorded):
    """No step of the shipped process changes what a clock says."""
    until = record.moments[-1].at if record.moments else record.opening.at
    until += timedelta(microseconds=2)
    desk = Desk(lambda _: shipped(), lambda: Roster(PEOPLE), until)

    imported = tell(record.opening, record.moments, desk, 1).after
    simulated = [*walk([record], shipped(), PEOPLE, until)][-1].decision.after

    assert clock_facts(simulated.clocks) == clock_facts(imported.clocks)
    assert simulated.status is imported.status or simulated.status is Status.CLOSED

"""What must hold before an escalated ticket is resolved, and who says that it does."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Stale
from escalation_app.domain.events import EventKind
from escalation_app.domain.resolution import Resolution
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.models import EventRow, PromiseRow, ResolutionRow
from escalation_app.services import cases, escalations, tickets
from escalation_app.services.process_versions import shipped_document
from escalation_app.services.queries.resolution import resolution_form
from escalation_app.services.queries.solving import solving_choice
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.services.resolution import note_resolution
from escalation_app.services.tables import columns
from escalation_app.views.words import iso
from tests.support.desk import SupportDesk, rows, support_desk

CRITERIA = ("customer_told", "team_told", "recorded", "cause_analysed", "knowledge_noted")
SOLVED = Resolution(
    held=frozenset(CRITERIA),
    cause="A certificate had run out.",
    side="business",
    category="process",
)
BYE = "The certificate is new, and it works."


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database, document=shipped_document()) as opened:
        yield opened


def escalated(desk: SupportDesk) -> str:
    ref = desk.open("Kiosk").reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Authority")
    return ref


def test_an_escalated_ticket_is_not_resolved_before_everything_holds(desk: SupportDesk):
    ref = escalated(desk)

    with pytest.raises(Invalid) as refused:
        desk.act("agent", tickets.resolve, ref)

    assert "5 of the 5 criteria are not ticked" in str(refused.value)
    assert "the root cause" in str(refused.value) and "closing message" in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"held": frozenset(CRITERIA[1:])},
        lambda: {"cause": ""},
        lambda: {"side": ""},
        lambda: {"category": ""},
    ],
)
def test_each_part_alone_holds_it_back(desk: SupportDesk, change: Callable[[], dict[str, Any]]):
    ref = escalated(desk)
    desk.act("agent", note_resolution, ref, replace(SOLVED, **change()))

    with pytest.raises(Invalid, match="cannot be resolved yet"):
        desk.act("agent", tickets.resolve, ref, BYE)

    assert not rows(desk, EventRow, columns(EventRow).c.kind == EventKind.TICKET_RESOLVED)


def test_the_closing_message_is_asked_for_too(desk: SupportDesk):
    ref = escalated(desk)
    desk.act("agent", note_resolution, ref, SOLVED)

    with pytest.raises(Invalid, match="closing message"):
        desk.act("agent", tickets.resolve, ref)
    resolved = desk.act("agent", tickets.resolve, ref, BYE)

    assert resolved.status is Status.RESOLVED
    (row,) = rows(desk, ResolutionRow)
    assert (row.side, row.category, sorted(row.held)) == ("business", "process", sorted(CRITERIA))


def test_what_is_not_escalated_is_held_to_nothing(desk: SupportDesk):
    ref = desk.open("Kiosk").reference

    assert desk.act("agent", tickets.resolve, ref).status is Status.RESOLVED
    other = desk.open("Kiosk").reference
    with pytest.raises(Invalid):
        desk.act("agent", note_resolution, other, SOLVED)


def test_a_ticket_that_is_escalated_again_begins_with_nothing_ticked(desk: SupportDesk):
    ref = escalated(desk)
    desk.act("agent", note_resolution, ref, SOLVED)
    desk.act("manager", escalations.deescalate, ref, "Calm again")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Not calm")

    with pytest.raises(Invalid, match="not ticked"):
        desk.act("agent", tickets.resolve, ref, BYE)


def test_each_change_is_on_record_and_the_same_again_is_none(desk: SupportDesk):
    ref = escalated(desk)

    desk.act("agent", note_resolution, ref, Resolution(held=frozenset({"recorded"})))
    desk.act("agent", note_resolution, ref, Resolution(held=frozenset({"recorded"})))
    desk.act("agent", note_resolution, ref, SOLVED)

    kind = columns(EventRow).c.kind == EventKind.RESOLUTION_NOTED
    noted = [row.data["noted"] for row in rows(desk, EventRow, kind)]
    assert len(noted) == 2
    assert "holds" in noted[0] and "root cause (a gap in our process, ours)" in noted[1]


def test_a_prevention_has_an_owner_and_a_date_ahead(desk: SupportDesk):
    ref = escalated(desk)
    owner = desk.people["specialist"].person_id
    ahead = desk.now + timedelta(days=7)
    whole = replace(
        SOLVED, prevention="Watch them.", prevention_owner_id=owner, prevention_due_at=ahead
    )

    for wrong in (
        replace(whole, prevention_owner_id=None),
        replace(whole, prevention_due_at=None),
        replace(whole, prevention_owner_id=desk.people["customer"].person_id),
        replace(whole, prevention_due_at=desk.now - timedelta(days=1)),
        replace(whole, prevention=""),
    ):
        with pytest.raises(Invalid):
            desk.act("agent", note_resolution, ref, wrong)
    desk.act("agent", note_resolution, ref, whole)

    page = desk.see("agent", ticket_page, ref, desk.now)
    facts = {fact.label: fact for fact in page.facts}
    assert facts["Prevention"].value == "Watch them: S. Iyer, by "
    assert "A gap in our process, ours" in facts["Root cause"].value
    assert page.may.is_gated


def test_what_was_promised_or_is_owed_is_named_before_it_ends(desk: SupportDesk):
    ref = escalated(desk)
    due = desk.now + timedelta(hours=2)
    person = desk.people["specialist"].person_id
    desk.act("manager", cases.make_promise, ref, "A written cause.", due, None, "They insist")
    desk.act("manager", cases.give_obligation, ref, person, "Look at it", due)
    plain = desk.open("Another").reference

    form = desk.see("agent", resolution_form, ref)
    simple = desk.see("agent", solving_choice, plain, desk.now)
    desk.act("agent", note_resolution, ref, SOLVED)
    desk.act("agent", tickets.resolve, ref, BYE)

    said = [f"{line.before} {line.at} {line.after}" for line in form.effects]
    assert f"“A written cause”, by {iso(due)}" in said[0]
    assert any("Still owed by S. Iyer, and dropped: “Look at it”." in line for line in said)
    assert [row.state for row in rows(desk, PromiseRow)] == ["void"]
    assert [line.before for line in simple.effects] == [
        "It closes by itself after 5 days, or when they say that it works. An answer of theirs "
        "reopens it."
    ]


def test_a_ticket_solved_a_second_time_offers_the_cause_and_shows_every_prevention(
    desk: SupportDesk,
):
    ref = escalated(desk)
    owner = desk.people["specialist"].person_id
    ahead = desk.now + timedelta(days=7)
    prevented = {"prevention_owner_id": owner, "prevention_due_at": ahead}
    noted = replace(SOLVED, prevention="Watch them", **prevented)
    desk.act("agent", note_resolution, ref, noted)
    desk.act("agent", tickets.resolve, ref, BYE)
    desk.act("customer", tickets.send_message, ref, "It is back.")
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "Again")

    form = desk.see("agent", resolution_form, ref)
    desk.act("agent", note_resolution, ref, replace(SOLVED, prevention="Renew them", **prevented))

    assert (form.cause, form.side, form.category) == (SOLVED.cause, "business", "process")
    assert not any(one.is_held for one in form.criteria)
    assert form.prevention == ""
    facts = desk.see("agent", ticket_page, ref, desk.now).facts
    assert [fact.value for fact in facts if fact.label == "Prevention"] == [
        "Renew them: S. Iyer, by ",
        "Watch them: S. Iyer, by ",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SOLVED, held=frozenset({"no_such_key"})),
        replace(SOLVED, category="magic"),
        replace(SOLVED, side="nobody"),
    ],
)
def test_what_the_process_does_not_know_is_refused(desk: SupportDesk, wrong: Resolution):
    ref = escalated(desk)

    with pytest.raises(Invalid):
        desk.act("agent", note_resolution, ref, wrong)

    assert rows(desk, ResolutionRow) == []


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("specialist", NotAllowed),
        ("executive", NotAllowed),
        ("admin", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
    ],
)
def test_who_may_not_say_that_it_is_solved(desk: SupportDesk, who: str, error: type[Exception]):
    ref = escalated(desk)

    with pytest.raises(error):
        desk.act(who, note_resolution, ref, SOLVED)


def test_two_who_tick_at_once_do_not_overwrite_each_other(desk: SupportDesk):
    ref = escalated(desk)
    seen = desk.act("agent", note_resolution, ref, Resolution(held=frozenset({"recorded"})))
    desk.act("colleague", note_resolution, ref, SOLVED)

    with pytest.raises(Stale):
        desk.act("agent", note_resolution, ref, Resolution(), revision=seen.revision)

    assert set(rows(desk, ResolutionRow)[0].held) == set(CRITERIA)

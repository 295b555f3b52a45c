"""De-escalating and escalating again: what is shown, who is told, who may."""

from collections.abc import Iterator

import pytest

from escalation_app.db import Database
from escalation_app.domain.errors import Invalid, NotAllowed, NotFound, Stale
from escalation_app.domain.tickets import EscalationKind
from escalation_app.models import EscalationRow, MessageRow
from escalation_app.services import escalations, tickets
from escalation_app.services.queries.deescalate import escalation_turn
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.views.linking import EscalationTurn
from tests.support.desk import SupportDesk, rows, support_desk


@pytest.fixture
def desk(database: Database) -> Iterator[SupportDesk]:
    with support_desk(database) as opened:
        yield opened


def escalated(desk: SupportDesk) -> str:
    ref = desk.open().reference
    desk.act("agent", escalations.escalate, ref, EscalationKind.HIERARCHICAL, "They lose money")
    return ref


def ended(desk: SupportDesk) -> str:
    ref = escalated(desk)
    desk.act("manager", escalations.deescalate, ref, "They are calm")
    return ref


def turn(desk: SupportDesk, ref: str) -> EscalationTurn:
    return desk.see("manager", escalation_turn, ref, desk.now)


def test_the_customer_reads_that_it_is_over_and_that_it_is_not(desk: SupportDesk):
    ref = escalated(desk)

    desk.act("manager", escalations.deescalate, ref, "They are calm", None, "It is in hand.")
    desk.act("manager", escalations.reescalate, ref, "They are not", None, "We are on it again.")

    ours = [row.body for row in rows(desk, MessageRow) if row.side == "us"]
    assert ours == ["It is in hand.", "We are on it again."]
    cases = rows(desk, EscalationRow)
    assert [(row.reason, row.ended_at is None) for row in cases] == [
        ("They lose money", False),
        ("They are not", True),
    ]


def test_what_ending_it_does_is_shown_first(desk: SupportDesk):
    shown = turn(desk, escalated(desk))

    said = [one.before for one in shown.effects]
    assert shown.kind == "end"
    assert "The customer's clock is not touched: due" in said
    assert "The clocks that run now escalate nobody again; a breach stays on record." in said


def test_what_taking_it_up_again_does_is_shown_with_why_it_had_ended(desk: SupportDesk):
    shown = turn(desk, ended(desk))

    assert (shown.kind, shown.ended_because) == ("again", "They are calm")
    assert shown.effects[0].before == "L. Moreau owns the case, and is told."


def test_neither_is_offered_for_a_ticket_that_was_never_escalated(desk: SupportDesk):
    ref = desk.open().reference

    assert turn(desk, ref).kind == ""
    with pytest.raises(Invalid, match="never escalated"):
        desk.act("manager", escalations.reescalate, ref, "Why not")


def test_the_page_offers_the_one_or_the_other(desk: SupportDesk):
    def offered(ref: str) -> tuple[bool, bool]:
        may = desk.see("manager", ticket_page, ref, desk.now).may
        return may.can_deescalate, may.can_reescalate

    ref = escalated(desk)
    before = offered(ref)
    desk.act("manager", escalations.deescalate, ref, "They are calm")

    assert (before, offered(ref)) == ((True, False), (False, True))
    assert offered(desk.open().reference) == (False, False)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("agent", NotAllowed),
        ("specialist", NotAllowed),
        ("executive", NotAllowed),
        ("admin", NotAllowed),
        ("customer", NotAllowed),
        ("stranger", NotFound),
    ],
)
def test_who_may_not_escalate_again(desk: SupportDesk, who: str, error: type[Exception]):
    ref = ended(desk)

    with pytest.raises(error):
        desk.act(who, escalations.reescalate, ref, "x")


def test_twice_at_once_the_second_is_refused(desk: SupportDesk):
    ref = ended(desk)
    desk.act("manager", escalations.reescalate, ref, "They are not")

    with pytest.raises(Invalid, match="escalated already"):
        desk.act("manager", escalations.reescalate, ref, "They are not")


def test_what_changed_since_it_was_shown_is_not_overlooked(desk: SupportDesk):
    ref = escalated(desk)
    revision = desk.see("manager", ticket_page, ref, desk.now).head.version
    desk.act("customer", tickets.send_message, ref, "And now this")

    with pytest.raises(Stale):
        desk.act("manager", escalations.deescalate, ref, "They are calm", revision)


def test_a_reason_is_asked_for(desk: SupportDesk):
    with pytest.raises(Invalid, match="reason is empty"):
        desk.act("manager", escalations.reescalate, ended(desk), " ")

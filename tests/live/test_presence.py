"""Who has a ticket open and who writes on it: shown to others at once, and stored nowhere."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from escalation_app.domain.permissions import Actor
from escalation_app.live import presence as presence_module
from escalation_app.live.presence import Here, Presence
from escalation_app.models import EventRow
from escalation_app.services.tables import columns
from escalation_app.state.customer import CustomerTicketState
from escalation_app.state.frame import FrameState
from escalation_app.state.ticket import TicketState
from escalation_app.views.ticket import AlsoHere
from tests.support.desk import SupportDesk
from tests.support.events import Client
from tests.support.live import House, Play, eventually, for_a_while


async def at_ticket(house: House, who: str, ref: str) -> Client:
    """Somebody's new tab on a ticket, on the page that is theirs."""
    client = await house.open(who)
    is_customer = who in ("customer", "lead", "stranger")
    client.path = f"/mine/{ref}" if is_customer else f"/tickets/{ref}"
    await client.send(FrameState.open_frame)
    await client.send(CustomerTicketState.open_page if is_customer else TicketState.open_page)
    return client


def others(client: Client) -> list[str]:
    found: Sequence[AlsoHere] = client.shown(TicketState, "also_here") or []
    return [f"{one.who.name} {one.doing}".strip() for one in found]


def is_team_writing(client: Client) -> bool:
    return bool(client.shown(CustomerTicketState, "is_team_writing"))


def test_two_people_on_a_ticket_see_each_other_and_nobody_sees_themselves(
    desk: SupportDesk, play: Play
):
    ref, elsewhere = desk.open("One").reference, desk.open("Two").reference

    async def scene(house: House) -> None:
        agent = await at_ticket(house, "agent", ref)
        assert others(agent) == []
        colleague = await at_ticket(house, "colleague", ref)
        await at_ticket(house, "manager", elsewhere)

        await eventually(lambda: others(agent) == ["J. Lind"])
        assert others(colleague) == ["A. Farouk"]

    play(scene)


def test_who_types_is_shown_until_they_stop(
    desk: SupportDesk, play: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(presence_module, "WRITES_FOR", 0.5)
    ref = desk.open().reference

    async def scene(house: House) -> None:
        agent = await at_ticket(house, "agent", ref)
        colleague = await at_ticket(house, "colleague", ref)

        await colleague.send(TicketState.write, mode="note")
        await eventually(lambda: others(agent) == ["J. Lind is typing a note"])
        await eventually(lambda: others(agent) == ["J. Lind"])

    play(scene)


@pytest.mark.parametrize("leaves", ["by opening another page", "by closing the tab"])
def test_who_leaves_is_gone_within_seconds(desk: SupportDesk, play: Play, leaves: str):
    ref = desk.open().reference

    async def scene(house: House) -> None:
        agent = await at_ticket(house, "agent", ref)
        colleague = await at_ticket(house, "colleague", ref)
        await eventually(lambda: others(agent) == ["J. Lind"])

        if leaves == "by closing the tab":
            del house.tabs.connected[colleague.token]
        else:
            await colleague.send(FrameState.open_frame)

        await eventually(lambda: others(agent) == [])

    play(scene)


def test_a_customer_learns_that_an_answer_is_typed_and_nothing_of_notes_or_names(
    desk: SupportDesk, play: Play
):
    ref = desk.open().reference

    async def scene(house: House) -> None:
        customer = await at_ticket(house, "customer", ref)
        agent = await at_ticket(house, "agent", ref)
        await agent.send(TicketState.write, mode="note")
        await for_a_while()
        assert not is_team_writing(customer)

        await agent.send(TicketState.write, mode="reply")

        await eventually(lambda: is_team_writing(customer))
        frames = repr([frame.delta for frame in customer.frames])
        assert "A. Farouk" not in frames
        assert "is typing" not in frames

    play(scene)


def test_the_team_sees_a_customer_type_but_not_that_they_read(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(house: House) -> None:
        agent = await at_ticket(house, "agent", ref)
        customer = await at_ticket(house, "customer", ref)
        await for_a_while()
        assert others(agent) == []

        await customer.send(CustomerTicketState.write)

        await eventually(lambda: others(agent) == ["N. Diaz is typing"])

    play(scene)


def test_a_stranger_is_nowhere_and_learns_nothing(desk: SupportDesk, play: Play):
    ref = desk.open().reference

    async def scene(house: House) -> None:
        agent = await at_ticket(house, "agent", ref)
        stranger = await at_ticket(house, "stranger", ref)

        await stranger.send(CustomerTicketState.write)
        await agent.send(TicketState.write, mode="reply")
        await for_a_while()

        assert others(agent) == []
        assert not is_team_writing(stranger)

    play(scene)


def test_typing_writes_nothing_to_the_record(desk: SupportDesk, play: Play):
    ref = desk.open().reference
    events: Any = columns(EventRow)

    def count() -> int:
        with desk.reading() as session:
            return int(session.execute(select(func.count()).select_from(events)).scalar_one())

    async def scene(house: House) -> None:
        agent = await at_ticket(house, "agent", ref)
        before = count()
        for _ in range(20):
            await agent.send(TicketState.write, mode="reply")

        assert count() == before

    play(scene)


def test_of_two_tabs_of_one_person_the_one_that_is_written_in_counts(desk: SupportDesk):
    changed: list[int] = []
    presence = Presence(changed.append)
    agent: Actor = desk.people["agent"]
    presence.enter("one", 7, agent)
    presence.enter("two", 7, agent)

    presence.write("two", "reply", 0.0)
    presence.write("two", "reply", 1.0)

    assert agent.person_id is not None
    assert presence.at(7) == (Here(agent.person_id, "A. Farouk", True, "reply"),)
    assert presence.at(8) == ()
    assert changed == [7, 7, 7]

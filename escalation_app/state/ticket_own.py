"""A ticket's tags, putting it off, and the way on to the next one of the queue."""

from collections.abc import Callable
from typing import Annotated, Any, TypedDict, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.errors import Invalid
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.domain.putting_off import Until, instant_of, local_instant
from escalation_app.domain.tags import tags_of
from escalation_app.live.changes import touching_ticket
from escalation_app.live.hub import wrote
from escalation_app.routes import ticket_url
from escalation_app.services import chosen, own_queue, threads
from escalation_app.services.queries.queue import next_in_queue
from escalation_app.services.queries.queue_filter import QueueFilter, home_tier
from escalation_app.services.queries.ticket_own import ticket_own
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow, signed_in
from escalation_app.state.queue import QueueState
from escalation_app.views.ticket import TicketOwn


class TagForm(TypedDict):
    """Tags to put on, with commas between them."""

    added: Annotated[str, Length(300)]


class UntilForm(TypedDict):
    """A day and a time in the reader's zone."""

    at: Annotated[str, Length(20)]


class TicketOwnState(AppState):
    """What is beside one tab's ticket."""

    own: TicketOwn = TicketOwn()
    form: int = 0
    """One more each time tags were taken: the field then starts empty."""

    _reference: str = ""

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def open_part(self) -> None:
        """Read what is beside the ticket that the address names; it counts as seen now."""
        self._reference = self._named()
        queue = await self.get_state(QueueState)
        queue.note_visit(self._reference)
        await self._show()
        if self.own.is_changed:
            await self.call(own_queue.saw, self._reference)

    async def _show(self) -> None:
        actor, reference = signed_in().actor, self._reference

        def load(session: Session) -> tuple[int, TicketOwn] | None:
            return ticket_own(session, actor, reference, utc_now())

        found = await self.read(lambda session, _: load(session))
        _put(self, found)
        if found is not None:
            scope, watches = ("own", actor.person_id, reference), touching_ticket(found[0])
            keep_live(self, "own", scope, load, _apply, watches, found, rest=1.0)

    # Tags ----------------------------------------------------------------------------------

    @rx.event
    @allow(Permission.TICKET_TAG)
    async def add_tags(self, form: TagForm) -> None:
        """Put tags on the ticket."""
        try:
            added = tags_of(form["added"])
        except Invalid as refusal:
            await self.tell(str(refusal), icon="info", is_alert=True)
            return
        if added and await self._tag(added, frozenset()):
            self.form += 1

    @rx.event
    @allow(Permission.TICKET_TAG)
    async def remove_tag(self, tag: Annotated[str, Length(60)]) -> None:
        """Take a tag off."""
        await self._tag(frozenset(), frozenset({tag}))

    async def _tag(self, added: frozenset[str], removed: frozenset[str]) -> bool:
        act = chosen.tag(added, removed)
        outcome = await threads.work(chosen.do_to_each, await self.actor(), [self._reference], act)
        wrote(self.client_token())
        await self._show()
        if outcome.refused:
            await self.tell(chosen.reasons(outcome.refused), icon="info", is_alert=True)
        elif outcome.done:
            what = "Tagged" if added else "Tag taken off"
            await self.tell(f"{what}.", undo=(chosen.take_back, (outcome.done,)))
        return not outcome.refused

    # Putting off ---------------------------------------------------------------------------

    @rx.event
    @allow(Permission.TICKET_SNOOZE)
    async def put_off(self, until: Until) -> None:
        """Out of one's own queue for a while."""
        actor = await self.actor()
        await self._put_off(lambda: instant_of(Until(until), utc_now(), actor.zone))

    @rx.event
    @allow(Permission.TICKET_SNOOZE)
    async def put_off_until(self, form: UntilForm) -> None:
        """Out of one's own queue until a day and a time."""
        actor = await self.actor()
        await self._put_off(lambda: local_instant(form["at"], actor.zone))

    async def _put_off(self, until: Callable[[], Any]) -> None:
        try:
            at = until()
        except Invalid as refusal:
            await self.tell(str(refusal), icon="info", is_alert=True)
            return
        await self.call(own_queue.snooze, self._reference, at)
        await self._show()
        if self.own.is_snoozed:
            await self.tell(
                f"{self._reference} is out of your queue for now.",
                "It comes back by itself, at once when its customer answers or it is over.",
                undo=(own_queue.take_up, (self._reference,)),
            )

    @rx.event
    @allow(Permission.TICKET_SNOOZE)
    async def take_up(self) -> None:
        """Back into one's own queue before its time."""
        said = await self.call(own_queue.take_up, self._reference)
        await self._show()
        if said is not None:
            await self.tell(said)

    # On ------------------------------------------------------------------------------------

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def next_ticket(self) -> Any:
        """On to the most pressing ticket of the queue one came from that one was not at yet; back
        to that queue after the last."""
        actor, queue = await self.actor(), await self.get_state(QueueState)
        wanted = queue.wanted if queue.is_loaded else QueueFilter(tier=home_tier(actor))
        visited = tuple(queue.visited)

        def find(session: Session, reader: Actor) -> str:
            return next_in_queue(session, reader, wanted, utc_now(), but=visited)

        reference = await self.read(find)
        if reference:
            return rx.redirect(ticket_url(reference))
        await self.tell("That was the last one here.", icon="check")
        return rx.redirect(wanted.url(home_tier(actor)))


def _put(state: TicketOwnState, found: tuple[int, TicketOwn] | None) -> None:
    state.own = TicketOwn() if found is None else found[1]


async def _apply(root: rx.State, found: tuple[int, TicketOwn] | None) -> None:
    _put(cast(TicketOwnState, await root.get_state(TicketOwnState)), found)

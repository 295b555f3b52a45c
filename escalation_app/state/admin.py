"""What an admin watches, live: people, the engines, the outbox; and the process, for everybody."""

from typing import Annotated, Literal, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Permission
from escalation_app.live.changes import Change
from escalation_app.services.engines import confirm_clock
from escalation_app.services.outbox import STUCK, retry_all, retry_message
from escalation_app.services.queries.admin import (
    MAX_SEARCH,
    engine_view,
    outbox_page,
    people_page,
)
from escalation_app.services.queries.process import process_document, readers_of
from escalation_app.state.arguments import Between, Length
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow, signed_in
from escalation_app.views.admin import EngineView, OutboxPage, PeoplePage
from escalation_app.views.process import ProcessDocument

MOST_PAGES = 100_000
RESTS = 1.0
"""Seconds between two reads of a page that any commit may change."""
Pages = Annotated[int, Between(-1, 1)]


def any_commit(_change: Change) -> bool:
    """Heartbeats, messages that were sent and people who were added leave no event, but the hub
    asks after each commit of any process."""
    return True


class PeopleState(AppState):
    """People and their roles."""

    page: PeoplePage = PeoplePage()
    search: str = ""
    is_loaded: bool = False

    _number: int = 0

    @rx.event
    @allow(Permission.PEOPLE_SEE)
    async def open_page(self) -> None:
        """Read everybody and keep it live."""
        self.search, self._number = "", 0
        await self._show()

    @rx.event
    @allow(Permission.PEOPLE_SEE)
    async def look_for(self, words: Annotated[str, Length(MAX_SEARCH)]) -> None:
        """Show those whose name, address or organisation holds the words."""
        self.search, self._number = words, 0
        await self._show()

    @rx.event
    @allow(Permission.PEOPLE_SEE)
    async def turn(self, pages: Pages) -> None:
        """Turn to the next page, or back."""
        self._number = max(0, min(self.page.number + pages, MOST_PAGES))
        await self._show()

    async def _show(self) -> None:
        actor, search, number = signed_in().actor, self.search, self._number

        def load(session: Session) -> PeoplePage:
            return people_page(session, actor, search, number)

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        _put_people(self, shown)
        scope = ("people", search, number)
        keep_live(self, "page", scope, load, _apply_people, any_commit, shown, RESTS)


class EngineState(AppState):
    """How the engines do."""

    engine: EngineView = EngineView()
    is_loaded: bool = False

    @rx.event
    @allow(Permission.ENGINE_SEE)
    async def open_page(self) -> None:
        """Read the heartbeats and keep them live."""
        await self._show()

    @rx.event
    @allow(Permission.ENGINE_CONFIRM)
    async def confirm(self, engine: Annotated[str, Length(80)]) -> None:
        """Say that the time an engine's clock was set to is right."""
        if await self.call(confirm_clock, engine):
            await self.tell("It goes on within a second.")
        await self._show()

    async def _show(self) -> None:
        actor = signed_in().actor
        may_confirm = actor.may(Permission.ENGINE_CONFIRM)

        def load(session: Session) -> EngineView:
            return engine_view(session, actor, utc_now())

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        _put_engine(self, shown)
        scope = ("engine", actor.zone, may_confirm)
        keep_live(self, "page", scope, load, _apply_engine, any_commit, shown, RESTS)


class OutboxState(AppState):
    """The messages to people."""

    page: OutboxPage = OutboxPage()
    is_loaded: bool = False

    _state: str = ""
    _number: int = 0

    @rx.event
    @allow(Permission.OUTBOX_SEE)
    async def open_page(self) -> None:
        """Read the newest messages and keep them live."""
        self._number = 0
        await self._show()

    @rx.event
    @allow(Permission.OUTBOX_SEE)
    async def choose(
        self,
        state: Literal["", "pending", "sent", "kept", "digested", "suppressed", "dead"],
    ) -> None:
        """Show the messages of one state, or all."""
        self._state, self._number = state, 0
        await self._show()

    @rx.event
    @allow(Permission.OUTBOX_RETRY)
    async def retry(self, number: Annotated[int, Between(0, 2**53)]) -> None:
        """Try a message again that only moves on by hand."""
        if await self.call(retry_message, number):
            await self.tell("It is tried again at once.")
        await self._show()

    @rx.event
    @allow(Permission.OUTBOX_RETRY)
    async def retry_all(self, channel: Annotated[str, Length(60)]) -> None:
        """Try the messages of a channel again that are shown and only move on by hand."""
        if self._state not in STUCK:
            return
        if count := await self.call(retry_all, self._state, channel):
            words = "1 message is" if count == 1 else f"{count:,} messages are"
            await self.tell(f"{words} tried again at once.")
        await self._show()

    @rx.event
    @allow(Permission.OUTBOX_SEE)
    async def turn(self, pages: Pages) -> None:
        """Turn to the next page, or back."""
        self._number = max(0, min(self.page.number + pages, MOST_PAGES))
        await self._show()

    async def _show(self) -> None:
        actor, state, number = signed_in().actor, self._state, self._number

        def load(session: Session) -> OutboxPage:
            return outbox_page(session, actor, state, number)

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        _put_outbox(self, shown)
        scope = ("outbox", state, number)
        keep_live(self, "page", scope, load, _apply_outbox, any_commit, shown, RESTS)


class ProcessState(AppState):
    """The live version of the process."""

    document: ProcessDocument = ProcessDocument()
    is_loaded: bool = False

    @rx.event
    @allow(Permission.PROCESS_SEE)
    async def open_page(self) -> None:
        """Read the live version for this reader, and follow what is published."""
        actor = signed_in().actor

        def load(session: Session) -> ProcessDocument:
            return process_document(session, actor, utc_now())

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        _put_process(self, shown)
        scope = ("process", readers_of(actor))
        keep_live(self, "page", scope, load, _apply_process, any_commit, shown, RESTS)


def _put_people(state: PeopleState, shown: PeoplePage) -> None:
    state.page = shown
    state.is_loaded = True


def _put_engine(state: EngineState, shown: EngineView) -> None:
    state.engine = shown
    state.is_loaded = True


def _put_outbox(state: OutboxState, shown: OutboxPage) -> None:
    state.page = shown
    state.is_loaded = True


def _put_process(state: ProcessState, shown: ProcessDocument) -> None:
    state.document = shown
    state.is_loaded = True


async def _apply_people(root: rx.State, shown: PeoplePage) -> None:
    _put_people(cast(PeopleState, await root.get_state(PeopleState)), shown)


async def _apply_engine(root: rx.State, shown: EngineView) -> None:
    _put_engine(cast(EngineState, await root.get_state(EngineState)), shown)


async def _apply_outbox(root: rx.State, shown: OutboxPage) -> None:
    _put_outbox(cast(OutboxState, await root.get_state(OutboxState)), shown)


async def _apply_process(root: rx.State, shown: ProcessDocument) -> None:
    _put_process(cast(ProcessState, await root.get_state(ProcessState)), shown)

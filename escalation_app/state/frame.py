"""What stands around every page and is live on all of them: the situation line and the bell."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.live.changes import Change, touching_tickets
from escalation_app.live.hub import hub
from escalation_app.live.shown import Watch
from escalation_app.services.notices_read import read_notices
from escalation_app.services.queries import frame
from escalation_app.services.queries.scope import scope_key
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow, signed_in
from escalation_app.views.frame import Notice, SituationLine

LINE_RESTS = 0.5
"""Seconds between two changes of the situation line: it counts everybody's clicks."""


def keep_live(
    state: AppState,
    slot: str,
    scope: Hashable,
    load: Callable[[Session], Any],
    apply: Callable[[rx.State, Any], Awaitable[None]],
    wants: Callable[[Change], bool],
    shown: Any,
    rest: float = 0.0,
) -> None:
    """Watch a part of this tab's screen for changes; see `live.hub.Watch`.

    A page's own part has the slot "page". `rest` is the seconds between two reads at least.
    """
    hub().watch(
        state.client_token(),
        signed_in().session_hash,
        slot,
        Watch(scope, load, apply, wants, rest),
        shown,
    )


async def read_shared(state: AppState, scope: Hashable, load: Callable[[Session], Any]) -> Any:
    """What many look at: as others are shown it, if that is recent, else read now.

    Not after a change of one's own in the same handler: it may not be in it yet.
    """
    known = hub().known(scope)
    return await state.read(lambda session, _: load(session)) if known is None else known


class FrameState(AppState):
    """The situation line (staff) and the bell (everybody)."""

    line: SituationLine = SituationLine()
    unread: int = 0
    notices: list[Notice] = []

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def open_frame(self) -> Any:
        """Read the frame and keep it live: the first thing every page does. Where the page is that
        of a ticket with notices about it, these are read once all else of the page is there."""
        hub().unwatch(self.client_token())  # the page before this one
        await self._leave_dialogs()
        actor = await self.actor()
        await self._show_bell(actor)
        if actor.is_staff:
            await self._show_line(actor)
        return FrameState.read_what_is_shown if self._is_news_of(self._named()) else None

    def _is_news_of(self, reference: str) -> bool:
        return any(one.is_unread and one.url.endswith(f"/{reference}") for one in self.notices)

    async def _leave_dialogs(self) -> None:
        for kind in AppState.get_substates():
            if issubclass(kind, AppState) and kind._leave is not AppState._leave:
                (await self.get_state(kind))._leave()

    async def _show_bell(self, actor: Actor) -> None:
        def load(session: Session) -> tuple[int, tuple[Notice, ...]]:
            return frame.notices(session, actor)

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        self.unread, self.notices = shown[0], list(shown[1])
        person_id = actor.person_id
        assert person_id is not None
        keep_live(
            self,
            "bell",
            ("bell", person_id),
            load,
            _apply_bell,
            lambda change: change.touches_person(person_id),
            shown,
        )

    async def _show_line(self, actor: Actor) -> None:
        def load(session: Session) -> SituationLine:
            return frame.situation(session, actor, utc_now())

        scope = ("line", scope_key(actor))
        shown = await read_shared(self, scope, load)
        if shown is None:
            return
        self.line = shown
        keep_live(
            self,
            "line",
            scope,
            load,
            _apply_line,
            touching_tickets,
            shown,
            LINE_RESTS,
        )

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def read_notices(self) -> None:
        """The bell was opened: everything under it counts as read."""
        if self.unread:
            await self.call(read_notices)
            self.unread = 0

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def read_what_is_shown(self) -> None:
        """Notices about the ticket that the page shows count as read."""
        reference = self._named()
        if self._is_news_of(reference):
            await self.call(read_notices, reference)
            await self._show_bell(await self.actor())


async def _apply_bell(root: rx.State, shown: tuple[int, tuple[Notice, ...]]) -> None:
    state = cast(FrameState, await root.get_state(FrameState))
    state.unread, state.notices = shown[0], list(shown[1])


async def _apply_line(root: rx.State, shown: SituationLine) -> None:
    state = cast(FrameState, await root.get_state(FrameState))
    state.line = shown

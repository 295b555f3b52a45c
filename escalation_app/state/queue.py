"""The queue, live: what is shown, what is chosen, and what waits while rows are held."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.live.changes import Change
from escalation_app.services import threads, tickets
from escalation_app.services.queries.queue import (
    PAGE_ROWS,
    QueueScreen,
    queue_scope,
    queue_screen,
)
from escalation_app.services.queries.queue_filter import (
    MAX_SEARCH,
    QueueFilter,
    filter_of,
    home_tier,
)
from escalation_app.services.unit_of_work import run
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow
from escalation_app.views import FilterChip, FilterField, QueuePage, QueueRow, QueueViewGroup

Reference = Annotated[str, Length(40)]
Key = Literal["tier", "team", "severity", "plan", "customer", "within", "search"]


class QueueState(AppState):
    """One tab's queue. Its address says what is shown; the rest follows from it."""

    page: QueuePage = QueuePage()
    groups: list[QueueViewGroup] = []
    chips: list[FilterChip] = []
    filters: list[FilterField] = []
    title: str = "Queue"
    words: str = ""
    view: str = "open"
    search: str = ""
    search_form: int = 0
    """Changes when the search field has to be drawn anew."""
    is_loaded: bool = False
    chosen: list[str] = []
    news: int = 0
    """How many rows would come, go or move; they wait while rows are held."""

    _wanted: QueueFilter = QueueFilter()
    _waiting: QueueScreen | None = None
    _has_focus: bool = False

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def open_page(self) -> None:
        """Read the queue that the address names, and keep it live."""
        actor = await self.actor()
        wanted = filter_of(self.router.url.query_parameters, actor)
        if wanted.search != self.search:
            self.search = wanted.search
            self.search_form += 1
        if wanted != self._wanted:
            self.chosen = []
        self._wanted = wanted
        self.view = wanted.view
        self._has_focus = False
        await self._show(actor)

    async def _show(self, actor: Actor) -> None:
        wanted = self._wanted

        def load(session: Session) -> QueueScreen:
            return queue_screen(session, actor, wanted, utc_now())

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        put(self, shown)
        keep_live(self, "page", queue_scope(actor, wanted), load, _apply, _tickets_change, shown)

    # Where to ------------------------------------------------------------------------------

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def look_for(self, text: Annotated[str, Length(2_000)]) -> Any:
        """Search while it is typed."""
        wanted = " ".join(text[:MAX_SEARCH].split())
        if wanted == self.search:
            return None
        self.search = wanted
        return await self._go(replace(self._wanted, search=wanted, page=1), is_typing=True)

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def set_filter(self, key: Key, value: Annotated[str, Length(120)]) -> Any:
        """Set one filter, or take it away with ""."""
        return await self._go(self._with(key, value))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def remove_filter(self, key: Key) -> Any:
        """Take one filter away; without a tier, every tier is shown."""
        return await self._go(self._with(key, ""))

    def _with(self, key: Key, value: str) -> QueueFilter:
        if key in ("tier", "within"):
            number = int(value) if value.isascii() and value.isdigit() and len(value) < 3 else 0
            return replace(self._wanted, page=1, **{key: number})
        return replace(self._wanted, page=1, **{key: value})

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def clear_filters(self) -> Any:
        """Back to the whole of this view."""
        return await self._go(QueueFilter(view=self._wanted.view, tier=self._wanted.tier))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def clear_chips(self) -> Any:
        """Take every filter away, the tier too."""
        return await self._go(QueueFilter(view=self._wanted.view))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def open_view(self, key: Annotated[str, Length(20)]) -> Any:
        """Another view of the rail, from a phone."""
        views = [one for group in self.groups for one in group.views]
        url = next((one.url for one in views if one.key == key), "")
        return rx.redirect(url) if url else None

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def search_everywhere(self) -> Any:
        """The same search in the open tickets of every tier."""
        return await self._go(QueueFilter(search=self._wanted.search))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def previous_page(self) -> Any:
        """The page before this one."""
        return await self._turn(-1)

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def next_page(self) -> Any:
        """The page after this one."""
        return await self._turn(1)

    async def _turn(self, step: int) -> Any:
        # What is shown decides: a page behind the last one is shown as the last.
        shown = 1 + max(0, self.page.first - 1) // PAGE_ROWS
        return await self._go(replace(self._wanted, page=max(1, shown + step)))

    async def _go(self, wanted: QueueFilter, *, is_typing: bool = False) -> Any:
        home = home_tier(await self.actor())
        return rx.redirect(wanted.url(home), replace=is_typing)

    # Rows that are held --------------------------------------------------------------------

    @rx.event
    @allow(Permission.QUEUE_SEE)
    def hold(self) -> None:
        """A row has the focus: from now on none of them moves."""
        self._has_focus = True

    @rx.event
    @allow(Permission.QUEUE_SEE)
    def let_go(self, stays: bool) -> None:
        """The focus has left a row; `stays` when another row has it now."""
        self._has_focus = stays
        if not _is_held(self):
            _show_waiting(self)

    @rx.event
    @allow(Permission.QUEUE_SEE)
    def show_news(self) -> None:
        """Put the rows in their present order, whatever is held."""
        _show_waiting(self)

    # Rows that are chosen ------------------------------------------------------------------

    @rx.event
    @allow(Permission.QUEUE_SEE)
    def choose(self, reference: Reference) -> None:
        """Choose a row of the page, or leave it out again."""
        if reference in self.chosen:
            self.chosen = [ref for ref in self.chosen if ref != reference]
        elif any(row.ref == reference for row in self.page.rows):
            self.chosen = [*self.chosen, reference]

    @rx.event
    @allow(Permission.QUEUE_SEE)
    def clear_chosen(self) -> None:
        """Choose none."""
        self.chosen = []
        if not _is_held(self):
            _show_waiting(self)

    @rx.event
    @allow(Permission.TICKET_TAKE)
    async def take_chosen(self) -> None:
        """Make every chosen ticket one's own; those that cannot be taken stay chosen."""
        actor = await self.actor()
        wanted = list(self.chosen)
        refused = await threads.work(_take_each, actor, wanted)
        self.chosen = list(refused)
        taken = len(wanted) - len(refused)
        if taken:
            await self.tell(f"{taken} {'ticket is' if taken == 1 else 'tickets are'} yours now.")
        if refused:
            first, why = next(iter(refused.items()))
            others = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
            await self.tell(
                f"Not taken: {first}{others}", why, icon="info", stays=True, is_alert=True
            )
        await self._show(actor)


def _take_each(actor: Actor, references: Sequence[str]) -> dict[str, str]:
    """Take each ticket in a transaction of its own; those refused, with the reason."""
    refused: dict[str, str] = {}
    for reference in references:
        try:
            run(actor, tickets.take, reference)
        except BusinessError as refusal:
            refused[reference] = str(refusal)
    return refused


def _tickets_change(change: Change) -> bool:
    return change.touches_tickets


async def _apply(root: rx.State, shown: QueueScreen) -> None:
    take_push(cast(QueueState, await root.get_state(QueueState)), shown)


def put(state: QueueState, shown: QueueScreen) -> None:
    """Show a screen as it is."""
    _put_frame(state, shown)
    state.page = shown.page
    state.chosen = [ref for ref in state.chosen if any(ref == row.ref for row in shown.page.rows)]
    state.is_loaded = True
    state.news = 0
    state._waiting = None


def take_push(state: QueueState, shown: QueueScreen) -> None:
    """Show what a push brought. While rows are held each stays in its place: its values change,
    and what would come, go or move waits."""
    before = {row.ref: _plain(row) for row in state.page.rows}
    marked = tuple(replace(row, is_fresh=before.get(row.ref) != row) for row in shown.page.rows)
    shown = replace(shown, page=replace(shown.page, rows=marked))
    if not _is_held(state):
        put(state, shown)
        return
    _put_frame(state, shown)
    new = {row.ref: row for row in marked}
    kept = tuple(new.get(row.ref, _plain(row)) for row in state.page.rows)
    state.page = replace(state.page, rows=kept)
    state.news = _differences([row.ref for row in kept], [row.ref for row in marked])
    state._waiting = shown if state.news else None


def _put_frame(state: QueueState, shown: QueueScreen) -> None:
    state.groups = list(shown.groups)
    state.chips = list(shown.chips)
    state.filters = list(shown.fields)
    state.title, state.words = shown.title, shown.words


def _plain(row: QueueRow) -> QueueRow:
    return replace(row, is_fresh=False)


def _is_held(state: QueueState) -> bool:
    return state._has_focus or bool(state.chosen)


def _show_waiting(state: QueueState) -> None:
    if state._waiting is not None:
        put(state, state._waiting)


def _differences(kept: list[str], wanted: list[str]) -> int:
    """How many rows come, go, or stand in another order than before."""
    come_and_go = set(kept) ^ set(wanted)
    stay_before = [ref for ref in kept if ref not in come_and_go]
    stay_after = [ref for ref in wanted if ref not in come_and_go]
    moved = sum(1 for a, b in zip(stay_before, stay_after, strict=True) if a != b)
    return len(come_and_go) + moved

"""The queue, live: what is shown, what is chosen, and what waits while rows are held."""

from dataclasses import replace
from typing import Annotated, Any, Literal, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.live.changes import Change
from escalation_app.services import own_queue as own_queue_acts
from escalation_app.services import saved_views
from escalation_app.services.queries.queue import (
    PAGE_ROWS,
    QueueScreen,
    queue_scope,
    queue_screen,
)
from escalation_app.services.queries.queue_columns import USUAL, known_columns, moved, toggled
from escalation_app.services.queries.queue_filter import (
    MAX_SEARCH,
    SORTS,
    QueueFilter,
    filter_of,
    home_tier,
)
from escalation_app.services.queries.queue_filters import customers_called
from escalation_app.services.queries.queue_own import own_queue
from escalation_app.state.arguments import Between, Length
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow, not_an_event
from escalation_app.views.common import Choice
from escalation_app.views.queue import (
    FilterChip,
    FilterField,
    QueueColumn,
    QueuePage,
    QueueRow,
    QueueViewGroup,
    SavedViewMark,
)

Reference = Annotated[str, Length(40)]
Key = Literal[
    "tier",
    "team",
    "assignee",
    "clock",
    "age",
    "plan",
    "customer",
    "within",
    "search",
    "severity",
    "status",
    "tag",
    "field",
]
Several = Literal["severity", "status", "tag", "field"]
NUMBERS = ("tier", "within", "age")


MOST_VISITED = 200
"""Tickets that are remembered as opened."""


class QueueState(AppState):
    """One tab's queue. Its address says what is shown; the rest follows from it."""

    page: QueuePage = QueuePage()
    groups: list[QueueViewGroup] = []
    chips: list[FilterChip] = []
    filters: list[FilterField] = []
    columns: list[QueueColumn] = []
    picker: list[QueueColumn] = []
    """All columns that can be chosen, those that are first."""
    customers: list[Choice] = []
    """Customers that are proposed while one is written."""
    saved: SavedViewMark = SavedViewMark()
    title: str = "Queue"
    words: str = ""
    view: str = "open"
    search: str = ""
    search_form: int = 0
    """Changes when the search field has to be drawn anew."""
    is_loaded: bool = False
    chosen: list[str] = []
    changed: int = 0
    """How many rows of the page others have changed since the reader last saw them."""
    news: int = 0
    """How many rows would come, go or move; they wait while rows are held."""

    _wanted: QueueFilter = QueueFilter()
    _is_begun: bool = False
    _visited: list[str] = []
    """The tickets that were opened since the queue was."""
    _waiting: QueueScreen | None = None
    _has_focus: bool = False

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def open_page(self) -> Any:
        """Read the queue that the address names, and keep it live. The bare address leads to the
        view that the reader begins with."""
        actor = await self.actor()
        query = self.router.url.query_parameters
        if not query and (begins_with := await self.read(_beginning)):
            return rx.redirect(begins_with, replace=True)
        wanted = filter_of(query, actor)
        if wanted.search != self.search:
            self.search = wanted.search
            self.search_form += 1
        self._visited = []
        if wanted != self._wanted:
            self.chosen = []
        self._wanted = wanted
        self.view = wanted.view
        self._has_focus = False
        await self._begin_to_see()
        await self.show(actor)
        return None

    async def _begin_to_see(self) -> None:
        """From the first time that somebody opens a queue, what changes is marked for them."""
        if not self._is_begun and await self.read(_never_saw):
            await self.call(own_queue_acts.saw_everything)
        self._is_begun = True

    @not_an_event
    async def show(self, actor: Actor) -> None:
        """Read what is wanted now, and keep it live."""
        wanted = self._wanted

        def load(session: Session) -> QueueScreen:
            return queue_screen(session, actor, wanted, utc_now())

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        put(self, shown)
        keep_live(self, "page", queue_scope(actor, wanted), load, _apply, _is_change, shown)

    @property
    def wanted(self) -> QueueFilter:
        """What this tab's queue shows."""
        return self._wanted

    @property
    def visited(self) -> tuple[str, ...]:
        """The tickets that were opened since the queue was."""
        return tuple(self._visited)

    @not_an_event
    def note_visit(self, reference: str) -> None:
        """A ticket was opened from the queue, or from another ticket."""
        if reference not in self._visited:
            self._visited = [*self._visited, reference][-MOST_VISITED:]

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def saw_everything(self) -> None:
        """What has changed up to now needs no mark any more."""
        await self.call(own_queue_acts.saw_everything)
        await self.show(await self.actor())

    # Where to ------------------------------------------------------------------------------

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def look_for(self, text: Annotated[str, Length(2_000)]) -> Any:
        """Search while it is typed."""
        wanted = " ".join(text[:MAX_SEARCH].split())
        if wanted == self.search:
            return None
        self.search = wanted
        return await self.go_to(replace(self._wanted, search=wanted, page=1), is_typing=True)

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def set_filter(self, key: Key, value: Annotated[str, Length(125)]) -> Any:
        """Set one filter, or take it away with ""."""
        return await self.go_to(self._with(key, value))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def remove_filter(self, key: Key) -> Any:
        """Take one filter away; without a tier, every tier is shown."""
        return await self.go_to(self._with(key, ""))

    def _with(self, key: Key, value: str) -> QueueFilter:
        if key in NUMBERS:
            number = int(value) if value.isascii() and value.isdigit() and len(value) < 3 else 0
            return replace(self._wanted, page=1, **{key: number})
        return replace(self._wanted, page=1, **{key: value})

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def toggle_filter(self, key: Several, value: Annotated[str, Length(125)]) -> Any:
        """Put a value into a filter that takes several, or take it out."""
        values = self._wanted.values(key)
        kept = [one for one in values if one != value] if value in values else [*values, value]
        return await self.go_to(self._with(key, ",".join(kept)))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def look_for_customer(self, text: Annotated[str, Length(200)]) -> Any:
        """Propose customers while one is written; a whole name is taken at once."""
        found = await self.read(customers_called, text) or ()
        self.customers = list(found) if text.strip() else []
        written = text.strip().lower()
        key = next((one.value for one in found if one.label.lower() == written), "")
        if not key or key == self._wanted.customer:
            return None
        self.customers = []
        return await self.go_to(self._with("customer", key))

    # Order and columns ---------------------------------------------------------------------

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def sort_by(self, key: Annotated[str, Length(20)]) -> Any:
        """Sort by a column; a second time, the other way round."""
        sort = f"-{key}" if self._wanted.sort == key else key
        return await self.go_to(
            replace(self._wanted, sort=sort if sort in SORTS else "time", page=1)
        )

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def toggle_column(self, key: Annotated[str, Length(20)]) -> Any:
        """Show a column, or show it no more; the last one stays."""
        chosen = toggled(self.chosen_columns(), key)
        return await self._choose_columns(chosen) if chosen else None

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def move_column(
        self, key: Annotated[str, Length(20)], step: Annotated[int, Between(-1, 1)]
    ) -> Any:
        """Put a column a place to the left or to the right."""
        return await self._choose_columns(moved(self.chosen_columns(), key, step))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def usual_columns(self) -> Any:
        """The columns that everybody begins with."""
        return await self._choose_columns(USUAL)

    @not_an_event
    def chosen_columns(self) -> tuple[str, ...]:
        """The columns that can be chosen and are, in their order."""
        return tuple(column.key for column in self.picker if column.is_shown)

    async def _choose_columns(self, chosen: tuple[str, ...]) -> Any:
        """A view that has columns of its own gets others in its address; else they are the
        reader's, for every queue they open."""
        if self._wanted.columns:
            return await self.go_to(replace(self._wanted, columns=",".join(known_columns(chosen))))
        await self.call(saved_views.choose_columns, chosen)
        await self.show(await self.actor())
        return None

    # Pages ---------------------------------------------------------------------------------

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def clear_filters(self) -> Any:
        """Back to the whole of this view."""
        return await self.go_to(replace(self._wanted.everything, sort=self._wanted.sort))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def clear_chips(self) -> Any:
        """Take every filter away, the tier too."""
        return await self.go_to(QueueFilter(view=self._wanted.view, sort=self._wanted.sort))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def open_view(self, key: Annotated[str, Length(30)]) -> Any:
        """Another view of the rail, from a phone."""
        views = [one for group in self.groups for one in group.views]
        url = next((one.url for one in views if one.key == key), "")
        return rx.redirect(url) if url else None

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def search_everywhere(self) -> Any:
        """The same search in the open tickets of every tier."""
        return await self.go_to(QueueFilter(search=self._wanted.search))

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
        return await self.go_to(replace(self._wanted, page=max(1, shown + step)))

    @not_an_event
    async def go_to(self, wanted: QueueFilter, *, is_typing: bool = False) -> Any:
        """Lead to the queue that is wanted, by its address. What is asked for next, before that
        is shown, adds to it."""
        if wanted.asked != self._wanted.asked:
            self.chosen = []
        self._wanted = wanted
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
    def choose_all(self) -> None:
        """Choose every row of the page; when they all are, none."""
        refs = [row.ref for row in self.page.rows]
        self.chosen = [] if len(self.chosen) == len(refs) else refs
        if not _is_held(self):
            _show_waiting(self)

    @rx.event
    @allow(Permission.QUEUE_SEE)
    def clear_chosen(self) -> None:
        """Choose none."""
        self.chosen = []
        if not _is_held(self):
            _show_waiting(self)


def _beginning(session: Session, actor: Actor) -> str:
    """The address of the view that somebody begins with, "" for the plain queue."""
    own = own_queue(session, actor)
    view = own.view(own.default_view)
    return "" if view is None else view.wanted.url(home_tier(actor))


def _never_saw(session: Session, actor: Actor) -> bool:
    return own_queue(session, actor).seen_at is None


def _is_change(change: Change) -> bool:
    return change.touches_tickets or change.touches_views


async def _apply(root: rx.State, shown: QueueScreen) -> None:
    take_push(cast(QueueState, await root.get_state(QueueState)), shown)


def put(state: QueueState, shown: QueueScreen) -> None:
    """Show a screen as it is."""
    _put_frame(state, shown)
    state.page = shown.page
    state.chosen = [ref for ref in state.chosen if any(ref == row.ref for row in shown.page.rows)]
    state.is_loaded = True
    state.changed = sum(row.is_changed for row in shown.page.rows)
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
    """What stands around the rows; a part that is the same is not sent again."""
    parts: dict[str, Any] = {
        "groups": list(shown.groups),
        "chips": list(shown.chips),
        "filters": list(shown.fields),
        "columns": list(shown.columns),
        "picker": list(shown.picker),
        "saved": shown.saved,
        "title": shown.title,
        "words": shown.words,
    }
    for name, part in parts.items():
        if getattr(state, name) != part:
            setattr(state, name, part)


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

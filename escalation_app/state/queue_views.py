"""Views of the queue that are kept: saving, renaming, deleting and beginning with them."""

from dataclasses import replace
from typing import Annotated, Any, TypedDict

import reflex as rx

from escalation_app.domain.errors import BusinessError
from escalation_app.domain.permissions import Permission
from escalation_app.services import saved_views, threads
from escalation_app.services.queries.queue_own import sharing_choices
from escalation_app.services.unit_of_work import run
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.queue import QueueState
from escalation_app.views.common import Choice


class ViewForm(TypedDict):
    """The dialog that keeps a view under a name."""

    name: Annotated[str, Length(300)]
    shared_with: Annotated[str, Length(60)]


class QueueViewsState(AppState):
    """The dialog about a view, and what is done with the view that is open."""

    dialog: str = ""
    """Which dialog is open: "save", "rename", or ""."""
    form: int = 0
    error: str = ""
    sharing: list[Choice] = []
    """With whom a view may be shared."""

    @rx.event
    @allow(Permission.VIEW_SAVE)
    async def open_save(self) -> None:
        """Ask for a name for what is shown."""
        await self._open_dialog("save")

    @rx.event
    @allow(Permission.VIEW_SAVE)
    async def open_rename(self) -> None:
        """Ask for another name for the view that is open."""
        await self._open_dialog("rename")

    async def _open_dialog(self, name: str) -> None:
        self.sharing = list(await self.read(sharing_choices) or ())
        self.dialog, self.error = name, ""
        self.form += 1

    @rx.event
    @allow(Permission.QUEUE_SEE)
    def close_dialog(self) -> None:
        """Do nothing after all."""
        self._leave()

    def _leave(self) -> None:
        if self.dialog:
            self.dialog = ""

    @rx.event
    @allow(Permission.VIEW_SAVE)
    async def submit(self, form: ViewForm) -> Any:
        """Keep what is shown under a name, or give the open view another name and other readers."""
        queue = await self.get_state(QueueState)
        name, shared_with = form["name"], form["shared_with"]
        if self.dialog == "save":
            wanted = replace(queue.wanted, columns=",".join(queue.chosen_columns()))
            key = await self._in_dialog(saved_views.save_view, name, wanted, shared_with)
            return None if key is None else await queue.go_to(replace(wanted, page=1, saved=key))
        await self._in_dialog(saved_views.rename_view, queue.wanted.saved, name, shared_with)
        await queue.show(await self.actor())
        return None

    async def _in_dialog(self, service: Any, *args: Any) -> Any:
        """Run a service for the open dialog, which stays open when it is refused."""
        try:
            done = await threads.work(run, await self.actor(), service, *args)
        except BusinessError as refusal:
            self.error = str(refusal)
            return None
        self.dialog = ""
        return done

    @rx.event
    @allow(Permission.VIEW_SAVE)
    async def keep_changes(self) -> None:
        """Let the open view show what is shown now."""
        queue = await self.get_state(QueueState)
        wanted = replace(queue.wanted, columns=",".join(queue.chosen_columns()))
        name = await self.call(saved_views.keep_changes, queue.wanted.saved, wanted)
        if name is not None:
            await self.tell(f"{name} shows this now.")
        await queue.show(await self.actor())

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def back_to_saved(self) -> Any:
        """Back to what the open view holds."""
        queue = await self.get_state(QueueState)
        views = [one for group in queue.groups for one in group.views]
        url = next((one.url for one in views if one.key == f"saved-{queue.saved.key}"), "")
        return rx.redirect(url) if url else None

    @rx.event
    @allow(Permission.VIEW_SAVE)
    async def delete_view(self) -> Any:
        """Take the open view away; what it showed stays on the screen."""
        queue = await self.get_state(QueueState)
        key = queue.wanted.saved
        name = await self.call(saved_views.delete_view, key)
        if name is None:
            return None
        await self.tell(f"View {name} is deleted.", undo=(saved_views.bring_back, (key,)))
        return await queue.go_to(replace(queue.wanted, saved=0, columns=""))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def begin_here(self) -> None:
        """Begin with the open view from now on, or not any more."""
        queue = await self.get_state(QueueState)
        is_default = queue.saved.is_default
        await self.call(saved_views.begin_with, 0 if is_default else queue.wanted.saved)
        await queue.show(await self.actor())
        said = "The plain queue is" if is_default else f"{queue.saved.name} is"
        await self.tell(f"{said} what you begin with.")

"""The command palette of every page of ours: what is written in it, and where that leads."""

from typing import Annotated

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.services.queries.palette import palette_entries
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.views.frame import PaletteEntry


class PaletteState(AppState):
    """What the palette of this tab offers."""

    entries: list[PaletteEntry] = []

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def look_for(self, text: Annotated[str, Length(200)]) -> None:
        """Offer where the words lead; without words, every page and view."""
        self.entries = list(await self.read(palette_entries, text[:100]) or ())

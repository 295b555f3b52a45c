"""Whom a note can name."""

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.services.mentions import names_to_mention
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow


class MentionState(AppState):
    """The names that one tab's note box completes; read when somebody begins to write."""

    names: list[str] = []

    @rx.event
    @allow(Permission.NOTE_WRITE)
    async def offer(self) -> None:
        """Read the people of ours."""
        self.names = list(await self.read(names_to_mention) or ())

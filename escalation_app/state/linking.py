"""The dialog that links a ticket to another one, and taking a link away."""

from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.domain.links import BY_HAND, LINK_WORDS, LinkKind
from escalation_app.domain.permissions import Permission
from escalation_app.services import linking
from escalation_app.services.queries.link_choices import link_choices
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog
from escalation_app.views.common import Choice
from escalation_app.views.linking import TicketChoice

Reference = Annotated[str, Length(40)]
KINDS = {kind.value: kind for kind in LinkKind if kind in BY_HAND}


class LinkForm(TypedDict, total=False):
    """The dialog's fields. To which one is on the state already."""

    kind: Annotated[str, Length(20)]
    other: Reference


class LinkState(TicketDialog, AppState):
    """One tab's dialog."""

    kinds: list[Choice] = [Choice(key, LINK_WORDS[kind][0]) for key, kind in KINDS.items()]
    choices: list[TicketChoice] = []
    other: str = ""

    @rx.event
    @allow(Permission.TICKET_LINK)
    async def open_dialog(self) -> None:
        """Ask how it belongs to which ticket."""
        page = await self.get_state(TicketState)
        choices = await self.read(link_choices, page._reference)
        if choices is None:
            return
        self.choices, self.other = list(choices), ""
        self._open_over(page)

    @rx.event
    @allow(Permission.TICKET_LINK)
    async def look_for(self, text: Annotated[str, Length(200)]) -> None:
        """Offer the tickets that the words lead to. One not among them is chosen no more."""
        page = await self.get_state(TicketState)
        self.choices = list(await self.read(link_choices, page._reference, text[:100]) or ())
        if all(one.value != self.other for one in self.choices):
            self.other = ""

    @rx.event
    @allow(Permission.TICKET_LINK)
    async def choose(self, other: Reference) -> None:
        """Choose one."""
        if any(one.value == other for one in self.choices):
            self.other, self.error = other, ""

    @rx.event
    @allow(Permission.TICKET_LINK)
    async def link(self, form: LinkForm) -> None:
        """Link them. What is refused stays chosen."""
        kind = KINDS.get(form.get("kind", ""))
        if kind is None or not self.other:
            self.error = "Choose the ticket that it belongs to."
            return
        page = await self.get_state(TicketState)
        refusal = await page._try(linking.link, self.other, kind)
        await self._close_after(page, refusal)

    @rx.event
    @allow(Permission.TICKET_LINK)
    async def unlink(self, other: Reference, kind: Annotated[str, Length(20)]) -> None:
        """Take a link away; the toast brings it back."""
        known = KINDS.get(kind)
        if known is None:
            return
        page = await self.get_state(TicketState)
        pair = await self.call(linking.unlink, page._reference, other, known)
        if pair is not None:
            await page._show()
            await self.tell(
                f"{page._reference} and {other} are linked no more.",
                undo=(linking.link_again, (*pair, known)),
            )

    @rx.event
    @allow(Permission.TICKET_LINK)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

"""The dialog that resolves an escalated ticket once what the process asks for holds."""

from datetime import date, datetime, time
from typing import Annotated, Literal, TypedDict

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.domain.resolution import Resolution
from escalation_app.domain.wall_time import zone_of
from escalation_app.routes import article_url
from escalation_app.services import articles, resolution, tickets
from escalation_app.services.cases import MAX_TEXT
from escalation_app.services.queries.resolution import resolution_form
from escalation_app.services.resolution import MAX_CAUSE
from escalation_app.state.arguments import Length, Text
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog
from escalation_app.views.ticket_dialogs import ResolutionForm

Key = Annotated[str, Length(60)]
END_OF_WORK = time(17)
"""What is due on a date is due then, in the zone of who said so."""


class SolvedForm(TypedDict, total=False):
    """The dialog's fields; of the criteria, those that are ticked."""

    held: list[Key]
    cause: Annotated[str, Length(MAX_CAUSE)]
    side: Key
    cause_category: Key
    prevention: Annotated[str, Length(MAX_TEXT)]
    prevention_owner: Key
    prevention_on: Key
    closing: Text
    article: Literal["", "yes"]


class ResolutionState(TicketDialog, AppState):
    """One tab's dialog."""

    asked: ResolutionForm = ResolutionForm()

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def open_dialog(self) -> None:
        """Show what must hold, and what is known already."""
        page = await self.get_state(TicketState)
        asked = await self.read(resolution_form, page._reference)
        if asked is None:
            return
        self.asked = asked
        self._open_over(page)

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def resolve(self, form: SolvedForm) -> None:
        """Write down what is filled in, then resolve; what is refused stays in the dialog."""
        page = await self.get_state(TicketState)
        actor = await self.actor()
        try:
            noted = _noted(form, actor.zone)
        except ValueError:
            self.error = "Choose the date of the prevention, and its owner, from the fields."
            return
        refusal = await page._try(resolution.note_resolution, noted, revision=self._version)
        if refusal is None:
            refusal = await page._try(tickets.resolve, form.get("closing", ""))
        await self._close_after(page, refusal)
        if refusal is None and form.get("article"):
            await self._draft_article(page._reference)

    async def _draft_article(self, reference: str) -> None:
        key = await self.call(articles.draft_article, reference)
        if key is not None:
            may_publish = (await self.actor()).may(Permission.ARTICLE_PUBLISH)
            then = "then publish it." if may_publish else "a manager publishes it."
            url = article_url(key)
            await self.tell("An article is drafted.", f"Look it through, {then}", url=url)

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def close_dialog(self) -> None:
        """Leave the dialog; what was written down already stays."""
        self._leave()


def _noted(form: SolvedForm, zone: str) -> Resolution:
    """What the form says. Raises ValueError for a date or a person that is none."""
    on, owner = form.get("prevention_on", ""), form.get("prevention_owner", "")
    due_at = datetime.combine(date.fromisoformat(on), END_OF_WORK, zone_of(zone)) if on else None
    return Resolution(
        held=frozenset(form.get("held", [])),
        cause=form.get("cause", ""),
        side=form.get("side", ""),
        category=form.get("cause_category", ""),
        prevention=form.get("prevention", ""),
        prevention_owner_id=int(owner) if owner else None,
        prevention_due_at=due_at,
    )

"""The dialog that logs a call, a meeting or a visit, and taking one back."""

from datetime import timedelta
from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.contacts import ContactKind
from escalation_app.domain.errors import BusinessError, Invalid
from escalation_app.domain.permissions import Permission
from escalation_app.services import contacts, threads
from escalation_app.services.contacts import MAX_OUTCOME, MAX_WHO, NewContact
from escalation_app.services.queries.ticket_choices import contact_to_log
from escalation_app.services.unit_of_work import run
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.instants import At, instant_of
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog
from escalation_app.views.common import Choice
from escalation_app.views.words import iso

AGO = timedelta(minutes=15)
"""When a contact began, unless somebody says otherwise."""


class _Ticks(TypedDict, total=False):
    """The boxes that are ticked."""

    reached: Annotated[str, Length(5)]
    public: Annotated[str, Length(5)]


class ContactForm(_Ticks):
    """The dialog's fields."""

    kind: ContactKind
    with_whom: Annotated[str, Length(MAX_WHO)]
    began: At
    minutes: Annotated[str, Length(4)]
    outcome: Annotated[str, Length(MAX_OUTCOME)]


class ContactState(TicketDialog, AppState):
    """One tab's dialog."""

    kinds: list[Choice] = []
    with_whom: str = ""
    began: str = ""

    @rx.event
    @allow(Permission.CONTACT_LOG)
    async def open_dialog(self) -> None:
        """Ask what was said, with whom and for how long."""
        page = await self.get_state(TicketState)
        found = await self.read(contact_to_log, page._reference)
        if found is None:
            return
        self.with_whom, self.kinds = found[0], list(found[1])
        began = utc_now() - AGO
        self.began = iso(began.replace(second=0, microsecond=0))
        self._open_over(page)

    @rx.event
    @allow(Permission.CONTACT_LOG)
    async def log(self, form: ContactForm) -> None:
        """Log it. What is refused stays written."""
        page = await self.get_state(TicketState)
        actor, reference = await self.actor(), page._reference
        try:
            new = _contact(form)
            number = await threads.work(run, actor, contacts.log_contact, reference, new)
        except BusinessError as refusal:
            self.error = str(refusal)
            return
        self.is_open = False
        await page._show()
        await self.tell("Logged.", undo=(contacts.take_back_contact, (reference, number)))

    @rx.event
    @allow(Permission.CONTACT_LOG)
    async def take_back(self, number: int) -> None:
        """Take back what was logged wrongly; the record says both."""
        page = await self.get_state(TicketState)
        said = await self.call(contacts.take_back_contact, page._reference, number)
        await page._show()
        if said is not None:
            await self.tell(said, "What it ended stays ended.", icon="history")

    @rx.event
    @allow(Permission.CONTACT_LOG)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()


def _contact(form: ContactForm) -> NewContact:
    """What the form says. Raises Invalid for a length or an instant that is none."""
    minutes = form["minutes"].strip()
    if not (minutes.isascii() and minutes.isdigit()):
        raise Invalid("Say how many minutes it took, as a whole number.")
    return NewContact(
        kind=ContactKind(form["kind"]),
        with_whom=form["with_whom"],
        began_at=instant_of(form["began"]),
        minutes=int(minutes),
        outcome=form["outcome"],
        reached="reached" in form,
        is_public="public" in form,
    )

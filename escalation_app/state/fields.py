"""The dialog that fills in the fields which the process defines for a ticket."""

from typing import Annotated, TypedDict

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.services import tickets
from escalation_app.services.queries.ticket_choices import fields_to_fill
from escalation_app.state.arguments import FieldText, Length, fields_in
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.ticket import TicketState
from escalation_app.state.ticket_dialog import TicketDialog
from escalation_app.views.ticket import FieldView


class FieldsForm(TypedDict, total=False):
    """The dialog's fields: their keys beside what is written in them."""

    field_key: list[Annotated[str, Length(60)]]
    field_value: list[FieldText]


class FieldsState(TicketDialog, AppState):
    """One tab's dialog. What stood in the fields when it opened is what it changes."""

    fields: list[FieldView] = []

    _seen: dict[str, str] = {}

    @rx.event
    @allow(Permission.FIELDS_FILL)
    async def open_dialog(self) -> None:
        """Show what stands in the fields, to be changed."""
        page = await self.get_state(TicketState)
        found = await self.read(fields_to_fill, page._reference)
        if found is None:
            return
        self.fields = list(found)
        self._seen = {one.key: one.value for one in found}
        self._open_over(page)

    @rx.event
    @allow(Permission.FIELDS_FILL)
    async def fill(self, form: FieldsForm) -> None:
        """Save them. What is refused stays written, and what is new then stands beside it."""
        page = await self.get_state(TicketState)
        written = fields_in(form.get("field_key", []), form.get("field_value", []))
        refusal = await page._try(tickets.fill_fields, written, self._seen)
        await self._close_after(page, refusal)
        # What they changed is now held against what they are shown; the rest they left alone.
        now = {one.key: one.value for one in page.page.fields}
        self._seen = {
            key: value if written.get(key) == value else now.get(key, "")
            for key, value in self._seen.items()
        }

    @rx.event
    @allow(Permission.FIELDS_FILL)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

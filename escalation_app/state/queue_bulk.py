"""What is done to the chosen rows of a queue, and taken back."""

from typing import Annotated, Literal, TypedDict

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.errors import Invalid
from escalation_app.domain.permissions import Permission
from escalation_app.domain.putting_off import Until, instant_of
from escalation_app.domain.tags import tags_of
from escalation_app.domain.tickets import Status
from escalation_app.live.hub import wrote
from escalation_app.services import chosen, own_queue, threads
from escalation_app.services.chosen import Act, Outcome, counted, reasons
from escalation_app.services.queries.queue_choices import people_to_give, tags_to_take_off
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.state.queue import QueueState
from escalation_app.views.common import Choice

Waiting = Literal["open", "waiting_customer", "waiting_supplier"]
_STATUS_SAID = {
    "open": "in progress",
    "waiting_customer": "waiting for the customer",
    "waiting_supplier": "waiting for a supplier",
}
Line = Annotated[str, Length(300)]


class AssignForm(TypedDict):
    """The dialog that asks who shall have them: a person's key."""

    assignee: Annotated[str, Length(15)]


class TagForm(TypedDict, total=False):
    """The dialog about tags: those to put on, with commas between them, and one to take off."""

    added: Line
    removed: Line


class QueueBulkState(AppState):
    """The dialog about the chosen rows."""

    dialog: str = ""
    """Which dialog is open: "assign", "tag", or ""."""
    form: int = 0
    error: str = ""
    people: list[Choice] = []
    tags: list[Choice] = []
    """Tags that some of the chosen have."""

    @rx.event
    @allow(Permission.TICKET_TAKE)
    async def take_chosen(self) -> None:
        """Make every chosen ticket one's own; those that cannot be taken stay chosen."""
        await self._do(chosen.take(), "{} yours now.", "Not taken")

    @rx.event
    @allow(Permission.TICKET_WAIT)
    async def set_status(self, status: Waiting) -> None:
        """Let every chosen ticket wait, or go on with it."""
        said = _STATUS_SAID[status]
        await self._do(chosen.set_status(Status(status)), "{} " + said + " now.", "Not changed")

    @rx.event
    @allow(Permission.TICKET_SNOOZE)
    async def put_off(self, until: Until) -> None:
        """Take every chosen ticket out of one's own queue for a while."""
        actor = await self.actor()
        at = instant_of(Until(until), utc_now(), actor.zone)
        queue = await self.get_state(QueueState)
        off, refused = await threads.work(own_queue.snooze_each, actor, list(queue.chosen), at)
        wrote(self.client_token())
        queue.chosen = list(refused)
        verb = "is" if len(off) == 1 else "are"
        await self.tell(
            f"{counted(len(off))} {verb} out of your queue for now." if off else "Not put off.",
            f"Not put off: {reasons(refused)}" if refused else "",
            stays=bool(refused),
            is_alert=bool(refused),
            undo=(own_queue.take_up_each, (off,)) if off else None,
        )
        await queue.show(actor)

    @rx.event
    @allow(Permission.TICKET_ASSIGN)
    async def open_assign(self) -> None:
        """Ask who shall have the chosen tickets."""
        self.people = list(await self.read(people_to_give) or ())
        await self._open("assign")

    @rx.event
    @allow(Permission.TICKET_ASSIGN)
    async def assign(self, form: AssignForm) -> None:
        """Give every chosen ticket to somebody of ours."""
        key = form["assignee"]
        if not key.isascii() or not key.isdigit():
            self.error = "Choose somebody from the list."
            return
        self.dialog = ""
        name = next((one.label for one in self.people if one.value == key), "theirs")
        await self._do(chosen.give(int(key)), "{} with " + name + " now.", "Not assigned")

    @rx.event
    @allow(Permission.TICKET_TAG)
    async def open_tag(self) -> None:
        """Ask which tags to put on the chosen tickets, and which to take off."""
        queue = await self.get_state(QueueState)
        self.tags = list(await self.read(tags_to_take_off, list(queue.chosen)) or ())
        await self._open("tag")

    @rx.event
    @allow(Permission.TICKET_TAG)
    async def tag(self, form: TagForm) -> None:
        """Put tags on every chosen ticket, and take others off."""
        try:
            added, removed = tags_of(form.get("added", "")), tags_of(form.get("removed", ""))
            if not added and not removed:
                raise Invalid("Write a tag, or choose one to take off.")
        except Invalid as refusal:
            self.error = str(refusal)
            return
        self.dialog = ""
        await self._do(chosen.tag(added, removed), "{} tagged.", "Not tagged")

    @rx.event
    @allow(Permission.QUEUE_SEE)
    def close_dialog(self) -> None:
        """Do nothing after all."""
        self._leave()

    def _leave(self) -> None:
        if self.dialog:
            self.dialog = ""

    async def _open(self, dialog: str) -> None:
        queue = await self.get_state(QueueState)
        if queue.chosen:
            self.dialog, self.error = dialog, ""
            self.form += 1

    async def _do(self, act: Act, said: str, not_said: str) -> None:
        """Do it to every chosen ticket, and say what became of it in one toast; those for which it
        was refused stay chosen."""
        actor, queue = await self.actor(), await self.get_state(QueueState)
        outcome = await threads.work(chosen.do_to_each, actor, list(queue.chosen), act)
        wrote(self.client_token())
        queue.chosen = list(outcome.refused)
        await self._tell(outcome, said, not_said)
        await queue.show(actor)

    async def _tell(self, outcome: Outcome, said: str, not_said: str) -> None:
        fine = len(outcome.done) + len(outcome.same)
        verb = "is" if fine == 1 else "are"
        title = said.format(f"{counted(fine)} {verb}") if fine else f"{not_said}."
        await self.tell(
            title,
            f"{not_said}: {reasons(outcome.refused)}" if outcome.refused else "",
            icon="info" if outcome.refused else "check",
            stays=bool(outcome.refused),
            is_alert=bool(outcome.refused),
            undo=(chosen.take_back, (outcome.done,)) if outcome.done else None,
        )

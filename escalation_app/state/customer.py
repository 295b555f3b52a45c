"""A customer's three pages, live: their tickets, a new one, and where one of them stands."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.errors import BusinessError, NotFound
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.live import hub
from escalation_app.live.changes import Change, touching_ticket
from escalation_app.live.presence import here_scope
from escalation_app.routes import status_url
from escalation_app.services import composing, escalations, threads, tickets
from escalation_app.services.composing import Writing
from escalation_app.services.queries.customer import customer_status, ticket_key
from escalation_app.services.queries.customer_history import PART
from escalation_app.services.queries.customer_list import my_tickets
from escalation_app.services.queries.customer_new import new_ticket_form
from escalation_app.services.tickets import MAX_REASON, MAX_SUBJECT, NewTicket
from escalation_app.services.unit_of_work import run
from escalation_app.state.arguments import (
    Between,
    FieldText,
    Files,
    Length,
    Text,
    fields_in,
    keys_in,
)
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow, signed_in
from escalation_app.views.common import Choice
from escalation_app.views.customer import CustomerPage, CustomerStatus
from escalation_app.views.ticket import FieldView

MOST_SHOWN = 20 * PART
"""The longest history a page grows to."""
MOST_PAGES = 100_000

Key = Annotated[str, Length(60)]
"""A key of the process."""
Draft = Annotated[str, Length(12)]
"""Which empty form was filled in: one that was taken already is not taken twice."""
Found = tuple[int, CustomerStatus] | None
"""A ticket's id and its status; None when it does not exist or is not open to the reader."""


# The list ------------------------------------------------------------------------------------


class CustomerListState(AppState):
    """The tickets of a customer."""

    page: CustomerPage = CustomerPage()
    is_loaded: bool = False

    _view: str = "open"
    _number: int = 0

    @rx.event
    @allow(Permission.TICKET_OPEN)
    async def open_page(self) -> None:
        """Read the list and keep it live."""
        await self._show()

    @rx.event
    @allow(Permission.TICKET_OPEN)
    async def choose(self, view: Literal["open", "done", "mine"]) -> None:
        """Show open tickets, solved and closed ones, or a lead's own."""
        self._view, self._number = view, 0
        await self._show()

    @rx.event
    @allow(Permission.TICKET_OPEN)
    async def turn(self, pages: Annotated[int, Between(-1, 1)]) -> None:
        """Turn to the next page, or back."""
        self._number = max(0, min(self.page.number + pages, MOST_PAGES))
        await self._show()

    async def _show(self) -> None:
        actor, view, number = signed_in().actor, self._view, self._number

        def load(session: Session) -> CustomerPage:
            return my_tickets(session, actor, view, number)

        shown = await self.read(lambda session, _: load(session))
        if shown is None:
            return
        _put_list(self, shown)
        scope = ("mine", actor, view, number)
        keep_live(self, "page", scope, load, _apply_list, _touches_them(actor), shown)


def _touches_them(actor: Actor) -> Callable[[Change], bool]:
    organisation = actor.organisation_id
    return lambda change: organisation is not None and change.touches_organisation(organisation)


def _put_list(state: CustomerListState, shown: CustomerPage) -> None:
    state.page = shown
    state.is_loaded = True


async def _apply_list(root: rx.State, shown: CustomerPage) -> None:
    _put_list(cast(CustomerListState, await root.get_state(CustomerListState)), shown)


# A new one -----------------------------------------------------------------------------------


class NewTicketFields(TypedDict):
    """The form of a new ticket."""

    draft: Draft
    subject: Annotated[str, Length(MAX_SUBJECT)]
    text: Text
    impact: Key
    urgency: Key
    files: NotRequired[Files]
    field_key: NotRequired[list[Key]]
    field_value: NotRequired[list[FieldText]]


class NewTicketState(AppState):
    """The short form."""

    impacts: list[Choice] = []
    urgencies: list[Choice] = []
    fields: list[FieldView] = []
    """What the process asks besides."""
    promise: str = ""
    """What the answers given so far promise."""
    draft: int = 0
    """One more each time a ticket was opened."""
    error: str = ""
    """Why the ticket was not opened; what was written is still in the form."""

    _impact: str = ""
    _urgency: str = ""
    _promises: dict[str, str] = {}

    @rx.event
    @allow(Permission.TICKET_OPEN)
    async def open_page(self) -> None:
        """An empty form, in the words of the live process."""
        self._impact = self._urgency = self.promise = self.error = ""
        form = await self.read(new_ticket_form)
        if form is not None:
            self.impacts, self.urgencies = list(form.impacts), list(form.urgencies)
            self._promises = dict(form.promises)
            self.fields = list(form.fields)

    @rx.event
    @allow(Permission.TICKET_OPEN)
    def choose_impact(self, impact: Key) -> None:
        """Say what is promised for it."""
        self._impact = impact
        self.promise = self._promises.get(f"{impact} {self._urgency}", "")

    @rx.event
    @allow(Permission.TICKET_OPEN)
    def choose_urgency(self, urgency: Key) -> None:
        """Say what is promised for it."""
        self._urgency = urgency
        self.promise = self._promises.get(f"{self._impact} {urgency}", "")

    @rx.event
    @allow(Permission.TICKET_OPEN)
    async def send(self, form: NewTicketFields) -> Any:
        """Open the ticket and go to its page."""
        if form["draft"] != str(self.draft):
            return None
        files = keys_in(form.get("files", ""))
        new = NewTicket(
            form["subject"],
            form["text"],
            form["impact"],
            form["urgency"],
            files=files,
            fields=fields_in(form.get("field_key", []), form.get("field_value", [])),
        )
        try:
            ticket = await threads.work(run, signed_in().actor, tickets.open_ticket, new)
        except BusinessError as refusal:
            self.error = str(refusal)
            return None
        self.draft += 1
        page = await self.get_state(CustomerTicketState)
        page._welcome = ticket.reference
        return rx.redirect(status_url(ticket.reference))


# One of them ---------------------------------------------------------------------------------


class AnswerFields(TypedDict):
    """The box to answer."""

    draft: Draft
    text: Text
    files: NotRequired[Files]


class EscalateFields(TypedDict):
    """The dialog that escalates: a reason, or none."""

    draft: Draft
    reason: Annotated[str, Length(MAX_REASON)]


class CustomerTicketState(AppState):
    """Where one problem stands."""

    status: CustomerStatus = CustomerStatus()
    is_loaded: bool = False
    is_missing: bool = False
    said: str = ""
    """What was just done, in a sentence above everything, until there is news."""
    draft: int = 0
    """One more each time the server has taken what was written: the box then starts empty."""
    kept: str = ""
    """What the reader had typed and not sent when this was last read."""
    stamp: int = 0
    """One more each time it was read."""
    error: str = ""
    is_team_writing: bool = False
    """Somebody of ours is typing an answer."""
    is_escalating: bool = False
    form: int = 0
    """As `draft`, of the dialog that escalates."""
    escalate_error: str = ""

    _reference: str = ""
    _ticket_id: int = 0
    _shown: int = PART
    _welcome: str = ""
    """The ticket that was opened a moment ago."""

    @rx.event
    @allow(Permission.TICKET_OPEN)
    async def open_page(self) -> None:
        """Read the ticket that the address names, and keep it live."""
        reference = self._named()
        if reference != self._reference:
            self.status = CustomerStatus()
            self.is_loaded = False
            self.draft += 1
        self._reference, self._shown = reference, PART
        self.error = self.escalate_error = ""
        self.is_missing = False
        is_new = self._welcome == reference
        self._welcome = ""
        await self._show()
        self.said = "Thank you, we have it. This page shows where it stands." if is_new else ""
        if not self.is_missing:
            drafts = await self.read(composing.drafts_of, reference) or {}
            kept = drafts.get(Writing.REPLY)
            self.kept = "" if kept is None else kept.body
            self.stamp += 1
            self._be_here()

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def keep(self, text: Text, draft: int) -> None:
        """Keep an answer that is being written."""
        if draft != self.draft:
            return  # it has been sent since
        with suppress(BusinessError):  # sending says why, when there is something to say
            begun = 0  # a customer's answer is never overtaken
            await threads.work(
                run,
                signed_in().actor,
                composing.keep_draft,
                self._reference,
                Writing.REPLY,
                text,
                begun,
            )

    def _be_here(self) -> None:
        """Let the team see when the reader types, and the reader when the team answers."""
        ticket_id = self._ticket_id
        hub.enter(self.client_token(), ticket_id)
        self.is_team_writing = _is_team_writing(ticket_id)
        keep_live(
            self,
            "here",
            here_scope(ticket_id, is_staff=False),
            lambda _: _is_team_writing(ticket_id),
            _apply_writing,
            lambda _: False,  # presence marks its scope by itself
            None,
        )

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    def write(self) -> None:
        """Let the team see that an answer is being typed."""
        hub.write(self.client_token(), "reply")

    @rx.event
    @allow(Permission.TICKET_OPEN)
    async def show_earlier(self) -> None:
        """Show as many entries of the history more."""
        self._shown = min(MOST_SHOWN, self._shown + PART)
        await self._show()

    async def _show(self) -> None:
        actor, reference, shown = signed_in().actor, self._reference, self._shown

        def load(session: Session) -> Found:
            return _find(session, actor, reference, shown)

        found = await self.read(lambda session, _: load(session))
        _put_status(self, found)
        if found is None:
            return
        ticket_id = self._ticket_id = found[0]
        scope = ("status", actor, reference, shown)
        keep_live(
            self,
            "page",
            scope,
            load,
            _apply_status,
            touching_ticket(ticket_id),
            found,
        )

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def answer(self, form: AnswerFields) -> None:
        """Add what the customer wrote; what is not taken stays written."""
        if form["draft"] != str(self.draft):
            return
        files = keys_in(form.get("files", ""))
        was_resolved = self.status.is_resolved
        self.error = await self._try(tickets.send_message, form["text"], None, files)
        if not self.error:
            self.draft += 1
            self.kept = ""
            self.stamp += 1
            hub.write(self.client_token(), "")
            self.said = "Sent, and it is open again." if was_resolved else "Sent."

    @rx.event
    @allow(Permission.ESCALATION_REQUEST)
    def ask_to_escalate(self) -> None:
        """Open the dialog that says what will happen."""
        self.is_escalating = True
        self.escalate_error = ""

    @rx.event
    @allow(Permission.SIGNED_IN)
    def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    def _leave(self) -> None:
        if self.is_escalating:
            self.is_escalating = False

    @rx.event
    @allow(Permission.ESCALATION_REQUEST)
    async def escalate(self, form: EscalateFields) -> None:
        """Escalate, for any reason or none."""
        if form["draft"] != str(self.form):
            return
        self.escalate_error = await self._try(escalations.request_escalation, form["reason"])
        if not self.escalate_error:
            self.form += 1
            self.is_escalating = False
            self.said = "Escalated. What happens now stands here, and changes as it happens."

    async def _try(self, service: Callable[..., Any], *args: Any) -> str:
        """Run a use case on this ticket, then read it anew; why it was refused, or ""."""
        refused = ""
        try:
            await threads.work(run, signed_in().actor, service, self._reference, *args)
        except BusinessError as refusal:
            refused = str(refusal)
        await self._show()
        return refused


def _find(session: Session, actor: Actor, reference: str, shown: int) -> Found:
    try:
        key = ticket_key(session, actor, reference)
        return key, customer_status(session, actor, reference, utc_now(), shown)
    except NotFound:
        return None


def _is_team_writing(ticket_id: int) -> bool:
    """Whether somebody of ours types what the customer is going to read; who it is stays open."""
    return any(one.is_staff and one.writes == "reply" for one in hub.here(ticket_id))


async def _apply_writing(root: rx.State, is_writing: bool) -> None:
    cast(
        CustomerTicketState, await root.get_state(CustomerTicketState)
    ).is_team_writing = is_writing


def _put_status(state: CustomerTicketState, found: Found) -> None:
    state.is_loaded = True
    state.is_missing = found is None
    if found is not None:
        if _news(state.status) != _news(found[1]):
            state.said = ""
        state.status = found[1]


def _news(status: CustomerStatus) -> tuple[str, str]:
    """Where it stands, and the latest that is not the reader's own."""
    return status.headline, next((one.key for one in status.history if not one.is_yours), "")


async def _apply_status(root: rx.State, found: Found) -> None:
    _put_status(cast(CustomerTicketState, await root.get_state(CustomerTicketState)), found)

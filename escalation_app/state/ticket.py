"""A ticket's page, live: what stands on it, the dialog that is open over it, and every act."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast
from urllib.parse import unquote

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.errors import BusinessError, NotFound, Overtaken, Stale
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.domain.tickets import Status
from escalation_app.live import hub
from escalation_app.live.changes import touching_ticket
from escalation_app.live.presence import Here, here_scope
from escalation_app.routes import queue_url
from escalation_app.services import chosen, composing, escalations, macros, threads, tickets
from escalation_app.services.composing import Writing
from escalation_app.services.queries.common import person_mark
from escalation_app.services.queries.queue_filter import home_tier
from escalation_app.services.queries.related import related_tickets
from escalation_app.services.queries.replies import reply_choices
from escalation_app.services.queries.ticket import PART, ticket_page
from escalation_app.services.queries.ticket_choices import assignable
from escalation_app.services.store import ticket_id_of
from escalation_app.services.unit_of_work import UnitOfWork, run
from escalation_app.state.arguments import Files, Length, Text, keys_in
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow, signed_in
from escalation_app.state.queue import QueueState
from escalation_app.views import (
    AlsoHere,
    Choice,
    MacroChoice,
    RelatedTickets,
    ReplyChoice,
    TicketAbilities,
    TicketPage,
    TimelineItem,
)

MOST_SHOWN = 20 * PART
"""The longest conversation a page grows to."""

Found = tuple[int, TicketPage] | None
"""A ticket's id and its page; None when it does not exist or is not open to the reader."""


class Mode(TypedDict, total=False):
    """Who shall read it; a note when it is not said."""

    mode: Literal["reply", "note"]


class MessageForm(Mode):
    """The composer: which one was filled in, and the texts of both modes."""

    draft: Annotated[str, Length(12)]
    note: Text
    reply: NotRequired[Text]
    files: NotRequired[Files]


class AssignForm(TypedDict):
    """The dialog that asks who shall have it: a person's key."""

    assignee: Annotated[str, Length(15)]


class ResolveForm(TypedDict):
    """The dialog that resolves: a message to the customer, or ""."""

    message: Text


class MacroForm(TypedDict, total=False):
    """The dialog that shows a macro: what the customer reads, if it writes to them."""

    message: Text


class TicketState(AppState):
    """One tab's ticket."""

    page: TicketPage = TicketPage()
    is_loaded: bool = False
    is_missing: bool = False
    back_words: str = "Queue"
    back_url: str = "/queue"
    draft: int = 0
    """One more each time the server has taken what was written: the composer then starts empty."""
    error: str = ""
    """Why the composer's text was not taken; it is still in the composer."""
    is_overtaken: bool = False
    """The ticket went on while the text was written; the same text can be sent again."""
    kept_reply: str = ""
    kept_note: str = ""
    kept_mode: str = ""
    """What the reader had typed and not sent when this was last read."""
    stamp: int = 0
    """One more each time it was read."""
    composer: str = ""
    """What can be written: both, notes, or "". No push changes it, which would empty the box, but
    where nothing stands in it and nothing can be written any more."""

    related: RelatedTickets = RelatedTickets()
    """Read when the page is opened: nobody waits for it to change."""
    replies: list[ReplyChoice] = []
    macros: list[MacroChoice] = []
    """What the process offers for the ticket, read when it is asked for."""
    inserted: str = ""
    inserted_at: int = 0
    """One more each time a text is put into the reply."""
    macro: MacroChoice = MacroChoice()

    also_here: list[AlsoHere] = []
    """Who else has the ticket open, or, of a customer's, writes on it."""

    dialog: str = ""
    """Which dialog is open: assign, resolve, macro, or ""."""
    form: int = 0
    dialog_error: str = ""
    people: list[Choice] = []
    assignee: str = ""

    _reference: str = ""
    _ticket_id: int = 0
    _shown: int = PART
    _position: str = ""
    _macro_since: int = 0
    _begun: dict[str, int] = {}
    """By mode, the ticket's revision when the text was begun; not there while it is empty."""

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def open_page(self) -> None:
        """Read the ticket that the address names, and keep it live."""
        reference = unquote(self.router.url.path.rstrip("/").rpartition("/")[2])[:40]
        if reference != self._reference:
            self.page = TicketPage()
            self.related = RelatedTickets()
            self.is_loaded = False
            self.error = ""
            self.draft += 1
        self.composer = ""
        self._reference = reference
        self._shown = PART
        self.is_missing = False
        self.is_overtaken = False
        await self._remember_queue()
        await self._show()
        if not self.is_missing:
            await self._read_drafts()
            self._be_here()
            self.related = await self.read(related_tickets, reference) or RelatedTickets()

    async def _remember_queue(self) -> None:
        """Where the reader came from, and the ticket's place there."""
        queue = await self.get_state(QueueState)
        self._position = ""
        if not queue.is_loaded:
            self.back_words, self.back_url = "Queue", queue_url()
            return
        self.back_words = queue.title
        self.back_url = queue._wanted.url(home_tier(await self.actor()))
        refs = [row.ref for row in queue.page.rows]
        if self._reference in refs:
            place = queue.page.first + refs.index(self._reference)
            self._position = f"{place} of {queue.page.total}"

    def _be_here(self) -> None:
        """Show others that the reader is here, and the reader who else is."""
        ticket_id, me = self._ticket_id, signed_in().actor.person_id

        async def apply(root: rx.State, found: tuple[Here, ...]) -> None:
            state = cast(TicketState, await root.get_state(TicketState))
            state.also_here = _others(found, me)

        hub.enter(self.client_token(), ticket_id)
        self.also_here = _others(hub.here(ticket_id), me)
        scope = here_scope(ticket_id, is_staff=True)
        # Presence marks its scope by itself; a change of the ticket says nothing about it.
        keep_live(self, "here", scope, lambda _: hub.here(ticket_id), apply, lambda _: False, None)

    async def _show(self) -> None:
        actor, reference, shown = signed_in().actor, self._reference, self._shown

        def load(session: Session) -> Found:
            return _find(session, actor, reference, shown)

        found = await self.read(lambda session, _: load(session))
        _put(self, found)
        if found is None:
            return
        ticket_id = self._ticket_id = found[0]
        scope = ("ticket", actor, reference, shown)
        keep_live(self, "page", scope, load, _apply, touching_ticket(ticket_id), found)

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def show_earlier(self) -> None:
        """Show as many messages and events more."""
        self._shown = min(MOST_SHOWN, self._shown + PART)
        await self._show()

    # The conversation ----------------------------------------------------------------------

    async def _read_drafts(self) -> None:
        drafts = await self.read(composing.drafts_of, self._reference) or {}
        texts = {kind: draft.body for kind, draft in drafts.items()}
        self.kept_reply = texts.get(Writing.REPLY, "")
        self.kept_note = texts.get(Writing.NOTE, "")
        self.kept_mode = next(iter(drafts), Writing.REPLY).value
        self._begun = {kind.value: draft.begun_revision for kind, draft in drafts.items()}
        self.stamp += 1

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def keep_reply(self, text: Text, draft: int) -> None:
        """Keep a reply that is being written."""
        await self._keep(Writing.REPLY, text, draft)

    @rx.event
    @allow(Permission.NOTE_WRITE)
    async def keep_note(self, text: Text, draft: int) -> None:
        """Keep a note that is being written."""
        await self._keep(Writing.NOTE, text, draft)

    @rx.event
    @allow(Permission.NOTE_WRITE)
    def write(self, mode: Literal["reply", "note"]) -> None:
        """Show others that one is typing."""
        hub.write(self.client_token(), mode)

    async def _keep(self, kind: Writing, text: str, draft: int) -> None:
        if draft != self.draft:
            return  # it has been sent since
        if text.strip():
            begun = self._begun.setdefault(kind.value, self.page.head.version)
        else:
            begun = self._begun.pop(kind.value, 0)
        with suppress(BusinessError):  # sending says why, when there is something to say
            await threads.work(
                run, signed_in().actor, composing.keep_draft, self._reference, kind, text, begun
            )

    @rx.event
    @allow(Permission.NOTE_WRITE)
    async def send(self, form: MessageForm) -> None:
        """Send a reply to the customer, or keep a note. What is not taken stays written."""
        if form.get("draft") != str(self.draft):
            return
        kind = Writing(form.get("mode", "note"))
        text = form.get("reply", "") if kind is Writing.REPLY else form["note"]
        files = keys_in(form.get("files", ""))
        if kind is Writing.REPLY:
            since = self._begun.get(kind.value, self.page.head.version)
            refusal = await self._try(tickets.send_message, text, since=since, files=files)
        else:
            refusal = await self._try(tickets.write_note, text, files)
        self.error = await self._said(refusal)
        self.is_overtaken = isinstance(refusal, Overtaken)
        if refusal is None:
            self._start_anew(kind, form)
        elif self.is_overtaken:
            self._begun[kind.value] = version = self.page.head.version
            await threads.work(
                run, signed_in().actor, composing.has_seen, self._reference, kind, version
            )

    def _start_anew(self, sent: Writing, form: MessageForm) -> None:
        """Empty the box of what was sent; what is written in the other one stays."""
        hub.write(self.client_token(), "")
        self._begun.pop(sent.value, None)
        self.kept_reply = "" if sent is Writing.REPLY else form.get("reply", "")
        self.kept_note = "" if sent is Writing.NOTE else form["note"]
        self.kept_mode = sent.value
        self.stamp += 1
        self.draft += 1
        self.composer = _composer_for(self.page.may)

    async def _try(
        self, service: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> BusinessError | None:
        """Run a use case on this ticket, then read it anew; what refused it, if anything did."""
        refusal = None
        try:
            await threads.work(run, signed_in().actor, service, self._reference, *args, **kwargs)
        except BusinessError as error:
            refusal = error
        return refusal

    def _as_shown(self) -> tuple[int, set[str]]:
        """What somebody decides about in a dialog: the revision that is shown, and the entries of
        the record in it."""
        return self.page.head.version, self._read_items()

    def _read_items(self) -> set[str]:
        """The messages and events that are shown."""
        return {item.key for item in self.page.timeline}

    async def _said(self, refusal: BusinessError | None, known: set[str] | None = None) -> str:
        """Show the ticket as it is now; why something was refused, and what is new on it since
        what the person knows."""
        before = self._read_items() if known is None else known
        await self._show()
        if not isinstance(refusal, Stale):
            return "" if refusal is None else str(refusal)
        new = [_headline(item) for item in self.page.timeline if item.key not in before]
        if not new:
            return f"{refusal} Look at it, then send again."
        return f"{refusal} New: {'; '.join(new)}. Look at it, then send again."

    # Replies and macros of the process --------------------------------------------------------

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def offer_replies(self) -> None:
        """Read what the process offers to write and to do."""
        offered = await self.read(reply_choices, self._reference, utc_now())
        if offered is not None:
            self.replies, self.macros = list(offered[0]), list(offered[1])

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    def insert_reply(self, key: Annotated[str, Length(60)]) -> None:
        """Put a reply of the process into the box, where it can be changed."""
        reply = next((one for one in self.replies if one.key == key), None)
        if reply is not None:
            self.inserted = reply.text
            self.inserted_at += 1

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    def open_macro(self, key: Annotated[str, Length(60)]) -> None:
        """Show what a macro does before it does it."""
        macro = next((one for one in self.macros if one.key == key), None)
        if macro is not None:
            self.macro = macro
            self._macro_since = self.page.head.version
            self._open("macro")

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def run_macro(self, form: MacroForm) -> None:
        """Do all of what the macro says."""
        message, since = form.get("message", ""), self._macro_since
        ran: list[macros.Ran] = []

        def run_it(uow: UnitOfWork, reference: str) -> None:
            ran[:] = [macros.run_macro(uow, reference, self.macro.key, message, since)]

        refusal = await self._try(run_it)
        await self._close_after(refusal)
        if refusal is None:
            done = [one.done for one in ran if one.done is not None]
            sent = "A message that was sent stays sent." if done and message.strip() else ""
            undo = (chosen.take_back, (tuple(done),)) if done else None
            await self.tell(f"{self.macro.name}: done.", sent, undo=undo)
        elif isinstance(refusal, Overtaken):
            self._macro_since = self.page.head.version

    # Acts without a question ---------------------------------------------------------------

    @rx.event
    @allow(Permission.TICKET_TAKE)
    async def take(self) -> None:
        """Make the ticket one's own."""
        await self._act(tickets.take)

    @rx.event
    @allow(Permission.TICKET_WAIT)
    async def wait_for(self, whom: Literal["customer", "supplier"]) -> None:
        """The next move is theirs."""
        waits = {"customer": Status.WAITING_CUSTOMER, "supplier": Status.WAITING_SUPPLIER}
        await self._act(tickets.set_status, waits[whom])

    @rx.event
    @allow(Permission.TICKET_WAIT)
    async def resume(self) -> None:
        """Go on working."""
        await self._act(tickets.set_status, Status.OPEN)

    @rx.event
    @allow(Permission.ESCALATION_ACKNOWLEDGE)
    async def acknowledge(self) -> None:
        """Say that one has seen the escalation."""
        await self._act(escalations.acknowledge)

    async def _act(self, service: Callable[..., Any], *args: Any) -> None:
        refusal = await self._try(service, *args)
        if refusal is not None:
            await self.tell(str(refusal), icon="info", is_alert=True)
        await self._show()

    # Dialogs -------------------------------------------------------------------------------

    @rx.event
    @allow(Permission.TICKET_ASSIGN)
    async def open_assign(self) -> None:
        """Ask who of the team shall have it."""
        people = await self.read(assignable, self._reference)
        if people is not None:
            self.people = list(people)
            self.assignee = next((one.value for one in people if not one.hint), "")
            self._open("assign")

    @rx.event
    @allow(Permission.TICKET_ASSIGN)
    async def assign(self, form: AssignForm) -> None:
        """Give it to the person chosen."""
        key = form["assignee"]
        if not (key.isascii() and key.isdigit()):
            self.dialog_error = "Choose a person from the list."
            return
        await self._close_after(await self._try(tickets.assign, int(key)))

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def open_resolve(self) -> None:
        """Ask what the customer shall read."""
        self._open("resolve")

    @rx.event
    @allow(Permission.TICKET_RESOLVE)
    async def resolve(self, form: ResolveForm) -> None:
        """Resolve, with the message if there is one."""
        version = self.page.head.version
        message = form["message"]
        await self._close_after(await self._try(tickets.resolve, message, revision=version))

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    def _leave(self) -> None:
        if self.dialog:
            self.dialog = self.dialog_error = ""

    def _open(self, dialog: str) -> None:
        self.dialog = dialog
        self.dialog_error = ""
        self.form += 1

    async def _close_after(self, refusal: BusinessError | None) -> None:
        """Close the dialog, or say in it why nothing happened; what was written in it stays."""
        self.dialog_error = await self._said(refusal)
        if refusal is None:
            self.dialog = ""


def _find(session: Session, actor: Actor, reference: str, shown: int) -> Found:
    try:
        ticket_id = ticket_id_of(session, reference)
        return ticket_id, ticket_page(session, actor, reference, utc_now(), shown)
    except NotFound:
        return None


_DOING = {"reply": "is typing a reply", "note": "is typing a note", "": ""}


def _others(found: Iterable[Here], me: int | None) -> list[AlsoHere]:
    """Colleagues who have the ticket open, and customers who are writing on it."""
    return [
        AlsoHere(
            person_mark(one.person_id, one.name),
            "is typing" if not one.is_staff else _DOING[one.writes],
        )
        for one in found
        if one.person_id != me and (one.is_staff or one.writes)
    ]


def _headline(item: TimelineItem) -> str:
    match item.kind:
        case "event" | "folded":
            return item.title
        case "note":
            return f"a note by {item.author.name}"
        case _:
            return f"a message by {item.author.name}"


def _composer_for(may: TicketAbilities) -> str:
    return "both" if may.can_reply else "notes" if may.can_note else ""


def _put(state: TicketState, found: Found) -> None:
    state.is_loaded = True
    state.is_missing = found is None
    if found is not None:
        page = found[1]
        state.page = replace(page, head=replace(page.head, position=state._position))
        offered = _composer_for(page.may)
        if not state.composer or not (offered or state._begun):
            state.composer = offered


async def _apply(root: rx.State, found: Found) -> None:
    _put(cast(TicketState, await root.get_state(TicketState)), found)

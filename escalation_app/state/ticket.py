"""A ticket's page, live: what stands on it, who else is there, and what is being written."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, Literal, NotRequired, TypedDict, TypeVar, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.errors import BusinessError, NotFound, Overtaken, Stale
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.domain.replies import has_gap
from escalation_app.live import hub
from escalation_app.live.changes import touching_ticket
from escalation_app.live.presence import Here, here_scope
from escalation_app.routes import queue_url
from escalation_app.services import composing, threads, tickets
from escalation_app.services.composing import Writing
from escalation_app.services.queries.common import person_mark
from escalation_app.services.queries.conversation import PART
from escalation_app.services.queries.queue_filter import home_tier
from escalation_app.services.queries.related import related_tickets
from escalation_app.services.queries.ticket import ticket_page
from escalation_app.services.store import ticket_id_of
from escalation_app.services.unit_of_work import run
from escalation_app.state.arguments import Files, Length, Text, keys_in
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow, signed_in
from escalation_app.state.queue import QueueState
from escalation_app.views.ticket import (
    AlsoHere,
    RelatedTickets,
    TicketAbilities,
    TicketPage,
    TimelineItem,
)

GAP = "Not sent yet: “...” stands where something is to be added. Fill it in, or send it anyway."
MOST_SHOWN = 20 * PART
"""The longest conversation a page grows to."""

T = TypeVar("T")
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
    has_gap: bool = False
    """A template's gap is not filled; the same text can be sent again."""
    kept_reply: str = ""
    kept_note: str = ""
    kept_mode: str = ""
    """What the reader had typed and not sent when this was last read."""
    stamp: int = 0
    """One more each time it was read."""
    composer: str = ""
    """What can be written: both, notes, or "". No push changes it, which would empty the box, but
    where nothing stands in it and more can be written, or nothing any more."""

    related: RelatedTickets = RelatedTickets()
    """Read when the page is opened: nobody waits for it to change."""
    also_here: list[AlsoHere] = []
    """Who else has the ticket open, or, of a customer's, writes on it."""

    _reference: str = ""
    _ticket_id: int = 0
    _shown: int = PART
    _position: str = ""
    _asked_about: str = ""
    """A text that was not sent because of its gap."""
    _begun: dict[str, int] = {}
    """By mode, the ticket's revision when the text was begun; not there while it is empty."""

    @rx.event
    @allow(Permission.QUEUE_SEE)
    async def open_page(self) -> None:
        """Read the ticket that the address names, and keep it live."""
        reference = self._named()
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
        self.is_overtaken = self.has_gap = False
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
        self.has_gap = kind is Writing.REPLY and self._asks_about_gap(text)
        if self.has_gap:
            self.error, self.is_overtaken = GAP, False
            return
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

    def _asks_about_gap(self, text: str) -> bool:
        """Whether a text has a gap of its template that was not asked about before."""
        if not has_gap(text) or text == self._asked_about:
            return False
        self._asked_about = text
        return True

    def _start_anew(self, sent: Writing, form: MessageForm) -> None:
        """Empty the box of what was sent; what is written in the other one stays."""
        hub.write(self.client_token(), "")
        self._asked_about = ""
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
        """Run a use case on this ticket; what refused it, if anything did."""
        _, refusal = await self._tried(service, *args, **kwargs)
        return refusal

    async def _tried(
        self, service: Callable[..., T], *args: Any, **kwargs: Any
    ) -> tuple[T | None, BusinessError | None]:
        """Run a use case on this ticket: what it returned, or what refused it."""
        actor, reference = signed_in().actor, self._reference
        try:
            return await threads.work(run, actor, service, reference, *args, **kwargs), None
        except BusinessError as refusal:
            return None, refusal

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
        if not state.composer or (offered != "notes" and not state._begun):
            state.composer = offered


async def _apply(root: rx.State, found: Found) -> None:
    _put(cast(TicketState, await root.get_state(TicketState)), found)

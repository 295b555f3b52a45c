"""What all states share: who acts, how a service is called, how a person is told."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import unquote

import reflex as rx
from reflex.istate.proxy import StateProxy
from reflex_base.event import EventSpec
from reflex_base.event.context import EventContext
from sqlalchemy.orm import Session

from escalation_app import db
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.live.hub import wrote
from escalation_app.services import threads, unit_of_work
from escalation_app.services.unit_of_work import UnitOfWork
from escalation_app.state.arguments import Length
from escalation_app.state.permits import allow, not_an_event, open_to_all, signed_in
from escalation_app.views.frame import Me, NavItem, Toast

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Undo = tuple[Callable[..., str], tuple[Any, ...]]

MAX_NAMED = 40
"""Characters of a reference or a key in an address; no longer one names anything."""
TOASTS = 4
"""Toasts on a screen at once; older ones give way."""


class AppState(rx.State):
    """The parent of every state of this product.

    Its public methods are no event handlers; everything a subclass defines publicly is one.
    """

    _bound: str = ""
    """Whose data this tree holds: written by the guard alone."""

    def _leave(self) -> None:
        """Close the dialog of this state: every page opens without one. What is typed in a dialog
        lives in the browser, so one that was still open after a reload would be empty."""

    @not_an_event
    async def actor(self) -> Actor:
        """Who sent this event, by their session cookie. Raises NotAllowed when signed out."""
        return signed_in().actor

    def _named(self) -> str:
        """What the last part of the page's address names, such as a ticket's reference."""
        return unquote(self.router.url.path.rstrip("/").rpartition("/")[2])[:MAX_NAMED]

    @not_an_event
    def client_token(self) -> str:
        """The name of this browser tab, for `live`. It is no secret and gives no right."""
        return EventContext.get().token

    @not_an_event
    async def call(
        self,
        service: Callable[Concatenate[UnitOfWork, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T | None:
        """Run a use case in a unit of work of its own, in a thread.

        A refusal is shown to the person and gives None; the transaction is then undone.
        """
        work = threads.work(unit_of_work.run, signed_in().actor, service, *args, **kwargs)
        result = await self._unless_refused(work)
        wrote(self.client_token())
        return result

    @not_an_event
    async def attempt(
        self,
        service: Callable[Concatenate[UnitOfWork, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> BusinessError | None:
        """Run a use case as `call` does; what refused it is for the dialog that asked for it."""
        try:
            await threads.work(unit_of_work.run, signed_in().actor, service, *args, **kwargs)
        except BusinessError as refusal:
            return refusal
        wrote(self.client_token())
        return None

    @not_an_event
    async def read(
        self,
        query: Callable[Concatenate[Session, Actor, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T | None:
        """Read for a screen, in a thread; a refusal is shown to the person and gives None."""
        return await self._unless_refused(
            threads.read(_read, signed_in().actor, query, *args, **kwargs)
        )

    async def _unless_refused(self, asked: Awaitable[T]) -> T | None:
        try:
            return await asked
        except BusinessError as refusal:
            await self.tell(str(refusal), icon="info", is_alert=True)
            return None

    @not_an_event
    async def tell(
        self,
        title: str,
        text: str = "",
        *,
        icon: str = "check",
        url: str = "",
        link: str = "Open",
        stays: bool = False,
        is_alert: bool = False,
        undo: Undo | None = None,
    ) -> None:
        """Show a toast to the person; also from a background handler, inside its lock or not.

        `undo` is a service that takes back what the toast tells of, with its arguments; it returns
        what to say then.
        """
        toast = Toast(
            secrets.token_hex(4),
            title,
            text,
            icon,
            url,
            link,
            "Undo" if undo else "",
            stays,
            is_alert,
        )
        if isinstance(self, StateProxy) and not self._is_mutable():
            async with self:
                await self._add_toast(toast, undo)
        else:
            await self._add_toast(toast, undo)

    async def _add_toast(self, toast: Toast, undo: Undo | None) -> None:
        session = await self.get_state(SessionState)
        if undo is not None:
            # The last act alone can be taken back: the toasts before it offer it no more.
            session.toasts = [replace(one, undo="") for one in session.toasts]
            session._undo = (toast.key, undo)
        session.toasts = [*session.toasts, toast][-TOASTS:]


def _read(
    actor: Actor, query: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kw: P.kwargs
) -> T:
    with db.database().reading() as session:
        return query(session, actor, *args, **kw)


class SessionState(AppState):
    """What every page's frame shows. The guard fills it before anything is sent."""

    is_signed_in: bool = False
    me: Me = Me()
    roles: list[str] = []
    home: str = "/"
    nav: list[NavItem] = []
    zone: str = "UTC"
    server_now: str = ""
    """The server's instant when the page was opened."""
    toasts: list[Toast] = []

    _undo: tuple[str, Undo] | None = None
    """What can be taken back, and the toast that offers it."""

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def undo(self, key: Annotated[str, Length(20)]) -> None:
        """Take back what a toast tells of, once."""
        if self._undo is None or self._undo[0] != key:
            await self.tell("That cannot be taken back any more.", icon="info")
            return
        (_, (service, arguments)), self._undo = self._undo, None
        self.toasts = [toast for toast in self.toasts if toast.key != key]
        said = await self.call(service, *arguments)
        if said is not None:
            title, _, text = said.partition("\n")
            await self.tell(title, text, icon="history", stays=bool(text))

    @rx.event
    @open_to_all
    def close_toast(self, key: Annotated[str, Length(20)]) -> None:
        """Take a toast away."""
        self.toasts = [toast for toast in self.toasts if toast.key != key]

    @rx.event
    @open_to_all
    async def show_failure(self, reference: Annotated[str, Length(20)]) -> None:
        """Say that something broke, with the number under which the log has it."""
        await self.tell(
            "Something broke on our side.",
            f"Nothing more than what you see was saved. If it happens again, quote {reference}.",
            icon="info",
            is_alert=True,
        )


def report_failure(exception: Exception) -> EventSpec:
    """For `rx.App(backend_exception_handler=...)`: log it, and give the person its number."""
    reference = secrets.token_hex(4)
    log.error("Failure %s", reference, exc_info=exception)
    return SessionState.show_failure(reference)  # type: ignore[call-arg, arg-type]

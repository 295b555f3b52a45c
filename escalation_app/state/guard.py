"""The default-deny guard in front of every event, whoever sent it and however it came.

Any client can name any handler of any state, decorated or not, before sign-in too, and Reflex
enforces no annotation. So each event is looked at here before its handler runs: whose session is
it (read from the database, by the cookie of the socket's handshake), does the handler's mark allow
it, are its arguments what its signature says. The state tree belongs to one session, and is wiped
when another one, or none, turns up with the same client token: the token is no secret.
"""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import reflex as rx
from reflex.state import BaseState, OnLoadInternalState, State, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from escalation_app import db
from escalation_app.api.cookies import read_cookie, session_cookie
from escalation_app.clock import utc_now
from escalation_app.domain.errors import Invalid, NotAllowed
from escalation_app.domain.permissions import Actor, Permission, Role
from escalation_app.routes import home_for, may_open, nav_for, route_of, sign_in_url
from escalation_app.services import identity, threads
from escalation_app.services.identity import SignedIn
from escalation_app.services.queries.common import ROLE_NAMES, initials
from escalation_app.settings import settings
from escalation_app.state.arguments import check_arguments
from escalation_app.state.base import AppState, SessionState
from escalation_app.state.permits import (
    SIGNED_OUT_TOO,
    allow,
    not_an_event,
    open_to_all,
    permit_of,
    set_signed_in,
    signed_in,
)
from escalation_app.views.frame import Me, NavItem
from escalation_app.views.words import iso

__all__ = [
    "Guard",
    "allow",
    "not_an_event",
    "on_accepted",
    "open_to_all",
    "shield",
    "signed_in",
]

log = logging.getLogger(__name__)

on_accepted: list[Callable[[str, str, Actor], None]] = []
"""Called with (client token, session hash, actor) for every event the guard lets through to a
handler of ours; `live` learns from it who is connected."""

NOBODY = "nobody"

HYDRATE = format_event_handler(State.event_handlers["hydrate"])
HYDRATE_AND_LOAD = format_event_handler(State.event_handlers["hydrate_and_load"])
ON_LOAD = format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"])
SET_HYDRATED = format_event_handler(OnLoadInternalState.event_handlers["set_is_hydrated"])
FRONTEND_EXCEPTION = (
    "reflex___state____state.reflex___state____frontend_event_exception_state"
    ".handle_frontend_exception"
)
FRAMEWORK = frozenset({HYDRATE, HYDRATE_AND_LOAD, ON_LOAD, SET_HYDRATED})
"""The framework's own events that anybody may send: they show a client its own tree, and load
the page it is on, whose handlers come through here one by one."""


class Guard(rx.Middleware):
    """Reflex calls `preprocess` for every event, under the lock of the client's state tree.

    None lets the event through; a `StateUpdate` is sent to the client instead of handling it.
    """

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        root = state._get_root_state()
        found = await _who(root)
        set_signed_in(found)
        was_bound = await _bind(root, found)
        if event.name == FRONTEND_EXCEPTION:
            log.warning("A browser reports: %.500r", event.payload)
            return StateUpdate()
        if event.name in FRAMEWORK:
            return await _framework_event(root, found, event)
        if was_bound is False and found is not None:
            await _tell(root, "Your rights have changed. This page was read anew.")
            return await _update(root, _event(HYDRATE_AND_LOAD))
        return await _own_event(root, found, event, is_new_tree=was_bound is None)


async def _who(root: BaseState) -> SignedIn | None:
    """The session of the cookie that the socket was opened with."""
    header = root.router.headers.cookie
    token = read_cookie(header, session_cookie(settings().is_https))
    return await threads.look_up(identity.look_up, db.database(), token, utc_now())


async def _bind(root: BaseState, found: SignedIn | None) -> bool | None:
    """Make the tree this session's own.

    True: it was already. None: it was new. False: it was another's, and has been wiped.
    """
    app_state = await root.get_state(AppState)
    # The actor too: other roles, another team or organisation make a tree another one's.
    binding = f"{found.session_hash} {_rights(found.actor)}" if found else NOBODY
    before = app_state._bound
    if before == binding:
        return True
    if before:
        await _wipe(root)
    app_state._bound = binding
    await _introduce(root, found)
    return False if before else None


def _rights(actor: Actor) -> str:
    return repr((sorted(actor.roles), actor.organisation_id, actor.team, actor.tier))


async def _wipe(root: BaseState) -> None:
    """Set every variable of the tree back; parts a state manager has not loaded are loaded."""
    pending = [type(root)]
    while pending:
        part = pending.pop()
        await root.get_state(part)
        pending.extend(part.get_substates())
    root.reset()


async def _introduce(root: BaseState, found: SignedIn | None) -> None:
    """Say to the client who is signed in, and nothing else."""
    session = await root.get_state(SessionState)
    session.is_signed_in = found is not None
    if found is None:
        return
    actor = found.actor
    names = ", ".join(ROLE_NAMES[role] for role in Role if role in actor.roles)
    session.me = Me(name=actor.name, initials=initials(actor.name), role_name=names)
    session.roles = sorted(actor.roles)
    session.home = home_for(actor)
    session.zone = actor.zone


async def _framework_event(
    root: BaseState, found: SignedIn | None, event: Event
) -> StateUpdate | None:
    """Let a framework event through with the arguments it has, and guard the page it opens."""
    if not _is_well_formed(event):
        return await _refuse(root, "That could not be read. Nothing was changed.")
    if event.name == SET_HYDRATED:
        return None
    path, query = _place(root)
    await _open_page(root, found, path)
    route = route_of(path)
    if route is None or route.permission is None or event.name == HYDRATE:
        return None
    if found is None:
        elsewhere = sign_in_url(query)
    elif may_open(found.actor, route):
        return None
    else:
        elsewhere = home_for(found.actor)
    # Hydrating first, so that the browser learns what it may know, and that it is not signed in.
    away = Event.from_event_type(rx.redirect(elsewhere))
    return await _update(root, *([_event(HYDRATE)] if event.name != ON_LOAD else []), *away)


def _is_well_formed(event: Event) -> bool:
    payload = event.payload
    if event.name == SET_HYDRATED:
        return payload in ({"value": True}, {"value": False})
    if event.name != HYDRATE_AND_LOAD:
        return payload == {}
    # We keep nothing in the browser's storage, so there is nothing to take from it.
    payload.pop("vars", None)
    hashes = payload.get("hashes")
    return payload.keys() <= {"hashes"} and (
        hashes is None or (type(hashes) is list and all(type(one) is str for one in hashes))
    )


def _place(root: BaseState) -> tuple[str, str]:
    """The path the client says it is on, without and with its query."""
    where = root.router_data.get("asPath") or root.router_data.get("pathname")
    where = where if isinstance(where, str) else "/"
    return where.partition("?")[0].partition("#")[0], where


async def _open_page(root: BaseState, found: SignedIn | None, path: str) -> None:
    session = await root.get_state(SessionState)
    session.server_now = iso(utc_now())
    links = nav_for(found.actor) if found else ()
    here = route_of(path)
    current = "" if here is None else here.under or here.path
    session.nav = [
        NavItem(
            title=link.title,
            url=link.path,
            is_current=link.path == current,
            icon=link.icon,
            go=link.go,
        )
        for link in links
    ]


async def _own_event(
    root: BaseState, found: SignedIn | None, event: Event, *, is_new_tree: bool
) -> StateUpdate | None:
    """Let an event through to a handler of ours, or say why not."""
    handler = RegistrationContext.get().event_handlers[event.name].handler.fn
    # An expired tree was sent to nobody yet: show it, whatever becomes of the event.
    again = [_event(HYDRATE_AND_LOAD)] if is_new_tree else []
    permit = permit_of(handler)
    if permit != SIGNED_OUT_TOO:
        if found is None:
            away = Event.from_event_type(rx.redirect(sign_in_url(_place(root)[1])))
            return await _update(root, *away)
        if not isinstance(permit, Permission) or not found.actor.may(permit):
            log.warning("Refused %s to person %s", event.name, found.actor.person_id)
            return await _refuse(root, str(NotAllowed()), *again)
    try:
        check_arguments(handler, event.payload)
    except Invalid as refusal:
        return await _refuse(root, str(refusal), *again)
    if found is not None:
        for accept in on_accepted:
            accept(EventContext.get().token, found.session_hash, found.actor)
    return None


async def _refuse(root: BaseState, text: str, *events: Event) -> StateUpdate:
    await _tell(root, text)
    return await _update(root, *events)


async def _tell(root: BaseState, text: str) -> None:
    session = await root.get_state(SessionState)
    await session.tell(text, icon="info", is_alert=True)


async def _update(root: BaseState, *events: Event) -> StateUpdate:
    """What the client gets instead of having its event handled."""
    delta = await root._get_resolved_delta()
    root._clean()
    return StateUpdate(delta=delta, events=list(events))


def _event(name: str) -> Event:
    return Event(name=name)


def shield(app: rx.App) -> None:
    """Drop socket messages that are no events before Reflex trips over them.

    The guard sees what has a handler and a state; this sees what has not. A client can name any
    `on_...` method of the socket's namespace too, `on_connect` with headers it made up among them.
    """
    namespace, server = app.event_namespace, app.sio
    assert namespace is not None
    assert server is not None
    trigger, take = namespace.trigger_event, namespace.on_event

    async def trigger_event(kind: str, *args: Any) -> Any:
        match kind, args:
            case "connect", (sid, environ, *_):
                is_sound = environ is server.get_environ(sid, namespace.namespace)
            case ("disconnect", _) | ("ping", (_,)) | ("event" | "client_error", (_, _)):
                is_sound = True
            case _:
                is_sound = False
        if is_sound:
            return await trigger(kind, *args)
        log.info("Dropped a socket message: %.20r", kind)
        return None

    async def on_event(sid: str, data: Any) -> None:
        """Called for a message, and by `on_connect` for the event that comes with a handshake."""
        if _is_event(data):
            await take(sid, data)
        else:
            log.info("Dropped a message that is no event: %.200r", data)

    namespace.trigger_event = trigger_event  # type: ignore[method-assign]
    namespace.on_event = on_event  # type: ignore[method-assign]


def _is_event(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and isinstance(data.get("name"), str)
        and data["name"] in RegistrationContext.get().event_handlers
        and isinstance(data.get("payload", {}), dict)
        and isinstance(router := data.get("router_data", {}), dict)
        and isinstance(router.get("pathname", ""), str)
        and _is_address(router.get("asPath", ""))
        and isinstance(query := router.get("query", {}), dict)
        and all(_is_storable(value) for value in query.values())
    )


def _is_storable(value: Any) -> bool:
    """Text that a database takes: parts of an address become references to look up."""
    return isinstance(value, str) and "\0" not in value and value.isprintable()


def _is_address(text: Any) -> bool:
    if not isinstance(text, str):
        return False
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True

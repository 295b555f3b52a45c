"""Every handler with arguments of the right type and the wrong sense, with and without its page
open: a click from a stale tab, a reference that does not exist, a value nobody offers."""

import asyncio
from collections.abc import Callable, Iterator
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from reflex_base.registry import RegistrationContext
from typing_extensions import is_typeddict

from escalation_app import escalation_app as product
from escalation_app.domain.permissions import ROLE_PERMISSIONS, Role
from escalation_app.live import hub as hub_module
from escalation_app.live.hub import Hub
from escalation_app.live.sockets import Sockets
from escalation_app.routes import ROUTES, route_of
from escalation_app.services import tickets, unit_of_work
from escalation_app.services.people import actor_of
from escalation_app.services.process_versions import publish, shipped_document
from escalation_app.state.arguments import LARGEST, parameters_of
from escalation_app.state.permits import permit_of
from tests.support.events import Pipeline, pipeline
from tests.support.people import House

STRANGE_WORDS = ("", "T-99999", "' OR 1=1 --", "\u202e<b>\n", "-1", "9" * 30, "\u0660")
STRANGE_NUMBERS = (0, 1, 99_999, LARGEST)


@pytest.fixture
def reference(house: House, monkeypatch: pytest.MonkeyPatch) -> str:
    """A house at work, with one ticket, whose reference this is."""
    with house.database.writing() as session:
        publish(session, shipped_document(), "test", house.clock.utc_now())
        customer = actor_of(session, house.people[Role.CUSTOMER].id)
    assert customer is not None
    new = tickets.NewTicket("Down", "All of it is down.", "high", "high")
    ticket = unit_of_work.run(customer, tickets.open_ticket, new)
    monkeypatch.setattr(hub_module, "_hub", Hub(Sockets(product.app), house.database))
    return ticket.reference


@pytest.mark.parametrize("role", Role)
def test_a_strange_event_breaks_nothing(house: House, reference: str, role: Role):
    assert _faults(house, reference, role) == []


def test_control_a_handler_that_fails_is_found_out(
    house: House, reference: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hub_module, "_hub", None)

    assert any("live hub" in fault for fault in _faults(house, reference, Role.EXECUTIVE))


def _faults(house: House, reference: str, role: Role) -> list[str]:
    """Every event of a role whose handler raised something."""
    faults: list[str] = []

    async def test(running: Pipeline) -> None:
        running.only_notes_failures = True
        for path in _paths(role, reference):
            client = running.client(house.token(role))
            await client.open(path)
            faults.extend(_new_faults(running, f"opening {path}"))
            for name, payload in _strange_events(role, path):
                await client.send(name, payload)
                call = f"{name.rpartition('___')[2]} {payload} on {path}"
                faults.extend(_new_faults(running, call))

    async def go() -> None:
        async with pipeline(product.app) as running:
            await test(running)

    asyncio.run(go())
    return faults


def _new_faults(running: Pipeline, call: str) -> list[str]:
    found = [f"{call}: {failure!r:.200}" for failure in running.failures]
    running.failures.clear()
    return found


def _paths(role: Role, reference: str) -> Iterator[str]:
    """Nowhere, and each page of the role; a ticket's page with its own and a made-up reference."""
    yield "/nowhere"
    for route in ROUTES:
        if route.path in product.PAGES and route.permission in ROLE_PERMISSIONS[role]:
            yield from {route.path.replace("[reference]", one) for one in (reference, "T-99999")}


def _strange_events(role: Role, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, registered in RegistrationContext.get().event_handlers.items():
        fn = registered.handler.fn
        if not fn.__module__.startswith("escalation_app.state"):
            continue
        if permit_of(fn) in ROLE_PERMISSIONS[role] and (path == "/nowhere" or _is_of(name, path)):
            for payload in _payloads(fn):
                yield name, payload


def _is_of(name: str, path: str) -> bool:
    """Whether a handler belongs to a state that the page opens."""
    route = route_of(path)
    assert route is not None
    states = {handler.state_full_name for handler in product.PAGES[route.path].on_load}
    return name.rpartition(".")[0] in states


def _payloads(fn: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """One strange argument at a time, the others plausible."""
    hints = {name: get_type_hints(fn)[name] for name in parameters_of(fn).checks}
    plain = {name: _strange_for(hint)[-1] for name, hint in hints.items()}
    yield {name: plain[name] for name in plain if name in parameters_of(fn).required}
    for name, hint in hints.items():
        for value in _strange_for(hint):
            yield {**plain, name: value}


def _strange_for(hint: Any) -> list[Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return [value for one in arguments for value in _strange_for(one)]
    if origin is Literal:
        return list(arguments)
    if is_typeddict(hint):
        fields = get_type_hints(hint)
        return [
            {
                key: _strange_for(kind)[index % len(_strange_for(kind))]
                for key, kind in fields.items()
            }
            for index in range(len(STRANGE_WORDS))
        ]
    if origin is list:
        return [[], _strange_for(arguments[0])[:3]]
    if origin is dict:
        return [{}, *({"a": value} for value in _strange_for(arguments[1])[:3])]
    if issubclass(hint, StrEnum):
        return [member.value for member in hint]
    plain: dict[type, list[Any]] = {
        bool: [True, False],
        int: list(STRANGE_NUMBERS),
        float: [0.0, -1e300],
        str: list(STRANGE_WORDS),
        type(None): [None],
    }
    return plain[hint]

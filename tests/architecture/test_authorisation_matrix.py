"""Every event handler of the product x every role, through the real pipeline and the real guard.

A handler that is new is in here by itself; one without a permission fails.
"""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from reflex_base.event.processor import base_state_processor
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler
from typing_extensions import is_typeddict

from escalation_app import escalation_app as product
from escalation_app.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from escalation_app.routes import ROUTES, SIGN_IN, Route
from escalation_app.state import guard
from escalation_app.state.arguments import FROM_CLIENT, parameters_of
from escalation_app.state.guard import FRAMEWORK, FRONTEND_EXCEPTION
from escalation_app.state.permits import SIGNED_OUT_TOO, permit_of
from tests.support.events import Pipeline, pipeline
from tests.support.people import House

HANDLERS: dict[str, Callable[..., Any]] = {
    name: registered.handler.fn
    for name, registered in RegistrationContext.get().event_handlers.items()
    if not name.split(".")[-2].startswith("tests___")
}
OURS = {name: fn for name, fn in HANDLERS.items() if fn.__module__.startswith("escalation_app.")}
FOREIGN = sorted(HANDLERS.keys() - OURS.keys() - FRAMEWORK - {FRONTEND_EXCEPTION})

OPEN_BEFORE_SIGN_IN = {
    "close_toast",
    "show_failure",
    "open_page",  # of the sign-in page
    "choose_form",  # of the sign-in page
}
"""What may be called by somebody signed out; a longer list is a decision, not an accident."""


def _short(name: str) -> str:
    return name.rpartition("___")[2]


def test_there_are_handlers_to_look_at():
    assert len(OURS) > 10
    assert len(FOREIGN) > 10


@pytest.mark.parametrize("name", OURS, ids=_short)
def test_a_handler_says_who_may_call_it_and_what_it_takes(name: str):
    permit = permit_of(OURS[name])

    assert permit is not None, f"{name} has no @allow(...) under its @rx.event"
    assert isinstance(permit, Permission) or permit == SIGNED_OUT_TOO
    parameters_of(OURS[name])


def test_only_the_sign_in_page_and_the_toasts_are_open_before_sign_in():
    found = {name for name, fn in OURS.items() if permit_of(fn) == SIGNED_OUT_TOO}

    assert {name.rpartition(".")[2] for name in found} == OPEN_BEFORE_SIGN_IN
    assert len(found) == len(OPEN_BEFORE_SIGN_IN)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of handlers the guard let through; none of them really runs."""
    names: list[str] = []

    async def process_event(handler: Any, **rest: Any) -> None:
        names.append(format_event_handler(handler))

    monkeypatch.setattr(base_state_processor, "process_event", process_event)
    return names


def _let_through(house: House, ran: list[str], role: Role | None) -> set[str]:
    """The handlers of ours that run when a role calls every one of them."""

    async def test(running: Pipeline) -> None:
        client = running.client(house.token(role) if role else "")
        for name, fn in OURS.items():
            await client.send(name, _plausible(fn))
        assert running.failures == []

    _run(test)
    return set(ran) & OURS.keys()


def _granted(role: Role | None) -> set[str]:
    held = ROLE_PERMISSIONS[role].keys() if role else ()
    return {
        name
        for name, fn in OURS.items()
        if permit_of(fn) in held or permit_of(fn) == SIGNED_OUT_TOO
    }


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "signed out")
def test_a_role_gets_through_to_what_the_table_grants_and_to_nothing_else(
    house: House, ran: list[str], role: Role | None
):
    assert _let_through(house, ran, role) == _granted(role)


def test_control_a_guard_that_does_not_look_is_found_out(
    house: House, ran: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guard, "permit_of", lambda handler: SIGNED_OUT_TOO)

    assert _let_through(house, ran, Role.CUSTOMER) != _granted(Role.CUSTOMER)


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "signed out")
def test_nobody_gets_through_to_what_reflex_registers_by_itself(
    house: House, ran: list[str], role: Role | None
):
    async def test(running: Pipeline) -> None:
        client = running.client(house.token(role) if role else "")
        for name in FOREIGN:
            await client.send(name, _plausible(HANDLERS[name]))
            await client.send(name, {"var_name": "is_signed_in", "value": True})
        assert running.failures == []

    _run(test)

    assert set(ran) & set(FOREIGN) == set()


def _wrong_cases() -> Iterator[tuple[str, str, Any]]:
    for name, fn in OURS.items():
        hints = get_type_hints(fn)
        for argument in parameters_of(fn).checks:
            for value in _wrong_for(hints[argument]):
                yield name, argument, value


def _not_refused(house: House, ran: list[str]) -> list[str]:
    """Calls with a wrong argument that reached a handler, or were dropped without a word."""
    faults: list[str] = []

    async def test(running: Pipeline) -> None:
        for name, argument, value in _wrong_cases():
            fn = OURS[name]
            role = next((r for r in Role if permit_of(fn) in ROLE_PERMISSIONS[r]), Role.AGENT)
            client = running.client(house.token(role))
            await client.open()
            ran.clear()
            await client.send(name, {**_plausible(fn), argument: value})
            was_told = any("could not be read" in toast for toast in client.toasts)
            if name in ran or not was_told:
                faults.append(f"{_short(name)}({argument}={value!r:.40})")
        assert running.failures == []

    _run(test)
    return faults


def test_a_wrong_argument_reaches_no_handler_and_breaks_nothing(house: House, ran: list[str]):
    assert len(list(_wrong_cases())) > 10
    assert _not_refused(house, ran) == []


def test_control_a_guard_that_takes_any_argument_is_found_out(
    house: House, ran: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guard, "check_arguments", lambda handler, payload: None)

    assert len(_not_refused(house, ran)) == len(list(_wrong_cases()))


@pytest.mark.parametrize("name", OURS, ids=_short)
def test_an_argument_that_is_not_taken_is_refused(name: str):
    taken = set(inspect.signature(OURS[name]).parameters) - {"self"}

    hidden = taken - parameters_of(OURS[name]).checks.keys()

    defaults = inspect.signature(OURS[name]).parameters
    assert all(defaults[one].default is not inspect.Parameter.empty for one in hidden)
    assert all(
        FROM_CLIENT not in getattr(defaults[one].annotation, "__metadata__", ()) for one in hidden
    )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_a_pages_handlers_run_for_those_who_may_open_it(
    house: House, ran: list[str], route: Route, role: Role
):
    if route.path not in product.PAGES:
        pytest.skip("this page is not built yet")
    handlers = {format_event_handler(one) for one in product.PAGES[route.path].on_load}
    may = route.permission is None or route.permission in ROLE_PERMISSIONS[role]

    async def test(running: Pipeline) -> None:
        client = running.client(house.token(role))
        await client.open("/")
        for name in handlers:
            await client.send(name)
        if route is not SIGN_IN:
            client.path = route.path.replace("[reference]", "T-1")
            await client.send(_on_load())
            assert bool(client.redirects) is not may

    _run(test)

    if may:
        assert handlers <= set(ran), "a page for this role has a handler this role may not call"


def _on_load() -> str:
    return next(name for name in FRAMEWORK if name.endswith("on_load_internal"))


def _run(test: Callable[[Pipeline], Any]) -> None:
    async def go() -> None:
        async with pipeline(product.app) as running:
            await test(running)

    asyncio.run(go())


def _plausible(fn: Callable[..., Any]) -> dict[str, Any]:
    """Arguments of the right types."""
    hints = get_type_hints(fn)
    required = [
        parameter.name
        for parameter in list(inspect.signature(fn).parameters.values())[1:]
        if parameter.default is parameter.empty
    ]
    return {name: _right_for(hints.get(name)) for name in required}


def _right_for(hint: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _right_for(arguments[0])
    if origin is Literal:
        return arguments[0]
    if is_typeddict(hint):
        return {key: _right_for(kind) for key, kind in get_type_hints(hint).items()}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint)).value
    plain: dict[Any, Any] = {int: 1, float: 1.5, str: "x", bool: True, list: [], dict: {}}
    return plain.get(origin or hint)


_HUGE_TEXT = "x" * 200_000


def _wrong_for(hint: Any) -> list[Any]:
    """Values a handler with this annotation must not be given."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        wrong = [_wrong_for(one) for one in arguments if one is not NoneType]
        return [value for value in wrong[0] if all(value in more for more in wrong)][:6]
    if origin is Literal or (isinstance(hint, type) and issubclass(hint, StrEnum)):
        return ["no such choice", None, {}, [], -1, 2**70]
    if is_typeddict(hint):
        return ["text", None, [], -1, 2**70, {"nowhere": "x"}, {"__reflex_form_data__": [[1]]}]
    shapeless: dict[Any, list[Any]] = {
        int: ["3", "", None, {}, [], True, 1.0, 2**70, -(2**70)],
        float: ["3", None, {}, [], True, float("nan"), float("inf"), 10**400],
        str: [3, None, {}, [], True, _HUGE_TEXT, "\0", "\ud800"],
        bool: ["true", None, {}, [], 1, 0, -1],
        list: ["text", None, {}, 3, [None], [[[]]], [{}], ["x"] * 10_000],
        dict: ["text", None, [], 3, {"a": {}}, {"a": None}, {"__reflex_form_data__": 1}],
    }
    return shapeless[origin or hint]

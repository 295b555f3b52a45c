"""Who has a ticket open, and who writes on it. Nothing of it is stored: it is known in the process
that the tabs are connected to, and gone with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

from escalation_app.domain.permissions import Actor

WRITES_FOR = 6.0
"""Seconds after a sign of typing in which somebody still counts as writing."""


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody who has a ticket open. `writes` is reply, note, or "" while they only read."""

    person_id: int
    name: str
    is_staff: bool
    writes: str = ""


@dataclass(frozen=True, slots=True)
class _Tab:
    ticket_id: int
    here: Here
    writes_until: float = 0.0


def here_scope(ticket_id: int, *, is_staff: bool) -> tuple[object, ...]:
    """What a watch of a ticket's presence is shared by."""
    return ("here", ticket_id, is_staff)


class Presence:
    """The tabs that show a ticket. It is changed on the event loop and read from any thread: each
    change puts a new table in place of the old one."""

    def __init__(self, on_change: Callable[[int], None]) -> None:
        """`on_change` is called with the ticket about which something has changed."""
        self._on_change = on_change
        self._tabs: MappingProxyType[str, _Tab] = MappingProxyType({})

    def enter(self, token: str, ticket_id: int, actor: Actor) -> None:
        """A tab shows a ticket from now on, and no other."""
        self.leave(token)
        if actor.person_id is not None:
            here = Here(actor.person_id, actor.name, actor.is_staff)
            self._put(token, _Tab(ticket_id, here))

    def leave(self, token: str) -> None:
        """A tab shows no ticket any more, or is gone."""
        tab = self._tabs.get(token)
        if tab is not None:
            self._tabs = MappingProxyType({k: v for k, v in self._tabs.items() if k != token})
            self._on_change(tab.ticket_id)

    def write(self, token: str, mode: str, now: float) -> None:
        """Somebody has just typed, or with "" is done. `now` is in seconds of the loop's clock."""
        tab = self._tabs.get(token)
        if tab is not None:
            until = now + WRITES_FOR if mode else 0.0
            self._put(token, replace(tab, here=replace(tab.here, writes=mode), writes_until=until))

    def expire(self, now: float) -> None:
        """Whoever has not typed for a while is no longer writing."""
        for token, tab in self._tabs.items():
            if tab.here.writes and tab.writes_until <= now:
                self.write(token, "", now)

    def at(self, ticket_id: int) -> tuple[Here, ...]:
        """Who is there, each once, by name; of several tabs the one that is written in counts."""
        found: dict[int, Here] = {}
        for tab in self._tabs.values():
            known = found.get(tab.here.person_id)
            if tab.ticket_id == ticket_id and (known is None or not known.writes):
                found[tab.here.person_id] = tab.here
        return tuple(sorted(found.values(), key=lambda one: (one.name, one.person_id)))

    def _put(self, token: str, tab: _Tab) -> None:
        before = self._tabs.get(token)
        self._tabs = MappingProxyType({**self._tabs, token: tab})
        if before is None or before.here != tab.here:
            self._on_change(tab.ticket_id)

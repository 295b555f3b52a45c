"""Replies that are written once and sent often, and macros: several acts that belong together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from escalation_app.domain.clocks import Metric
from escalation_app.domain.tickets import Status, Ticket


class Stage(StrEnum):
    """Where a ticket stands, as far as it matters to what one writes."""

    FIRST_ANSWER = "first_answer"
    QUESTION = "question"
    UPDATE = "update"
    DELAY = "delay"
    ESCALATED = "escalated"
    SOLVED = "solved"


class Tone(StrEnum):
    PLAIN = "plain"
    WARM = "warm"
    FORMAL = "formal"


class Placeholder(StrEnum):
    """What a template may leave open; it stands in braces."""

    REQUESTER = "requester"
    ORGANISATION = "organisation"
    REFERENCE = "reference"
    SUBJECT = "subject"
    ME = "me"
    NEXT_UPDATE = "next_update"
    """When the customer hears from us next, if this is sent now."""


MACRO_STATUSES = (Status.OPEN, Status.WAITING_CUSTOMER, Status.WAITING_SUPPLIER)
_BRACES = re.compile(r"\{([^{}]*)\}")
_GAP = re.compile(r"(?<!\S)(?:\.\.\.|…)(?!\S)")


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """A reply with placeholders, for tickets at a stage."""

    key: str
    name: str
    stage: Stage
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Macro:
    """Several acts in one: take the ticket, tag it, send a reply, set a status or resolve it, each
    if it is there. The reply of one that resolves is the closing message."""

    key: str
    name: str
    reply: str = ""
    """The key of a template."""
    status: Status | None = None
    takes: bool = False
    tags: frozenset[str] = frozenset()
    resolves: bool = False


def unknown_placeholders(text: str) -> tuple[str, ...]:
    """What stands in braces and is no placeholder; a brace that stands alone counts too."""
    known = set(Placeholder)
    wrong = [name for name in _BRACES.findall(text) if name not in known]
    return (*wrong, *re.findall(r"[{}]", _BRACES.sub("", text)))


def filled(text: str, values: Mapping[Placeholder, str]) -> str | None:
    """The text with its placeholders filled; None when a value that it needs is missing."""
    needed = {Placeholder(name) for name in _BRACES.findall(text)}
    if any(not values.get(name) for name in needed):
        return None
    # One pass: a value that looks like a placeholder stays what it is.
    return _BRACES.sub(lambda found: values[Placeholder(found[1])], text)


def has_gap(text: str) -> bool:
    """Whether a template's "...", where its writer is to add something, still stands by itself."""
    return _GAP.search(text) is not None


def stages_of(ticket: Ticket) -> frozenset[Stage]:
    """The stages a ticket is at; what is written now fits one of them."""
    if not ticket.is_open:
        return frozenset({Stage.SOLVED})
    first = ticket.clock(Metric.FIRST_RESPONSE)
    if first is not None and not first.is_over:
        return frozenset({Stage.FIRST_ANSWER})
    found = {Stage.UPDATE}
    resolution = ticket.clock(Metric.RESOLUTION)
    if resolution is not None and resolution.is_breached:
        found.add(Stage.DELAY)
    if ticket.escalation is not None:
        found.add(Stage.ESCALATED)
    return frozenset(found)

"""What was said and what happened on a ticket, as people of ours read it."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Side
from escalation_app.models import (
    EventRow,
    MessageRow,
)
from escalation_app.services.queries.common import (
    how_many,
    initials,
    latest,
    names_of,
)
from escalation_app.services.queries.files import files_of
from escalation_app.services.queries.links import merged_references
from escalation_app.services.queries.record import SPOKEN, Happening, in_words, told_ids
from escalation_app.services.queries.seen_ticket import SeenTicket
from escalation_app.services.queries.text_parts import text_parts
from escalation_app.services.tables import columns
from escalation_app.views.common import FileChip, PersonMark, Sentence
from escalation_app.views.ticket import TimelineItem
from escalation_app.views.words import iso

PART = 50
"""How many messages and events a page shows at first, and adds each time earlier ones are asked."""
LONG = 2_000
"""Characters of a message from which on only its beginning is shown at first."""
LONG_LINES = 25
"""Lines of one, likewise."""
_FOLDED = frozenset({Metric.NEXT_UPDATE.value, Metric.TEAM.value})
"""The clocks that begin anew so often that their warnings would hide the conversation."""

_MESSAGES = columns(MessageRow)
_EVENTS = columns(EventRow)


def timeline_of(
    session: Session, actor: Actor, seen: SeenTicket, shown: int
) -> tuple[tuple[TimelineItem, ...], int]:
    """The latest messages and events together, oldest first, and how many come before them."""
    key = seen.ticket.id
    places = merged_references(session, key)
    said = _MESSAGES.c.ticket_id.in_([key, *places])
    if Permission.NOTE_SEE not in actor.grants:
        said = said & _MESSAGES.c.is_public.is_(True)
    happened = (_EVENTS.c.ticket_id == key) & _EVENTS.c.kind.not_in(SPOKEN)
    messages = latest(session, _MESSAGES, said, shown)
    events = latest(session, _EVENTS, happened, shown)
    names = names_of(session, [one for row in events for one in told_ids(row.data)])
    files = files_of(session, [row.id for row in messages])
    named = _named(session, key)
    dated = [
        (
            (row.at, 1, row.id),
            message_item(
                row, seen.customer, files.get(row.id, ()), named, places.get(row.ticket_id, "")
            ),
        )
        for row in messages
    ]
    dated += [
        ((row.at, _rank(row), row.id), event_item(row, seen.process, names)) for row in events
    ]
    dated.sort(key=lambda pair: pair[0])
    items = [item for _, item in dated[-shown:]]
    noise = {f"e{row.id}" for row in events if _is_noise(row)}
    earlier = how_many(session, said) + how_many(session, happened) - len(items)
    return tuple(_folded(items, noise)), earlier


def _is_noise(event: Any) -> bool:
    return event.kind == EventKind.SLA_WARNING and event.data.get("metric") in _FOLDED


def _folded(items: Iterable[TimelineItem], noise: Container[str]) -> Iterator[TimelineItem]:
    """The items, with warnings that follow each other as one line under which they stand."""
    for is_noise, group in groupby(items, lambda item: item.key in noise):
        found = list(group)
        if not is_noise or len(found) == 1:
            yield from found
            continue
        yield replace(
            found[-1],
            key=f"f{found[0].key}",
            kind="folded",
            title=f"{len(found)} warnings",
            text=f"the last: {found[-1].title}",
            folded=tuple(Sentence(item.title, item.at) for item in found),
        )


def _rank(event: Any) -> int:
    """At one instant a ticket is opened, then spoken about, then changed."""
    return 0 if event.kind == "ticket_opened" else 2


def _named(session: Session, ticket_id: int) -> frozenset[str]:
    """The names of everybody whom notes on the ticket have named."""
    told = session.execute(
        select(_EVENTS.c.data).where(
            _EVENTS.c.ticket_id == ticket_id, _EVENTS.c.kind == EventKind.MENTIONED
        )
    ).scalars()
    return frozenset(names_of(session, [one for data in told for one in told_ids(data)]).values())


def message_item(
    row: Any,
    customer: str,
    files: tuple[FileChip, ...],
    named: frozenset[str] = frozenset(),
    place: str = "",
) -> TimelineItem:
    """A message as people of ours read it. In a note, those `named` stand out; `place` is the
    ticket it was said in, if that is another one."""
    is_theirs = row.side == Side.THEM
    author = PersonMark(
        str(row.author_id or ""),
        row.author_name,
        initials(row.author_name),
        customer if is_theirs else "",
    )
    kind = "note" if not row.is_public else "theirs" if is_theirs else "ours"
    return TimelineItem(
        key=f"m{row.id}",
        kind=kind,
        at=iso(row.at),
        author=author,
        audience=customer if kind == "ours" else "",
        text=row.body,
        files=files,
        parts=text_parts(row.body, named if kind == "note" else frozenset()),
        is_long=len(row.body) > LONG or row.body.count("\n") > LONG_LINES,
        place=f"in {place}" if place else "",
    )


def event_item(row: Any, process: Process, names: Mapping[int, str]) -> TimelineItem:
    """An event of the record as people of ours read it; `names` are those of whom it told."""
    told = in_words(Happening(row.kind, row.actor_name, row.data, process, names))
    return TimelineItem(
        key=f"e{row.id}",
        kind="event",
        at=iso(row.at),
        title=told.title,
        text=told.text,
        icon=told.icon,
    )

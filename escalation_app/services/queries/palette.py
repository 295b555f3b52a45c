"""What the command palette leads to: tickets, views of the queue and pages."""

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission
from escalation_app.models import OrganisationRow
from escalation_app.routes import nav_for, ticket_url
from escalation_app.services.queries.queue_filter import EVERY, VIEWS, QueueFilter, home_tier
from escalation_app.services.queries.queue_own import own_queue
from escalation_app.services.queries.scope import TICKETS, visible
from escalation_app.services.tables import columns
from escalation_app.views.frame import PaletteEntry

MOST_TICKETS = 6
MOST_PLACES = 12
_ORGANISATIONS = columns(OrganisationRow)
_NUMBER = re.compile(r"\d{1,9}")


def palette_entries(session: Session, actor: Actor, text: str) -> tuple[PaletteEntry, ...]:
    """Where the words lead, the best fitting first: tickets by reference or subject, then pages and
    views whose name has all of them. Without words: the pages and views."""
    words = text.lower().split()
    places = [one for one in _places(session, actor) if _fits(one, words)]
    found = [*_tickets(session, actor, text.strip())] if words else []
    return (*found, *places[:MOST_PLACES])


def _fits(entry: PaletteEntry, words: Iterable[str]) -> bool:
    name = f"{entry.kind} {entry.title}".lower()
    return all(word in name for word in words)


def _places(session: Session, actor: Actor) -> Iterator[PaletteEntry]:
    for route in nav_for(actor):
        yield PaletteEntry("page", route.title, "", route.path, route.icon)
    yield PaletteEntry("page", "My notices", "", "/settings", "bell")
    if not actor.may(Permission.QUEUE_SEE):
        return
    home = home_tier(actor)
    for view in own_queue(session, actor).views:
        hint = f"shared by {view.owner}" if view.owner else "saved"
        yield PaletteEntry("view", view.name, hint, view.wanted.url(home), "star")
    for key, name in VIEWS.items():
        url = QueueFilter(view=key, tier=home).url(home)
        yield PaletteEntry("view", name, f"tier {home}" if home else f"{EVERY} tiers", url, "list")


def _tickets(session: Session, actor: Actor, text: str) -> Iterator[PaletteEntry]:
    """A number alone is that of a reference; other words stand in reference or subject."""
    if not actor.may(Permission.QUEUE_SEE):
        return
    reference = f"T-{text}" if _NUMBER.fullmatch(text) else text
    is_it = func.lower(TICKETS.c.reference) == reference.lower()
    rows = session.execute(
        select(
            TICKETS.c.reference,
            TICKETS.c.subject,
            _ORGANISATIONS.c.name.label("customer"),
        )
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == TICKETS.c.organisation_id)
        .where(
            visible(actor),
            or_(
                TICKETS.c.reference.istartswith(reference, autoescape=True),
                TICKETS.c.subject.icontains(text, autoescape=True),
            ),
        )
        .order_by(is_it.desc(), TICKETS.c.is_open.desc(), TICKETS.c.id.desc())
        .limit(MOST_TICKETS)
    )
    for row in rows:
        yield PaletteEntry(
            "ticket",
            f"{row.reference} {row.subject}",
            row.customer,
            ticket_url(row.reference),
            "arrow",
        )

"""What the demo's people have written down of what they solved."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.demo.history import House
from escalation_app.demo.scripts import Script
from escalation_app.demo.stories import Details, Story
from escalation_app.domain.articles import ArticleText
from escalation_app.domain.permissions import Actor, Role
from escalation_app.models import TicketRow
from escalation_app.services.articles import change_article, draft_article, publish_article
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork, make_desk

MOST = 9
DRAFTS = 2
"""Of these, as many wait for a manager to publish them."""

CAUSES: Mapping[str, str] = {
    "Payments": "change",
    "Sign-in": "configuration",
    "Performance": "capacity",
    "Integrations": "supplier",
    "Devices": "configuration",
    "Contract": "use",
}
"""The category of the cause, by that of the ticket; any other was a defect."""

_TICKETS: Any = columns(TicketRow)


def write_articles(
    session: Session, scripts: Sequence[Script], house: House, now: datetime
) -> None:
    """Draft an article from one resolved ticket of each of some stories, and publish most."""
    desk = make_desk(session, now)
    agent, manager = (_first(house, role) for role in (Role.AGENT, Role.MANAGER))
    for number, (reference, story, details) in enumerate(_solved(session, scripts)):
        uow = UnitOfWork(session, agent, now, desk)
        key = draft_article(uow, reference)
        text = ArticleText(
            title=details.tell(story.subject),
            symptoms=details.tell(story.report),
            cause=details.tell(story.note),
            resolution=details.tell(story.fix),
            category=CAUSES.get(story.category, "defect"),
        )
        change_article(uow, key, 1, text)
        if number < MOST - DRAFTS:
            publish_article(UnitOfWork(session, manager, now, desk), key)


def _first(house: House, role: Role) -> Actor:
    return next(actor for _, actor in sorted(house.actors.items()) if role in actor.roles)


def _solved(session: Session, scripts: Sequence[Script]) -> Iterable[tuple[str, Story, Details]]:
    """The resolved ticket of a story that was opened last, for as many stories as are wanted."""
    told = {script.details.tell(script.story.subject): script for script in scripts}
    rows = session.execute(
        select(_TICKETS.c.reference, _TICKETS.c.subject)
        .where(_TICKETS.c.resolved_at.is_not(None))
        .order_by(_TICKETS.c.id.desc())
    )
    found: dict[Story, str] = {}
    for row in rows:
        script = told.get(row.subject)
        if script is not None and script.story not in found and len(found) < MOST:
            found[script.story] = row.reference
            yield row.reference, script.story, script.details

"""Words that people put on tickets, to find them again."""

from collections.abc import Iterable

from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.tickets import Decision, Ticket

MAX_TAG = 30
"""Characters of a tag."""
MAX_TAGS = 12
"""Tags of one ticket."""


def tag_of(text: str) -> str:
    """A tag as it is kept: in lower case, its words joined by hyphens. Raises Invalid for what has
    no letter or digit, holds a character that no tag may have, or is too long."""
    tag = "-".join(text.replace("#", " ").lower().split())
    if not any(each.isalnum() for each in tag):
        raise Invalid("A tag needs a letter or a digit.")
    if not all(each.isalnum() or each in "-_.+/&" for each in tag):
        raise Invalid("A tag may have letters, digits and - _ . + / & in it.")
    if len(tag) > MAX_TAG:
        raise Invalid(f"A tag may have {MAX_TAG} characters, not {len(tag)}.")
    return tag


def tags_of(text: str) -> frozenset[str]:
    """The tags of a line in which commas part them. Raises Invalid like `tag_of`."""
    return frozenset(tag_of(part) for part in text.split(",") if part.strip())


def change_tags(
    ticket: Ticket, desk: Desk, added: Iterable[str], removed: Iterable[str] = ()
) -> Decision:
    """Put tags on a ticket and take others off, closed or not; no clock moves. No change if it has
    them, and does not have the others. Raises Invalid for too many."""
    wanted = (ticket.tags - frozenset(removed)) | frozenset(added)
    if wanted == ticket.tags:
        return Decision(ticket, ticket)
    if len(wanted) > MAX_TAGS:
        raise Invalid(f"A ticket may have {MAX_TAGS} tags. Take one off first.")
    draft = begin(ticket, desk)
    draft.change(tags=wanted)
    draft.record(
        EventKind.TICKET_TAGGED,
        added=", ".join(sorted(wanted - ticket.tags)),
        removed=", ".join(sorted(ticket.tags - wanted)),
    )
    return draft.decision()

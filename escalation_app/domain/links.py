"""How two tickets can belong together."""

from enum import StrEnum

from escalation_app.domain.drafts import Desk, Draft
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.tickets import Decision, Ticket


class LinkKind(StrEnum):
    """What the first ticket is to the second one."""

    RELATES_TO = "relates_to"
    DUPLICATE_OF = "duplicate_of"
    CAUSED_BY = "caused_by"
    MERGED_INTO = "merged_into"
    SPLIT_FROM = "split_from"


BY_HAND = frozenset({LinkKind.RELATES_TO, LinkKind.DUPLICATE_OF, LinkKind.CAUSED_BY})
"""What people link, and unlink; a merge and a split stay."""
LINK_WORDS: dict[LinkKind, tuple[str, str]] = {
    LinkKind.RELATES_TO: ("relates to", "relates to"),
    LinkKind.DUPLICATE_OF: ("is a duplicate of", "has as a duplicate"),
    LinkKind.CAUSED_BY: ("is caused by", "causes"),
    LinkKind.MERGED_INTO: ("merged into", "merged into this"),
    LinkKind.SPLIT_FROM: ("was split off", "has had split off"),
}
"""What is said of the second ticket on the first one's page, and of the first on the second's."""


def link(
    ticket: Ticket, other: Ticket, desk: Desk, kind: LinkKind, *, is_on: bool = True
) -> tuple[Decision, Decision]:
    """Put on record in both that they belong together, or no longer do; nothing else changes.

    Raises Invalid for a ticket and itself, and for a kind that people do not link by hand.
    """
    if ticket.id == other.id:
        raise Invalid("A ticket cannot be linked to itself.")
    if kind not in BY_HAND:
        raise Invalid("Choose from the list how they belong together.")
    first, second = LINK_WORDS[kind]
    event = EventKind.TICKET_LINKED if is_on else EventKind.TICKET_UNLINKED
    return _recorded(begin(ticket, desk), event, first, other), _recorded(
        begin(other, desk), event, second, ticket
    )


def _recorded(draft: Draft, event: EventKind, says: str, other: Ticket) -> Decision:
    draft.record(event, says=says, other=other.reference, subject=other.subject)
    return draft.decision()

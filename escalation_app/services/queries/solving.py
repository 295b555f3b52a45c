"""What resolving a ticket would do besides stopping its clocks, and what its customer is told."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from escalation_app.domain.commitments import PromiseState
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.tickets import Ticket
from escalation_app.services.process_words import length_in_words
from escalation_app.services.queries.common import names_of
from escalation_app.services.queries.replies import solved_text
from escalation_app.services.queries.seen_ticket import see_ticket
from escalation_app.views.common import Sentence
from escalation_app.views.ticket_dialogs import SolvingChoice
from escalation_app.views.words import iso


def solving_choice(session: Session, actor: Actor, reference: str, now: datetime) -> SolvingChoice:
    """What the dialog that resolves a ticket shows. Raises NotFound, NotAllowed."""
    seen = see_ticket(session, actor, reference)
    require(actor, Permission.TICKET_RESOLVE, seen.ticket)
    closes = length_in_words(seen.process.close_after)
    return SolvingChoice(
        message=solved_text(session, actor, seen, now),
        effects=(
            *what_resolving_ends(session, seen.ticket),
            Sentence(
                f"It closes by itself after {closes}, or when they say that it works. An answer "
                "of theirs reopens it."
            ),
        ),
    )


def what_resolving_ends(session: Session, ticket: Ticket) -> Iterator[Sentence]:
    """What was promised to the customer and is not kept yet, and what is owed to the case: that it
    counts no longer is said before."""
    for made in ticket.promises:
        if made.state is PromiseState.OPEN:
            said = f"Promised and not kept yet: “{made.text.rstrip('.')}”, by"
            yield Sentence(said, iso(made.due_at), ". It counts no longer: say what becomes of it.")
    owed = [one for one in ticket.obligations if one.is_owed]
    names = names_of(session, [one.person_id for one in owed])
    for one in owed:
        who = names.get(one.person_id, "somebody")
        yield Sentence(f"Still owed by {who}, and dropped: “{one.text.rstrip('.')}”.")

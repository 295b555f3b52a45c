"""What must hold before an escalated ticket is resolved, and what is written down about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import Invalid
from escalation_app.domain.events import EventKind
from escalation_app.domain.firing import begin
from escalation_app.domain.process import Process, ResolutionRules
from escalation_app.domain.tickets import Decision, Ticket


class CauseSide(StrEnum):
    """Whose side a root cause was on."""

    BUSINESS = "business"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"


SIDE_NAMES = {
    CauseSide.BUSINESS: "ours",
    CauseSide.CUSTOMER: "the customer's",
    CauseSide.THIRD_PARTY: "a third party's",
}


@dataclass(frozen=True, slots=True)
class Resolution:
    """How an escalated case is solved, as far as it is known. `held` are the keys of criteria that
    hold, `category` is one of the process's causes. `prevention` is what keeps it from coming back;
    it has an owner and a due time (UTC), or is empty."""

    held: frozenset[str] = frozenset()
    cause: str = ""
    side: str = ""
    category: str = ""
    prevention: str = ""
    prevention_owner_id: int | None = None
    prevention_due_at: datetime | None = None


NOTHING_NOTED = Resolution()


def rules_for(ticket: Ticket, process: Process) -> ResolutionRules | None:
    """What the ticket's resolution is held to; None for one that is not escalated, or where the
    process asks for nothing."""
    return None if ticket.escalation is None else process.resolution


def missing(
    rules: ResolutionRules, noted: Resolution, message: str, *, writes: bool = True
) -> tuple[str, ...]:
    """What is missing before the ticket can be resolved, in words; empty when nothing is.
    `writes`: whether the ticket's tier answers in writing, and owes a closing message."""
    open_ = [text.rstrip(".") for key, text in rules.criteria.items() if key not in noted.held]
    found = [f"“{text}” is not ticked" for text in open_]
    if len(open_) > 2:
        found = [f"{len(open_)} of the {len(rules.criteria)} criteria are not ticked"]
    if not (noted.cause and noted.side and noted.category):
        found.append("the root cause, its side and its category are not written down")
    if writes and not message.strip():
        found.append("the customer has no closing message")
    return tuple(found)


def note(ticket: Ticket, desk: Desk, was: Resolution, noted: Resolution) -> Decision:
    """Write down how the case is solved, on record.

    Raises Invalid for a ticket that is not held to anything, for what the process does not know,
    and for a prevention without somebody of ours and an instant ahead.
    """
    rules = rules_for(ticket, desk.process_of(ticket.process_version))
    if rules is None or not ticket.is_open:
        raise Invalid("Only an escalated ticket that is open is held to criteria.")
    _require_known(rules, noted)
    _require_prevention(desk, was, noted)
    if noted == was:
        return Decision(ticket, ticket)
    draft = begin(ticket, desk)
    draft.record(EventKind.RESOLUTION_NOTED, noted="; ".join(_changes(rules, desk, was, noted)))
    return draft.decision()


def _require_known(rules: ResolutionRules, noted: Resolution) -> None:
    if not noted.held <= rules.criteria.keys():
        raise Invalid("Choose the criteria from the list.")
    if noted.category and noted.category not in rules.causes:
        raise Invalid("Choose the category of the cause from the list.")
    if noted.side and noted.side not in {side.value for side in CauseSide}:
        raise Invalid("Say on whose side the cause was.")


def _require_prevention(desk: Desk, was: Resolution, noted: Resolution) -> None:
    if not noted.prevention:
        if noted.prevention_owner_id is not None or noted.prevention_due_at is not None:
            raise Invalid("Say what is done so that it does not come back.")
        return
    if noted.prevention_owner_id not in desk.roster.staff or noted.prevention_due_at is None:
        raise Invalid("A prevention needs somebody of ours who owns it, and a date.")
    is_new = noted.prevention_due_at != was.prevention_due_at
    if is_new and noted.prevention_due_at <= desk.now:
        raise Invalid("The date of the prevention is past already. Choose one ahead.")


def _changes(rules: ResolutionRules, desk: Desk, was: Resolution, noted: Resolution) -> list[str]:
    """What is noted now and was not before, in words."""
    found = [
        f"“{text.rstrip('.')}” {'holds' if key in noted.held else 'does not hold'}"
        for key, text in rules.criteria.items()
        if (key in noted.held) != (key in was.held)
    ]
    if (noted.cause, noted.side, noted.category) != (was.cause, was.side, was.category):
        side = SIDE_NAMES[CauseSide(noted.side)] if noted.side else "nobody's yet"
        category = rules.causes.get(noted.category, "no category yet").lower()
        found.append(f"root cause ({category}, {side}): {noted.cause.rstrip('.') or 'not known'}")
    if (noted.prevention, noted.prevention_owner_id, noted.prevention_due_at) != (
        was.prevention,
        was.prevention_owner_id,
        was.prevention_due_at,
    ):
        owner = desk.roster.name(noted.prevention_owner_id)
        found.append(f"prevention by {owner}: {noted.prevention.rstrip('.') or 'none'}")
    return found

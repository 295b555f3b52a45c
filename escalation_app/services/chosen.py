"""What is done to several chosen tickets, each in a transaction of its own, and taken back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from escalation_app.domain import lifecycle, tags, undoing
from escalation_app.domain.errors import BusinessError, NotFound
from escalation_app.domain.permissions import Actor, Permission
from escalation_app.domain.tickets import Decision, Status, Ticket
from escalation_app.domain.undoing import Done
from escalation_app.services.tickets import seen
from escalation_app.services.unit_of_work import UnitOfWork, run

MOST_NAMED = 3
"""Tickets that are named for one reason; more are counted."""

Decide = Callable[[UnitOfWork, Ticket], Decision]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done to many tickets: in words, for whom, and how it is decided."""

    what: str
    permission: Permission
    decide: Decide


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: the tickets that were changed, those that were so already, and those that
    were not changed, with the reason."""

    done: tuple[Done, ...] = ()
    same: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict[str, str])


def take() -> Act:
    """Make them one's own."""

    def decide(uow: UnitOfWork, ticket: Ticket) -> Decision:
        assert uow.actor.person_id is not None
        return lifecycle.assign(ticket, uow.desk, uow.actor.person_id, uow.actor.name)

    return Act("taken", Permission.TICKET_TAKE, decide)


def give(assignee_id: int) -> Act:
    """Give them to somebody of ours; NotFound for anybody else."""

    def decide(uow: UnitOfWork, ticket: Ticket) -> Decision:
        member = uow.desk.roster.staff.get(assignee_id)
        if member is None:
            raise NotFound("That person")
        return lifecycle.assign(ticket, uow.desk, assignee_id, member.name)

    return Act("assigned", Permission.TICKET_ASSIGN, decide)


def set_status(status: Status) -> Act:
    """Let them wait, or go on with them."""

    def decide(uow: UnitOfWork, ticket: Ticket) -> Decision:
        return lifecycle.set_status(ticket, uow.desk, status)

    return Act("another status", Permission.TICKET_WAIT, decide)


def tag(added: frozenset[str], removed: frozenset[str]) -> Act:
    """Put tags on them and take others off."""

    def decide(uow: UnitOfWork, ticket: Ticket) -> Decision:
        return tags.change_tags(ticket, uow.desk, added, removed)

    return Act("other tags", Permission.TICKET_TAG, decide)


def do_to_each(actor: Actor, references: Sequence[str], act: Act) -> Outcome:
    """Do something to every ticket for which it is possible and allowed."""
    changed: list[Done] = []
    same: list[str] = []
    refused: dict[str, str] = {}
    for reference in dict.fromkeys(references):
        try:
            found = run(actor, do, reference, act)
        except BusinessError as refusal:
            refused[reference] = str(refusal)
        else:
            if found is None:
                same.append(reference)
            else:
                changed.append(found)
    return Outcome(tuple(changed), tuple(same), refused)


def do(uow: UnitOfWork, reference: str, act: Act) -> Done | None:
    """Do something to a ticket; what can be taken back of it, None when it was so already."""
    ticket = seen(uow, reference, act.permission)
    decision = act.decide(uow, ticket)
    uow.apply_one(decision)
    return undoing.done(act.what, act.permission, decision) if decision.is_change else None


def take_back(uow: UnitOfWork, items: Sequence[Done]) -> str:
    """Undo what was done to each ticket on which nothing has happened since; what to say then,
    the reasons for the others on a second line."""
    back = 0
    refused: dict[str, str] = {}
    for item in items:
        try:
            ticket = seen(uow, item.reference, item.permission)
            uow.apply_one(undoing.undo(ticket, uow.desk, item))
            back += 1
        except BusinessError as refusal:
            refused[item.reference] = str(refusal)
    title = f"Undone for {counted(back)}." if back else "Nothing was undone."
    return f"{title}\n{reasons(refused)}" if refused else title


def counted(number: int) -> str:
    """So many tickets, in words."""
    return "1 ticket" if number == 1 else f"{number} tickets"


def reasons(refused: Mapping[str, str]) -> str:
    """Why some were refused, those for the same reason named together."""
    by_reason: dict[str, list[str]] = {}
    for reference, why in refused.items():
        by_reason.setdefault(why, []).append(reference)
    return " ".join(f"{_named(names)}: {why}" for why, names in by_reason.items())


def _named(references: Iterable[str]) -> str:
    names = list(references)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more

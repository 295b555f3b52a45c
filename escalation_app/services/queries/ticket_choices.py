"""What a person chooses from before they act on a ticket: whom to give it to, how to escalate."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.events import EventKind
from escalation_app.domain.paths import step_times
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.process import Process, Team
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import EscalationKind, Ticket
from escalation_app.services.people import load_roster
from escalation_app.services.process_versions import process_of
from escalation_app.services.queries.record import listed
from escalation_app.services.queries.ticket import see_ticket, tier_name
from escalation_app.views import Choice, EscalateOption, Sentence, iso


def assignable(session: Session, actor: Actor, reference: str) -> tuple[Choice, ...]:
    """The agents of the ticket's team, those with the fewest open tickets first.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    ticket = see_ticket(session, actor, reference).ticket
    require(actor, Permission.TICKET_ASSIGN, ticket)
    roster = load_roster(session)
    members = roster.in_team(ticket.team)
    counted = roster.count_tickets(members)
    loads = {key: counted.get(key, 0) for key in members}
    ordered = sorted(members, key=lambda key: (loads[key], roster.name(key)))
    return tuple(
        Choice(
            value=str(key),
            label=f"{roster.name(key)}, {loads[key]} open",
            hint="has it now" if key == ticket.assignee_id else "",
        )
        for key in ordered
    )


def escalate_options(
    session: Session, actor: Actor, reference: str, now: datetime
) -> tuple[EscalateOption, ...]:
    """The ways to escalate a ticket, whom each goes to, and what it will do.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    seen = see_ticket(session, actor, reference)
    require(actor, Permission.TICKET_ESCALATE, seen.ticket)
    at_hand = _AtHand(seen.ticket, seen.process, load_roster(session), actor)
    under_way = _under_way(session, seen.ticket, now)
    return (
        _functional(at_hand, under_way),
        _hierarchical(at_hand, under_way),
        EscalateOption(
            value=EscalationKind.AUTOMATIC.value,
            title="The process does it",
            text="Automatic. It happens by itself when a promised time runs out.",
            is_disabled=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class _AtHand:
    ticket: Ticket
    process: Process
    roster: Roster
    actor: Actor

    def told(self, kind: EventKind, ticket: Ticket, told: Iterable[int]) -> str:
        """The people of ours who get a notice of such an event, in words."""
        ours = self.roster.staff
        people = {
            person: None
            for rule in self.process.rules_for(kind)
            for person in self.roster.resolve(rule.to, ticket, tuple(told))
            if person in ours and person != self.actor.person_id
        }
        return listed(self.roster.name(person) for person in people)


def _functional(at_hand: _AtHand, under_way: tuple[Sentence, ...]) -> EscalateOption:
    """It goes up to who has the skill."""
    option = EscalateOption(
        value=EscalationKind.FUNCTIONAL.value,
        title="A skill is missing",
        text="Functional. It goes to a team that can do what this one cannot.",
    )
    above = _team_above(at_hand)
    if above is None:
        return replace(
            option, text="Functional. This is the top tier: nobody is above it.", is_disabled=True
        )
    holder = at_hand.roster.pick_agent(above.key)
    moved = replace(at_hand.ticket, team=above.key, tier=above.tier, assignee_id=holder)
    told = at_hand.told(EventKind.TICKET_ESCALATED, moved, () if holder is None else (holder,))
    place = f"{above.name}, {tier_name(at_hand.process, above.tier)}"
    if holder is None:
        first = Sentence(f"It waits in the queue of {place}: nobody of that team is there.")
    else:
        first = Sentence(f"{at_hand.roster.name(holder)} has it from now on, in {place}.")
    effects = (
        first,
        *((Sentence(f"{told} will be told."),) if told else ()),
        *_clock_stays(at_hand.ticket),
        Sentence("The customer's page says who has it now. Your reason stays among staff."),
        *under_way,
    )
    goes_to = place if holder is None else f"{at_hand.roster.name(holder)}, {place}"
    return replace(option, goes_to=goes_to, effects=effects, is_suggested=True)


def _team_above(at_hand: _AtHand) -> Team | None:
    process, ticket = at_hand.process, at_hand.ticket
    above = process.team_above(ticket.team)
    if above is None:
        upper = process.next_tier(ticket.tier)
        return None if upper is None else process.team(upper.team)
    return above


def _hierarchical(at_hand: _AtHand, under_way: tuple[Sentence, ...]) -> EscalateOption:
    """A manager gets the case, the ticket stays where it is."""
    case = at_hand.ticket.escalation
    owner = None if case is None else case.manager_id
    is_known = owner is not None
    owner = owner or at_hand.roster.pick_manager()
    name = "" if owner is None else at_hand.roster.name(owner)
    told = (
        ""
        if is_known or owner is None
        else at_hand.told(EventKind.ESCALATION_ASSIGNED, at_hand.ticket, (owner,))
    )
    if owner is None:
        first = "There is no manager to give the case to: it is only put on record."
    elif is_known:
        first = f"{name} owns the case already; your reason joins it."
    else:
        first = f"{name} owns the case from now on."
    holder = at_hand.ticket.assignee_id
    stays = at_hand.roster.name(holder) if holder is not None else "nobody yet"
    effects = (
        Sentence(first),
        *((Sentence(f"{told} will be told."),) if told else ()),
        Sentence(f"The ticket stays where it is, with {stays}."),
        *_clock_stays(at_hand.ticket),
        *under_way,
    )
    return EscalateOption(
        value=EscalationKind.HIERARCHICAL.value,
        title="Authority is missing",
        text="Hierarchical. A decision above this team, or the customer asks for a manager.",
        goes_to=name,
        effects=effects,
    )


def _clock_stays(ticket: Ticket) -> tuple[Sentence, ...]:
    clock = ticket.clock(Metric.RESOLUTION)
    if clock is None or clock.due_at is None or not clock.is_running:
        return ()
    if clock.is_breached:
        return (
            Sentence("The customer's clock is not touched: it was due", iso(clock.due_at), "."),
        )
    return (Sentence("The customer's clock is not touched: due", iso(clock.due_at), "."),)


def _under_way(session: Session, ticket: Ticket, now: datetime) -> tuple[Sentence, ...]:
    """What the path that runs does besides."""
    run = ticket.run
    if run is None:
        return ()
    process = process_of(session, run.process_version)
    path = process.path(run.path)
    if path is None or run.next_step >= len(path.steps):
        return ()
    step = path.steps[run.next_step]
    at = step_times(ticket, path, process, now)[run.next_step]
    said = f"The path “{path.name}” keeps running. Its next step: {step.name.lower()}"
    if at is None:
        return (Sentence(f"{said}."),)
    return (Sentence(f"{said},", iso(at), "."),)

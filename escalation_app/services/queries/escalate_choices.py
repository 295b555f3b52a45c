"""What a person chooses from before they escalate: which way, to whom and why, and what it does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Metric
from escalation_app.domain.drafts import Desk
from escalation_app.domain.escalations import time_to_decide
from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import Playbook
from escalation_app.domain.paths import step_times
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.playbooks import speaks_of
from escalation_app.domain.process import Process, Team
from escalation_app.domain.proposals import (
    Candidate,
    Ground,
    GroundKind,
    best,
    fitting_playbook,
    functional_candidates,
    hierarchical_candidates,
    home_team,
)
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import EscalationKind, Ticket
from escalation_app.services.process_versions import process_of
from escalation_app.services.process_words import length_in_words
from escalation_app.services.queries.clock_views import clock_time_left
from escalation_app.services.queries.common import initials
from escalation_app.services.queries.record import listed
from escalation_app.services.queries.seen_ticket import message_for, see_ticket, tier_name
from escalation_app.services.unit_of_work import make_desk
from escalation_app.views.common import Sentence, TimeLeft
from escalation_app.views.ticket_dialogs import (
    EscalateCandidate,
    EscalateChoices,
    EscalateOption,
    EscalateReason,
)
from escalation_app.views.words import iso

PLAYBOOK = "playbook"
"""The value of the option that a playbook foresees."""
MOST_CANDIDATES = 5

TOLD_FUNCTIONAL = (
    "Your ticket now goes to a specialist team that can take it further. What we promised you "
    "stays as it is, and you will hear from them here."
)
TOLD_HIERARCHICAL = (
    "A manager now looks at your ticket as well. What we promised you stays as it is, and you "
    "will hear from us here."
)


@dataclass(frozen=True, slots=True)
class _AtHand:
    ticket: Ticket
    process: Process
    desk: Desk
    actor: Actor

    @property
    def roster(self) -> Roster:
        return self.desk.roster

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

    def place(self, team: Team) -> str:
        return f"{team.name}, {tier_name(self.process, team.tier)}"


def escalate_choices(
    session: Session, actor: Actor, reference: str, now: datetime
) -> EscalateChoices:
    """The ways to escalate a ticket, whom each could go to and why, and what each will do.

    Raises NotFound as `see_ticket` does, and NotAllowed.
    """
    seen = see_ticket(session, actor, reference)
    require(actor, Permission.TICKET_ESCALATE, seen.ticket)
    desk = make_desk(session, now)
    at_hand = _AtHand(seen.ticket, seen.process, desk, actor)
    playbook = fitting_playbook(seen.process, seen.ticket)
    foreseen = () if playbook is None else (_by_playbook(at_hand, playbook),)
    functional = _functional(at_hand)
    hierarchical = _hierarchical(at_hand)
    if not foreseen:
        functional = replace(functional, is_suggested=not functional.is_disabled)
    return EscalateChoices(
        options=(*foreseen, functional, hierarchical),
        automatic=_under_way(session, at_hand),
        resolution=_resolution(at_hand),
    )


def _by_playbook(at_hand: _AtHand, playbook: Playbook) -> EscalateOption:
    """One of the two ways, as a foreseen case has it."""
    kind = EscalationKind(playbook.kind)
    is_functional = kind is EscalationKind.FUNCTIONAL
    option = _functional(at_hand, playbook) if is_functional else _hierarchical(at_hand, playbook)
    return replace(
        option,
        value=PLAYBOOK,
        playbook=playbook.key,
        title="A playbook knows this",
        text=f"{kind.value.capitalize()}. “{playbook.name}” fits{_why_it_fits(at_hand, playbook)}. "
        f"{playbook.says}",
        is_suggested=True,
        is_disabled=False,
        effects=(*_tasks(at_hand, playbook), *option.effects),
    )


def _why_it_fits(at_hand: _AtHand, playbook: Playbook) -> str:
    ticket, when = at_hand.ticket, playbook.when
    why: list[str] = []
    if when.severities:
        why.append(f"severity {at_hand.process.severity(ticket.severity).key}")
    if when.plans:
        why.append(f"plan {at_hand.process.plan(ticket.plan).name}")
    labels = {spec.key: spec for spec in at_hand.process.fields}
    why += [
        f"“{labels[one.key].label}” is {labels[one.key].words_of(ticket.filled[one.key])}"
        for one in when.fields
    ]
    words = speaks_of(ticket, when.words)
    if words:
        why.append(f"it speaks of “{words[0]}”")
    return f": {listed(why)}" if why else ""


def _tasks(at_hand: _AtHand, playbook: Playbook) -> Iterator[Sentence]:
    ticket = at_hand.ticket
    if playbook.team and playbook.team != ticket.team:
        team = at_hand.process.team(playbook.team)
        ticket = replace(ticket, team=team.key, tier=team.tier)
        if playbook.kind == EscalationKind.HIERARCHICAL:
            yield Sentence(f"The ticket goes to {at_hand.place(team)}.")
    for task in playbook.tasks:
        who = listed(
            at_hand.roster.name(person) for person in at_hand.roster.resolve(task.audience, ticket)
        )
        if who:
            within = length_in_words(task.task.within)
            yield Sentence(f"{who} gets a task, within {within}: {task.task.text}")


def _functional(at_hand: _AtHand, playbook: Playbook | None = None) -> EscalateOption:
    """It goes to who has the skill."""
    option = EscalateOption(
        value=EscalationKind.FUNCTIONAL.value,
        kind=EscalationKind.FUNCTIONAL.value,
        title="A skill is missing",
        text="Functional. It goes to somebody who can do what this team cannot.",
        message=message_for(at_hand.ticket, at_hand.process, TOLD_FUNCTIONAL),
    )
    home = home_team(at_hand.process, at_hand.ticket, playbook)
    if home is None:
        return replace(
            option, text="Functional. This is the top tier: nobody is above it.", is_disabled=True
        )
    place = at_hand.place(home)
    candidates = functional_candidates(at_hand.ticket, at_hand.desk, playbook)
    shown = tuple(
        _candidate(at_hand, candidate, candidates, _moves(at_hand, candidate))
        for candidate in candidates[:MOST_CANDIDATES]
    )
    are_apart = len({candidate.team for candidate in candidates}) > 1
    nobody = Sentence(f"It waits in the queue of {place}: nobody of that team is there.")
    return replace(
        option,
        goes_to=tier_name(at_hand.process, home.tier) if are_apart else place,
        candidates=shown,
        effects=(
            *(() if best(candidates) else (nobody,)),
            *_clock_stays(at_hand.ticket),
            Sentence("Your reason stays among staff."),
        ),
    )


def _moves(at_hand: _AtHand, candidate: Candidate) -> tuple[Sentence, ...]:
    team = at_hand.process.team(candidate.team)
    moved = replace(at_hand.ticket, team=team.key, tier=team.tier, assignee_id=candidate.person_id)
    told = at_hand.told(EventKind.TICKET_ESCALATED, moved, (candidate.person_id,))
    name = at_hand.roster.name(candidate.person_id)
    return (
        Sentence(f"{name} has it from now on, in {at_hand.place(team)}."),
        *((Sentence(f"{told} will be told."),) if told else ()),
    )


def _hierarchical(at_hand: _AtHand, playbook: Playbook | None = None) -> EscalateOption:
    """A manager gets the case; without a playbook the ticket stays where it is."""
    case = at_hand.ticket.escalation
    is_owned = case is not None and case.manager_id is not None
    candidates = hierarchical_candidates(at_hand.ticket, at_hand.desk)
    shown = tuple(
        _candidate(at_hand, candidate, candidates, _decides(at_hand, candidate))
        for candidate in candidates[:MOST_CANDIDATES]
    )
    nobody = Sentence("There is no manager to give the case to: it is only put on record.")
    stays = playbook is None or playbook.team in ("", at_hand.ticket.team)
    holder = at_hand.ticket.assignee_id
    with_whom = at_hand.roster.name(holder) if holder is not None else "nobody yet"
    within, calendar = time_to_decide(at_hand.ticket, at_hand.process)
    decide_at = iso(calendar.add(at_hand.desk.now, within))
    return EscalateOption(
        value=EscalationKind.HIERARCHICAL.value,
        kind=EscalationKind.HIERARCHICAL.value,
        title="Authority is missing",
        text="Hierarchical. A decision above this team, or the customer asks for a manager.",
        goes_to="who decides" if is_owned else "a manager",
        is_disabled=False,
        candidates=shown,
        effects=(
            *(() if best(candidates) else (nobody,)),
            *((Sentence(f"The ticket stays where it is, with {with_whom}."),) if stays else ()),
            *_clock_stays(at_hand.ticket),
        ),
        message=message_for(at_hand.ticket, at_hand.process, TOLD_HIERARCHICAL),
        decide_by=Sentence("They owe it to the case, due", decide_at, ".")
        if best(candidates)
        else Sentence(),
    )


def _decides(at_hand: _AtHand, candidate: Candidate) -> tuple[Sentence, ...]:
    case, key = at_hand.ticket.escalation, candidate.person_id
    name = at_hand.roster.name(key)
    if case is not None and case.manager_id == key:
        return (Sentence(f"{name} owns the case already; your reason joins it."),)
    if case is not None and case.manager_id is not None:
        owner = at_hand.roster.name(case.manager_id)
        return (Sentence(f"{name} joins the case above {owner}, who goes on owning it."),)
    told = at_hand.told(EventKind.ESCALATION_ASSIGNED, at_hand.ticket, (key,))
    return (
        Sentence(f"{name} owns the case from now on."),
        *((Sentence(f"{told} will be told."),) if told else ()),
    )


def _candidate(
    at_hand: _AtHand,
    candidate: Candidate,
    among: tuple[Candidate, ...],
    effects: tuple[Sentence, ...],
) -> EscalateCandidate:
    name = at_hand.roster.name(candidate.person_id)
    is_best = candidate is best(among)
    are_apart = len({one.team for one in among}) > 1
    return EscalateCandidate(
        key=str(candidate.person_id),
        name=name,
        initials=initials(name),
        place=at_hand.place(at_hand.process.team(candidate.team)) if are_apart else "",
        badge="best fit" if is_best else "" if candidate.is_there else "away",
        is_best=is_best,
        is_disabled=not candidate.is_there,
        reasons=tuple(_reason(ground) for ground in candidate.grounds),
        effects=effects,
    )


def _reason(ground: Ground) -> EscalateReason:
    icon = "check" if ground.is_for else "arrow" if ground.kind is GroundKind.AWAY else "minus"
    return EscalateReason(icon, _in_words(ground))


def _in_words(ground: Ground) -> Sentence:
    words, until = ground.words, iso(ground.until)
    match ground.kind:
        case GroundKind.SKILL:
            return Sentence(f"knows {listed(f'“{word}”' for word in words)}")
        case GroundKind.OTHER_SKILL:
            return Sentence(f"knows {listed(f'“{word}”' for word in words)} only")
        case GroundKind.AWAY:
            instead = f"{words[0]} stands in" if words else "nobody stands in"
            return Sentence("back", until, f", {instead}") if until else Sentence(instead)
        case GroundKind.CLOSED:
            return Sentence("their team opens", until)
        case GroundKind.NIGHT:
            return Sentence("their night, until", until)
        case GroundKind.WORKING:
            return Sentence("at work now")
        case GroundKind.LOAD:
            return Sentence(f"has {ground.count} open" if ground.count else "has nothing open")
        case GroundKind.OWNER:
            return Sentence("owns this case")
        case GroundKind.EXECUTIVE:
            return Sentence(f"stands above {words[0]}")


def _clock_stays(ticket: Ticket) -> tuple[Sentence, ...]:
    clock = ticket.clock(Metric.RESOLUTION)
    if clock is None or clock.due_at is None or not clock.is_running:
        return ()
    was = "it was due" if clock.is_breached else "due"
    return (Sentence(f"The customer's clock is not touched: {was}", iso(clock.due_at), "."),)


def _resolution(at_hand: _AtHand) -> TimeLeft:
    clock = at_hand.ticket.clock(Metric.RESOLUTION)
    if clock is None:
        return TimeLeft()
    calendar = at_hand.process.calendar(clock.calendar)
    return clock_time_left(clock, calendar, at_hand.desk.now)


def _under_way(session: Session, at_hand: _AtHand) -> Sentence:
    """What the engine does besides."""
    ticket, run = at_hand.ticket, at_hand.ticket.run
    if run is None:
        return Sentence("No path runs. One starts by itself when a promised time runs out.")
    process = process_of(session, run.process_version)
    path = process.path(run.path)
    if path is None or run.next_step >= len(path.steps):
        return Sentence("The path that runs has taken its last step.")
    step = path.steps[run.next_step]
    at = step_times(ticket, path, process, at_hand.desk.now)[run.next_step]
    said = f"The path “{path.name}” keeps running. Its next step: {step.name.lower()}"
    return Sentence(f"{said}.") if at is None else Sentence(f"{said},", iso(at), ".")

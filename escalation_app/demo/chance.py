"""What the demo's acts choose with: chance, who is there, and how much a thing is wanted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from escalation_app.demo.owed import Promised
from escalation_app.demo.scene import Scene, Seen
from escalation_app.demo.stories import Story
from escalation_app.domain.tickets import Status
from escalation_app.services import tickets
from escalation_app.services.unit_of_work import UnitOfWork

HANDS_OFF = timedelta(minutes=10)
"""How long a ticket is left alone after a visitor acted on it."""
SHAPE: Mapping[int, int] = {1: 118, 2: 41, 3: 19, 4: 4}
"""Open tickets by tier that the acts steer to."""
UNANSWERED = 18
WAITING = 18
ESCALATED = 34
OVER = 5
UNACKNOWLEDGED = 8

Doing = Callable[[UnitOfWork], object]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that could be done now: by whom, and how much it is wanted."""

    name: str
    weight: float
    actor_id: int
    do: Doing


class Chance:
    """Picks who and which, by one sequence of random numbers."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def pick(
        self,
        among: Sequence[Seen],
        fits: Callable[[Seen], bool],
        by: Callable[[Seen], float] | None = None,
    ) -> Seen | None:
        """One that fits: any, or the one with the highest `by` among three."""
        fitting = [each for each in among if fits(each)]
        if not fitting:
            return None
        if by is None:
            return self.rng.choice(fitting)
        return max(self.rng.sample(fitting, min(3, len(fitting))), key=by)

    def agent(self, scene: Scene, ticket: Seen | None) -> int | None:
        """Who of ours acts on it: who has it, else somebody of the team."""
        if ticket is None:
            return None
        if ticket.assignee_id in scene.people:
            return ticket.assignee_id
        team = scene.agents_of(ticket.team)
        return self.rng.choice(team).id if team else None

    def told(self, scene: Scene, ticket: Seen) -> int | None:
        """Who of those whom its escalation told acknowledges it: its manager, else its executive,
        else whoever has it, else anybody."""
        first = (ticket.manager_id, ticket.executive_id, ticket.assignee_id)
        told = ticket.told | {ticket.manager_id, ticket.executive_id}
        if ticket.is_functional:
            told |= {ticket.assignee_id}
        wanted = (*first, *sorted(ticket.told))
        return next((who for who in wanted if who in told and who in scene.people), None)

    def manager(self, scene: Scene, ticket: Seen | None) -> int | None:
        if ticket is None:
            return None
        if ticket.manager_id in scene.people:
            return ticket.manager_id
        managers = scene.managers
        return self.rng.choice(managers).id if managers else None


def bounded(value: float, least: float, most: float) -> float:
    return max(least, min(value, most))


def share_of(clock: Promised | None, now: datetime) -> float:
    return 0.0 if clock is None else clock.share(now)


def room_for_cases(scene: Scene) -> float:
    return bounded((ESCALATED / max(scene.escalated, 1)) ** 3, 0, 2)


def quiet_for(scene: Scene) -> Callable[[Seen], float]:
    return lambda each: (scene.now - each.contact_at).total_seconds()


def is_in_work(ticket: Seen, now: datetime) -> bool:
    """Answered, not waiting, and not about to escalate by itself."""
    return (
        ticket.status is Status.OPEN
        and ticket.metric != "first_response"
        and not ticket.is_about_to_escalate(now)
    )


def told(ticket: Seen, part: Callable[[Story], str], otherwise: str) -> str:
    story = ticket.story
    return otherwise if story is None else ticket.details.tell(part(story))


def saying(ticket: Seen, text: str) -> Doing:
    return lambda uow: tickets.send_message(uow, ticket.reference, text)

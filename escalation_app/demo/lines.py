"""One ticket of the demo while its past is played."""

from dataclasses import dataclass, field
from datetime import datetime

from escalation_app.demo.case_steps import CaseStep
from escalation_app.demo.scripts import Script, Step
from escalation_app.domain.clocks import Metric
from escalation_app.domain.tickets import Ticket
from escalation_app.services.effects import Act


@dataclass(slots=True)
class Line:
    """One ticket being played. The steps are kept with the earliest last."""

    script: Script
    steps: list[Step | CaseStep]
    ticket: Ticket | None = None
    wakes_at: datetime | None = None
    acts: list[Act] = field(default_factory=list[Act])
    told: tuple[int, ...] = ()
    """Whom the escalation that is active told last."""
    minded: set[tuple[Metric, int, datetime]] = field(
        default_factory=set[tuple[Metric, int, datetime]]
    )
    """The running stretches of clocks for which somebody has planned to write."""
    is_furnished: bool = False
    """Whether it is settled what stands in the war room of its case."""

    def next_at(self) -> datetime | None:
        """When something happens next; what the engine does comes before what people do."""
        if self.ticket is None:
            return self.script.opened_at
        step_at = self.steps[-1].at if self.steps else None
        if self.wakes_at is None or step_at is None:
            return self.wakes_at or step_at
        return min(self.wakes_at, step_at)

    def add(self, *steps: Step | CaseStep) -> None:
        self.steps += steps
        self.steps.sort(key=lambda each: each.at, reverse=True)

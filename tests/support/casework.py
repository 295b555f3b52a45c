"""One ticket and the people around it in memory: what the domain decides, without a database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from escalation_app.domain import firing, lifecycle
from escalation_app.domain.actions import StepAction
from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.path_spec import PathStep
from escalation_app.domain.permissions import Role
from escalation_app.domain.process import TARGET_METRICS, Process
from escalation_app.domain.roster import Roster, StaffMember
from escalation_app.domain.tickets import Decision, Escalation, PathRun, StepTaken, Ticket
from escalation_app.services.process_document import load_process
from escalation_app.services.process_versions import shipped_document

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
CUSTOMER = 100
AGENT, LEAD, SPECIALIST, EXPERT, MANAGER, OTHER_MANAGER, EXECUTIVE, ADMIN = range(1, 9)
GRADES = {1: ("high", "high"), 2: ("high", "medium"), 3: ("medium", "medium"), 4: ("low", "low")}
"""An impact and an urgency for each severity."""


@cache
def as_shipped() -> Process:
    """The process as it is shipped, with all that it promises."""
    return load_process(shipped_document(), 1)


@cache
def shipped() -> Process:
    """The shipped process with a first response and a resolution promised and nothing else, and
    steps that are not repeated and oblige nobody, so that a test sees the clocks and steps it is
    about."""
    whole = as_shipped()
    policies = [
        replace(
            policy,
            targets={
                level: {metric: row[metric] for metric in TARGET_METRICS}
                for level, row in policy.targets.items()
            },
        )
        for policy in whole.policies
    ]
    paths = [
        replace(
            path,
            steps=tuple(_plain(step) for step in path.steps),
        )
        for path in whole.paths
    ]
    return replace(whole, policies=tuple(policies), paths=tuple(paths), playbooks=())


def _plain(step: PathStep) -> PathStep:
    calls = step.action is StepAction.REACH_OUT
    action = StepAction.ASSIGN_MANAGER if calls else step.action
    return replace(step, action=action, task=None, repeat=None, otherwise=())


def _member(
    key: int, name: str, role: Role, team: str = "", tier: int = 0, lead: bool = False
) -> StaffMember:
    return StaffMember(key, name, team, tier, lead, frozenset({role}))


STAFF = (
    _member(AGENT, "Agent", Role.AGENT, "service_desk", 1),
    _member(LEAD, "Lead", Role.AGENT, "service_desk", 1, lead=True),
    _member(SPECIALIST, "Specialist", Role.AGENT, "application_support", 2),
    _member(EXPERT, "Expert", Role.AGENT, "platform_engineering", 3),
    _member(MANAGER, "Manager", Role.MANAGER),
    _member(OTHER_MANAGER, "Other manager", Role.MANAGER),
    _member(EXECUTIVE, "Executive", Role.EXECUTIVE),
    _member(ADMIN, "Admin", Role.ADMIN),
)


@dataclass
class Casework:
    """A ticket as it goes through decisions, with everything that was put on record.

    It does with a decision what the store does: runs and escalations get keys, and the steps of a
    decision are put away.
    """

    ticket: Ticket
    now: datetime
    process: Process
    roster: Roster
    events: list[Event] = field(default_factory=list[Event])
    steps: list[tuple[int, StepTaken]] = field(default_factory=list[tuple[int, StepTaken]])
    ended: list[PathRun | Escalation] = field(default_factory=list[PathRun | Escalation])
    _keys: int = 0

    def wait(self, **length: float) -> None:
        """Let time pass; nothing is done about it."""
        self.now += timedelta(**length)

    def wait_until(self, share: float, metric_index: int = 1) -> None:
        """Go to where that share, in percent, of the resolution's (or first) time is used."""
        clock = self.ticket.clocks[metric_index]
        self.now = clock.started_at + clock.target * share / 100

    def desk(self, *, is_history: bool = False) -> Desk:
        return Desk(lambda _: self.process, lambda: self.roster, self.now, is_history=is_history)

    def decide(self, decision_of: Callable[..., Decision], *args: Any, **kwargs: Any) -> Decision:
        """Decide now, and go on from there."""
        decision = decision_of(self.ticket, self.desk(), *args, **kwargs)
        self.keep(decision)
        return decision

    def fire(self) -> Decision:
        """What the engine does now."""
        return self.decide(firing.fire)

    def run_until(self, end: datetime) -> None:
        """What the engine does, woken whenever something is due, up to an instant."""
        while (at := self.wakes_at) is not None and at <= end:
            self.now = max(at, self.now)
            self.fire()
            assert (again := self.wakes_at) is None or again > self.now
        self.now = end

    @property
    def wakes_at(self) -> datetime | None:
        return firing.wakes_at(self.ticket, self.desk())

    def answer(self, text: str = "We look into it.") -> None:
        message = lifecycle.message_from_us(self.now, AGENT, "Agent", text, is_public=True)
        self.decide(lifecycle.add_message, message)

    def hear(self, text: str = "It still does not work.") -> None:
        message = lifecycle.message_from_customer(self.now, CUSTOMER, "Customer", text)
        self.decide(lifecycle.add_message, message)

    def keep(self, decision: Decision) -> None:
        ticket = decision.after
        for ended in decision.ended:
            key = ended.id or self._new_key()
            if isinstance(ended, PathRun):
                self.steps += [(key, step) for step in ended.taken]
            self.ended.append(replace(ended, id=key))
        if (run := ticket.run) is not None:
            run = replace(run, id=run.id or self._new_key())
            self.steps += [(run.id or 0, step) for step in run.taken]
            ticket = replace(ticket, run=replace(run, taken=()))
        if (case := ticket.escalation) is not None:
            ticket = replace(ticket, escalation=replace(case, id=case.id or self._new_key()))
        self.events += decision.events
        self.ticket = ticket

    def _new_key(self) -> int:
        self._keys += 1
        return self._keys

    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.events]

    def of_kind(self, kind: EventKind) -> list[Event]:
        return [event for event in self.events if event.kind is kind]

    def step_keys(self) -> list[str]:
        """The steps taken so far, by key."""
        return [str(e.data["step"]) for e in self.of_kind(EventKind.PATH_STEP_TAKEN)]


def casework(
    severity: int = 1,
    plan: str = "enterprise",
    *,
    answered: bool = False,
    staff: Iterable[StaffMember] = STAFF,
    process: Process | None = None,
    at: datetime = MONDAY,
) -> Casework:
    """A ticket just opened, given to an agent if it is answered."""
    process = process or shipped()
    work = Casework(
        None,  # type: ignore[arg-type]
        at,
        process,
        Roster({member.id: member for member in staff}),
    )
    impact, urgency = GRADES[severity]
    opened = lifecycle.open_ticket(
        work.desk(),
        process_version=1,
        subject="Down",
        organisation_id=1,
        requester_id=CUSTOMER,
        plan=plan,
        impact=impact,
        urgency=urgency,
        first_message=None,
    )
    work.keep(opened)
    work.ticket = replace(work.ticket, id=1, reference="T-1001")
    if answered:
        work.decide(lifecycle.assign, AGENT, "Agent")
        work.answer()
    return work

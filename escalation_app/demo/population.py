"""Which tickets the demo begins with: scripts that end, at `now`, in a shape of a busy hour.

A script is written backwards. `share` says how much of the promised time to resolution is used
at `now`, which gives the instant of opening; what people did lies between. As it is all said in
shares and ages, the boards look alike at any hour of any day.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from escalation_app.demo import phrases, stories
from escalation_app.demo.marks import BASIC, ENTERPRISE, MARKS, PRO, Mark
from escalation_app.demo.people import ORGANISATIONS, SEATS, Organisation
from escalation_app.demo.scripts import Do, Script, Step
from escalation_app.demo.stories import Story
from escalation_app.domain.clocks import Metric
from escalation_app.domain.process import Process

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


RESOLVED_TODAY = 58
RESOLVED_BEFORE = 190
DAYS_BACK = 35


CLIMBS_AT = {1: 0.9, 2: 1.0, 3: 1.0}
"""By severity, the share at which the shipped paths move a ticket to the next tier."""

SEVERITIES = {1: (2, 3, 3, 3, 3, 3, 4, 4, 4), 2: (2, 2, 3, 3, 3, 3), 3: (2, 2, 2, 3, 3)}
"""The mix of severities of calm tickets, by tier."""


def population(process: Process, now: datetime, rng: Random) -> list[Script]:
    """Every script of the demo, the earliest opening first."""
    writer = _Writer(process, now, rng)
    scripts = [
        *writer.imminent(),
        *writer.tier_1(),
        *writer.upper_tiers(),
        *writer.seats(),
        *writer.resolved(),
    ]
    return sorted(scripts, key=lambda script: script.opened_at)


def about_to_escalate(process: Process, now: datetime, rng: Random) -> list[Script]:
    """A few scripts more that escalate by themselves soon, for a demo that goes on."""
    return list(_Writer(process, now, rng).imminent(MARKS[::2]))


@dataclass(frozen=True, slots=True)
class _Origin:
    """Whose ticket it is and what it is about."""

    organisation: Organisation
    requester: str
    story: Story


class _Writer:
    def __init__(self, process: Process, now: datetime, rng: Random) -> None:
        self.process = process
        self.now = now
        self.rng = rng
        self._told: Counter[str] = Counter()

    # The groups -------------------------------------------------------------------------

    def imminent(self, marks: Sequence[Mark] = MARKS) -> Iterator[Script]:
        for mark in marks:
            at = self.now + timedelta(seconds=mark.after)
            share = mark.share / 100
            if mark.metric is Metric.FIRST_RESPONSE:
                script = self.unanswered(mark.plan, mark.severity, share, at=at)
            else:
                script = self.open(mark.plan, mark.severity, share, mark.tier, at=at)
            script.may_be_taken = False
            yield script

    def tier_1(self) -> Iterator[Script]:
        yield self.unanswered(PRO, 3, 1.016)  # nobody answered, over since four minutes
        for plan, severity, share in (
            (PRO, 3, 0.93),
            (BASIC, 3, 0.88),
            (ENTERPRISE, 4, 0.83),
            (PRO, 4, 0.78),
        ):
            yield self.unanswered(plan, severity, share)
        for _ in range(9):
            severity = self.rng.choice((3, 3, 4))
            yield self.unanswered(self.plan(), severity, self.rng.uniform(0.03, 0.6))
        yield self.open(ENTERPRISE, 1, 0.31)
        for _ in range(59):
            yield self.open(self.plan(), self.severity(1), self.rng.uniform(0.03, 0.68))
        for plan, severity, share in ((PRO, 3, 0.84), (BASIC, 4, 0.91), (ENTERPRISE, 3, 0.79)):
            yield self.open(plan, severity, share)
        for _ in range(3):
            script = self.open(self.plan(), 3, self.rng.uniform(0.3, 0.6))
            asked_at = self.now - self.rng.uniform(0.1, 0.3) * (self.now - script.opened_at)
            reason = self.rng.choice(phrases.CUSTOMER_REASONS)
            script.steps.append(Step(asked_at, Do.REQUEST, reason))
            yield script
        for _ in range(13):
            share = self.rng.uniform(0.1, 0.7)
            yield self.open(self.plan(), self.severity(1), share, ends=Do.ASK)
        for _ in range(5):
            share = self.rng.uniform(0.2, 0.66)
            severity = self.rng.choice((3, 4))
            yield self.open(self.plan(), severity, share, ends=Do.WAIT_FOR_SUPPLIER)

    def upper_tiers(self) -> Iterator[Script]:
        yield self.open(ENTERPRISE, 2, 1.008, 2)  # over since twelve minutes
        yield self.open(PRO, 3, 0.92, 2)
        yield self.open(PRO, 2, 1.02, 2, ends=Do.ASK)  # broken, and now waiting for the customer
        for _ in range(17):
            share = self.rng.uniform(0.1, 0.62)
            yield self.open(self.plan(), self.severity(2), share, 2, settles=True)
        for _ in range(2):
            share = self.rng.uniform(0.15, 0.5)
            yield self.open(self.plan(), 3, share, 2, ends=Do.ASK, settles=True)
        for _ in range(3):
            yield self.open(self.plan(), self.severity(2), self.rng.uniform(0.1, 0.5), 2)
        yield self.open(ENTERPRISE, 1, 1.09, 3)  # over since 38 minutes: an executive is told
        yield self.open(ENTERPRISE, 1, 1.04, 3)
        yield self.open(PRO, 2, 0.94, 3)
        for _ in range(9):
            share = self.rng.uniform(0.2, 0.6)
            yield self.open(self.plan(), self.severity(3), share, 3, settles=True)
        for _ in range(2):
            share = self.rng.uniform(0.2, 0.5)
            yield self.open(self.plan(), 3, share, 3, ends=Do.ASK, settles=True)
        for _ in range(2):
            share = self.rng.uniform(0.2, 0.6)
            yield self.open(PRO, 2, share, 3, ends=Do.WAIT_FOR_SUPPLIER)
        yield self.open(PRO, 1, 0.62, 4)
        yield self.open(PRO, 1, 1.01, 4)
        yield self.open(ENTERPRISE, 2, 0.55, 4, ends=Do.ASK)

    def seats(self) -> Iterator[Script]:
        """The tickets of the people a visitor can be."""
        yield from self._of_the_customer()
        yield from self._of_the_agent()
        yield self._of_the_manager()

    def _of_the_customer(self) -> Iterator[Script]:
        terminals = self.open(ENTERPRISE, 1, 0.78, 2, by=_mine("Card terminals"))
        terminals.is_acknowledged = False
        self._give_to_the_agent(terminals)
        taken_at = self.now - 0.25 * self._target(ENTERPRISE, 1, Metric.RESOLUTION)
        terminals.steps.append(Step(taken_at, Do.TAKE_CASE, who=SEATS["manager"]))
        yield terminals
        yield self.open(ENTERPRISE, 3, 0.42, by=_mine("Timetable feed"), ends=Do.ASK)
        yield self.open(ENTERPRISE, 3, 0.3, by=_mine("Printer queue"))
        yield self.open(ENTERPRISE, 4, 0.5, by=_mine("Add French texts"))
        yield self.unanswered(ENTERPRISE, 2, 0.26, by=_mine("Kiosks offline"))
        solved_at = self.now - 150 * MINUTE
        yield self.solved(ENTERPRISE, 2, 0.4, 1, solved_at, by=_mine("Cabins"))

    def _of_the_agent(self) -> Iterator[Script]:
        for plan, severity, share, ends in (
            (ENTERPRISE, 2, 0.86, None),
            (PRO, 3, 0.35, None),
            (BASIC, 3, 0.3, Do.ASK),
        ):
            script = self.open(plan, severity, share, 2, ends=ends)
            self._give_to_the_agent(script)
            yield script

    def _give_to_the_agent(self, script: Script) -> None:
        """After the lead may have passed the ticket to another department."""
        at = _last(script, Do.HAND_UP) + 11 * MINUTE
        script.steps.append(Step(at, Do.ASSIGN, who="sato", to=SEATS["agent"]))

    def _of_the_manager(self) -> Script:
        script = self.open(PRO, 2, 0.62, 4)
        moved_at = _last(script, Do.HAND_UP)
        manager = SEATS["manager"]
        script.steps.append(Step(moved_at + 4 * MINUTE, Do.TAKE, who=manager))
        script.steps.append(Step(moved_at + 5 * MINUTE, Do.TAKE_CASE, who=manager))
        return script

    def resolved(self) -> Iterator[Script]:
        for number in range(RESOLVED_TODAY + RESOLVED_BEFORE):
            at = self.now - DAY * self.rng.random()
            if number >= RESOLVED_TODAY:
                at -= DAY * (DAYS_BACK - 1) * self.rng.random() ** 1.5
            tier = self.rng.choice((1, 1, 1, 1, 1, 1, 2, 2, 3))
            is_late = number % 23 == 0
            share = self.rng.uniform(1.005, 1.15) if is_late else self.rng.uniform(0.04, 0.9)
            severity = 1 if number % 19 == 0 else self.severity(tier)
            script = self.solved(self.plan(), severity, share, tier, at)
            if number % 31 == 30:
                self._come_back(script, at)
            yield script

    # One ticket -------------------------------------------------------------------------

    def unanswered(
        self,
        plan: str,
        severity: int,
        share: float,
        *,
        at: datetime | None = None,
        by: _Origin | None = None,
    ) -> Script:
        """Nobody has answered; `share` of the time to the first answer is used at `at`."""
        opened_at = self._before(at or self.now, share, plan, severity, Metric.FIRST_RESPONSE)
        return self._script(by or self._origin(plan, severity), severity, opened_at)

    def open(
        self,
        plan: str,
        severity: int,
        share: float,
        tier: int = 1,
        *,
        at: datetime | None = None,
        ends: Do | None = None,
        settles: bool = False,
        by: _Origin | None = None,
    ) -> Script:
        """In work on `tier`; `share` of the time to the resolution is used at `at`, or when the
        wait begins in which it `ends`. `settles`: a manager has ended its escalation."""
        until = self.now
        if ends is Do.ASK:
            waited = 15 * MINUTE if share > 1 else self.rng.uniform(0.05, 0.9) * share * DAY
            until -= waited
        opened_at = self._before(at or until, share, plan, severity, Metric.RESOLUTION)
        if ends is Do.WAIT_FOR_SUPPLIER:
            until = opened_at + 0.8 * (until - opened_at)
        script = self._script(by or self._origin(plan, severity, tier), severity, opened_at)
        climbs = share if at is None else 0.0
        self._work(script, plan, tier, until, climbs, settles=settles)
        if ends is Do.ASK:
            question = script.details.tell(script.story.question)
            script.steps.append(Step(until, Do.ASK, question))
        elif ends is not None:
            script.steps.append(Step(until, ends, self.rng.choice(phrases.WAITS_FOR_SUPPLIER)))
        return script

    def solved(
        self,
        plan: str,
        severity: int,
        share: float,
        tier: int,
        at: datetime,
        *,
        by: _Origin | None = None,
    ) -> Script:
        """Resolved at `at`, with `share` of the promised time used."""
        opened_at = self._before(at, share, plan, severity, Metric.RESOLUTION)
        script = self._script(by or self._origin(plan, severity, tier), severity, opened_at)
        self._work(script, plan, tier, at, share)
        script.steps.append(Step(at, Do.RESOLVE, script.details.tell(script.story.fix)))
        return script

    def _come_back(self, script: Script, resolved_at: datetime) -> None:
        """The customer reopens it, and it is resolved once more."""
        back_at = resolved_at + self.rng.uniform(1, 9) * HOUR
        again_at = back_at + self.rng.uniform(1, 5) * HOUR
        fix = script.details.tell(script.story.fix)
        script.steps += [
            Step(back_at, Do.WRITE, self.rng.choice(phrases.REOPENINGS)),
            Step(back_at + 0.3 * (again_at - back_at), Do.REPLY, phrases.FIRST_REPLIES[3]),
            Step(again_at, Do.RESOLVE, f"The cause has been taken away for good now. {fix}"),
        ]

    def _work(
        self,
        script: Script,
        plan: str,
        tier: int,
        until: datetime,
        share: float,
        *,
        settles: bool = False,
    ) -> None:
        """What people of ours and the customer do until `until`: the answer, the way up to the
        tier (less the step that the path takes by itself at `share`), and words back and forth."""
        begun = script.opened_at
        life = until - begun
        target = self._target(plan, script.severity, Metric.FIRST_RESPONSE)
        answered = begun + min(self.rng.uniform(0.15, 0.7) * target, 0.12 * life)
        add = script.steps.append
        add(Step(begun + 0.7 * (answered - begun), Do.TAKE))
        add(Step(answered, Do.REPLY, self.rng.choice(phrases.FIRST_REPLIES)))
        reached = 0.15
        by_itself = share > CLIMBS_AT.get(script.severity, 9) and tier > 1
        for _ in range(tier - 1 - by_itself):
            at = begun + (reached + self.rng.uniform(0, 0.08)) * life
            if self.rng.random() < 0.6:
                add(Step(at - 0.02 * life, Do.NOTE, script.details.tell(script.story.note)))
            add(Step(at, Do.HAND_UP, self.rng.choice(phrases.NEEDS_SKILL)))
            add(Step(at + 0.07 * life, Do.REPLY, self.rng.choice(phrases.UPDATES)))
            reached += 0.2
        if settles:
            at = _last(script, Do.HAND_UP) + 0.1 * life
            add(Step(at, Do.SETTLE, self.rng.choice(phrases.SETTLED)))
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            at = begun + self.rng.uniform(0.3, 0.93) * life
            add(Step(at, Do.WRITE, self.rng.choice(phrases.CUSTOMER_NUDGES)))
            if self.rng.random() < 0.75:
                add(Step(at + 0.05 * life, Do.REPLY, self.rng.choice(phrases.UPDATES)))
            elif self.rng.random() < 0.5:
                add(Step(at + 0.03 * life, Do.NOTE, self.rng.choice(phrases.NOTES)))

    def _script(self, origin: _Origin, severity: int, opened_at: datetime) -> Script:
        channel = self.rng.choice(("portal", "portal", "portal", "email", "phone"))
        return Script(
            origin.organisation, origin.requester, origin.story, severity, opened_at, [], channel
        )

    def _origin(self, plan: str, severity: int, tier: int = 1) -> _Origin:
        organisation = self.rng.choice([each for each in ORGANISATIONS if each.plan == plan])
        people = [each.key for each in organisation.people if each.key != SEATS["customer"]]
        fitting = stories.stories_for(organisation, severity, tier)
        fewest = min(self._told[story.subject] for story in fitting)
        story = self.rng.choice([s for s in fitting if self._told[s.subject] <= fewest + 1])
        self._told[story.subject] += 1
        return _Origin(organisation, self.rng.choice(people), story)

    def plan(self) -> str:
        return self.rng.choice((BASIC, PRO, PRO, ENTERPRISE, ENTERPRISE))

    def severity(self, tier: int) -> int:
        return self.rng.choice(SEVERITIES[tier])

    def _target(self, plan: str, severity: int, metric: Metric) -> timedelta:
        target = self.process.policy_for(plan, severity).target(severity, metric)
        assert target is not None
        return target

    def _before(
        self, at: datetime, share: float, plan: str, severity: int, metric: Metric
    ) -> datetime:
        """The opening that makes `share` of the metric's time used at `at`."""
        calendar = self.process.calendar(self.process.policy_for(plan, severity).calendar)
        return calendar.subtract(at, self._target(plan, severity, metric) * share)


def _mine(subject: str) -> _Origin:
    """A story told by the customer a visitor can be; the subject's beginning says which."""
    organisation, me = next(
        (organisation, person.key)
        for organisation in ORGANISATIONS
        for person in organisation.people
        if person.key == SEATS["customer"]
    )
    story = next(each for each in stories.STORIES if each.subject.startswith(subject))
    return _Origin(organisation, me, story)


def _last(script: Script, do: Do) -> datetime:
    """When the script does it for the last time."""
    return max(step.at for step in script.steps if step.do is do)

"""The engine over recorded tickets: what a process would have made of them.

It is the code that decides for the house (`Story`, `fire`, `wakes_at`, `who_is_told_of_each`),
woken at exactly the instants at which something falls due. What people did is taken from the
record; the engine acts between. Nothing is read from a clock and nothing is written.

People act as they did, with these rules for what the record cannot know:

- What falls due at the very instant at which somebody acts has happened before they do.
- Only what a moment changes in the record is done. A row that repeats the group, the owner or the
  severity takes nothing back that the engine has changed meanwhile.
- A ticket that the engine has moved above the tier on which the record has it stays there: handing
  it about below, or up to below, changes nothing, and no more does giving it to somebody there.
  What the record gives back to a lower tier goes there.
- As long as the record has more to say about a resolved ticket, it does not close by itself.
- Whoever has the name that the record gives is not told of what they did; the requester opened it.
- The first answer is known, but no message: nobody is told of one, and no time to the next reply
  or update runs.
- Nobody acknowledges, does an obligation, escalates, or is away. Repeats and fall-backs of steps
  come as often as they can, so messages are the most there could be.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from heapq import heappop, heappush
from typing import Any, NamedTuple

from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import Invalid
from escalation_app.domain.firing import fire, wakes_at
from escalation_app.domain.history import (
    NOBODY,
    Moment,
    Opening,
    Story,
    closed_once,
    require_order,
)
from escalation_app.domain.notices import where_it_is_posted, who_is_told_of_each
from escalation_app.domain.process import Delivery, Process
from escalation_app.domain.roster import Roster, StaffMember
from escalation_app.domain.tickets import OPEN_STATUSES, Decision, Status, Ticket
from escalation_app.domain.values import changed

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Before anything happens."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A ticket as another desk's log tells it: how it was opened, and what happened then."""

    opening: Opening
    moments: Sequence[Moment]


Told = tuple[tuple[int, Delivery], ...]
"""People with the ways they are told by."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A decision of a simulation. `by` is the name the record gives, and None for the engine.
    `told` has an entry for each of its events: what the process says, before anybody's own
    preferences. `posts` are the channels on which they are posted."""

    at: datetime
    by: str | None
    decision: Decision
    told: tuple[Told, ...]
    posts: tuple[str, ...] = ()


def walk(
    recorded: Iterable[Recorded],
    process: Process,
    staff: Mapping[int, StaffMember],
    until: datetime,
) -> Iterator[Happened]:
    """Everything that happens by `until`, in order of time.

    `recorded` comes in order of opening and is read as time reaches it, so that only tickets under
    way are held. Raises Invalid for tickets or moments out of order, and KeyError for keys that
    the process does not know.
    """
    return _Walk(process, staff).through(recorded, until)


class _Act(NamedTuple):
    """What a moment changes in the record, and the tier it has the ticket on before and after."""

    moment: Moment
    from_tier: int
    to_tier: int


@dataclass(slots=True)
class _Line:
    """A ticket on its way; the next of its acts stands last."""

    number: int
    opening: Opening
    acts: list[_Act]
    story: Story | None = None
    wakes_at: datetime | None = None

    @property
    def acts_at(self) -> datetime | None:
        return self.acts[-1].moment.at if self.acts else None

    @property
    def next_at(self) -> datetime | None:
        acts_at, wakes_at = self.acts_at, self.wakes_at
        if acts_at is None or wakes_at is None:
            return acts_at or wakes_at
        return min(acts_at, wakes_at)


class _Walk:
    def __init__(self, process: Process, staff: Mapping[int, StaffMember]) -> None:
        self._process = process
        self._tickets: Counter[int] = Counter()
        self._cases: Counter[int] = Counter()
        self._roster = Roster(
            staff,
            count_tickets=lambda _people: self._tickets,
            count_cases=lambda _people: self._cases,
        )
        self._desk = Desk(lambda _version: process, lambda: self._roster, BEGINNING)
        self._ids = _ids_by_name(staff)
        self._happened: list[Happened] = []

    def through(self, recorded: Iterable[Recorded], until: datetime) -> Iterator[Happened]:
        """Everything that happens, in order of time."""
        ahead: list[tuple[datetime, int, _Line]] = []
        coming = self._lines(recorded)
        new = next(coming, None)
        while True:
            while new is not None and (not ahead or new.opening.at <= ahead[0][0]):
                heappush(ahead, (new.opening.at, new.number, new))
                new = next(coming, None)
            if not ahead or ahead[0][0] > until:
                return
            self._desk.now, number, line = heappop(ahead)
            self._turn(line)
            yield from self._happened
            self._happened.clear()
            next_at = line.next_at
            if next_at is not None:
                heappush(ahead, (max(next_at, self._desk.now), number, line))

    def _lines(self, recorded: Iterable[Recorded]) -> Iterator[_Line]:
        before = BEGINNING
        for number, record in enumerate(recorded, start=1):
            if record.opening.at < before:
                raise Invalid("These tickets are not in the order in which they were opened.")
            before = record.opening.at
            yield _Line(number, record.opening, _acts(record, self._process)[::-1])

    def _turn(self, line: _Line) -> None:
        """One thing happens to the ticket: it is opened, somebody acts, or the engine does."""
        story, desk = line.story, self._desk
        if story is None:
            keep = partial(self._keep, line.number)
            line.story = story = Story(line.opening, desk, self._process.version, keep)
        elif line.wakes_at is not None and line.wakes_at <= desk.now:
            story.ticket = self._keep(line.number, fire(story.ticket, desk), None)
        else:
            story.go_on(_as_it_stands(line.acts.pop(), story.ticket))
        if not line.acts:
            story.ticket = self._closing(story.ticket)
        line.wakes_at = wakes_at(story.ticket, desk)

    def _closing(self, ticket: Ticket) -> Ticket:
        """The ticket, which closes by itself now that the record says no more about it."""
        if ticket.status is not Status.RESOLVED or ticket.resolved_at is None or ticket.close_at:
            return ticket
        return changed(ticket, close_at=ticket.resolved_at + self._process.close_after)

    def _keep(self, number: int, decision: Decision, by: str | None) -> Ticket:
        """Note what was decided, and do what the store does: the ticket has its id, and its run
        no longer the steps of this decision."""
        if not decision.is_change:
            return decision.after
        before, after = decision.before, decision.after
        if before is None:
            actor_id = after.requester_id
            after = changed(after, id=number)
            decision = changed(decision, after=after)
        else:
            actor_id = self._ids.get(by or "")
        desk, events = self._desk, decision.events
        told = tuple(map(tuple, who_is_told_of_each(desk, after, events, actor_id)))
        posts = tuple([key for event in events for key in where_it_is_posted(desk, after, event)])
        self._happened.append(Happened(self._desk.now, by, decision, told, posts))
        self._count(before, after)
        if after.run is not None and after.run.taken:
            after = changed(after, run=changed(after.run, taken=()))
        return after

    def _count(self, before: Ticket | None, after: Ticket) -> None:
        """Who has how much, so that the next pick goes by it."""
        for ticket, by in ((before, -1), (after, 1)):
            if ticket is None:
                continue
            if ticket.is_open and ticket.assignee_id is not None:
                self._tickets[ticket.assignee_id] += by
            case_ = ticket.escalation
            for person_id in () if case_ is None else (case_.manager_id, case_.executive_id):
                if person_id is not None:
                    self._cases[person_id] += by
        self._roster.tickets.clear()
        self._roster.cases.clear()


def _ids_by_name(staff: Mapping[int, StaffMember]) -> dict[str, int]:
    """Who has a name that nobody else has."""
    often = Counter(member.name for member in staff.values())
    return {member.name: key for key, member in staff.items() if often[member.name] == 1}


# The record ----------------------------------------------------------------------------------


def _acts(record: Recorded, process: Process) -> list[_Act]:
    """The moments that change something in the record, with no more than what they change."""
    opening, moments = record.opening, record.moments
    last_at = moments[-1].at if moments else opening.at
    require_order(opening, moments, last_at)
    acts: list[_Act] = []
    so_far = _SoFar(opening, process)
    for moment in closed_once(moments):
        acts.extend(so_far.acts(moment))
    return acts


class _SoFar:
    """How a ticket stands in the record, whatever the simulation makes of it."""

    def __init__(self, opening: Opening, process: Process) -> None:
        self._process = process
        self._at = opening.at
        self._status = Status.NEW
        self._grades = opening.impact, opening.urgency, opening.severity
        self._team, self._group = opening.team, opening.group
        self._assignee_id = NOBODY
        self._is_answered = False

    def acts(self, moment: Moment) -> Iterator[_Act]:
        """What the moment changes: nothing, one act, or the resolution that comes to light when
        the ticket is closed, and the close."""
        resolved_at = moment.resolved_at
        is_unresolved = moment.status is Status.CLOSED and self._status in OPEN_STATUSES
        if is_unresolved and resolved_at is not None and self._at <= resolved_at < moment.at:
            yield from self._act(Moment(resolved_at, moment.by, status=Status.RESOLVED))
        yield from self._act(moment)
        self._at = moment.at

    def _act(self, moment: Moment) -> Iterator[_Act]:
        from_tier = self._process.team(self._team).tier
        news: dict[str, Any] = {}
        is_reopened = self._status is Status.RESOLVED and moment.status in OPEN_STATUSES
        if is_reopened or self._status in OPEN_STATUSES:  # else it is left out
            news |= self._answer(moment) | self._grade(moment) | self._holder(moment)
        if moment.status not in (None, self._status):
            self._status = news["status"] = moment.status
        if news:
            to_tier = self._process.team(self._team).tier
            yield _Act(Moment(moment.at, moment.by, **news), from_tier, to_tier)

    def _answer(self, moment: Moment) -> dict[str, Any]:
        if not moment.answers or self._is_answered:
            return {}
        self._is_answered = True
        return {"answers": True}

    def _grade(self, moment: Moment) -> dict[str, Any]:
        given = moment.impact, moment.urgency, moment.severity
        grades = tuple(new or old for new, old in zip(given, self._grades, strict=True))
        if grades == self._grades:
            return {}
        self._grades = grades
        return dict(zip(("impact", "urgency", "severity"), given, strict=True))

    def _holder(self, moment: Moment) -> dict[str, Any]:
        """Who has it: a move says so as a whole, anything else only what is new."""
        news: dict[str, Any] = {}
        is_regrouped = moment.group not in ("", self._group)
        is_moved = moment.moves_up or moment.team not in ("", self._team)
        if is_regrouped or is_moved:
            news |= {"team": moment.team, "group": moment.group, "moves_up": moment.moves_up}
        assignee_id = moment.assignee_id
        if assignee_id is not None and (news or assignee_id != self._assignee_id):
            self._assignee_id = news["assignee_id"] = assignee_id
        self._group = moment.group or self._group
        self._team = moment.team or self._team
        if moment.moves_up:
            self._team, self._assignee_id = self._above(), NOBODY
        return news

    def _above(self) -> str:
        above = self._process.team_above(self._team)
        return self._team if above is None else above.key


def _as_it_stands(act: _Act, ticket: Ticket) -> Moment:
    """What the act does to a ticket that the engine may have moved meanwhile."""
    moment, from_tier, to_tier = act
    is_there = ticket.tier > to_tier or (moment.moves_up and ticket.tier == to_tier)
    if to_tier < from_tier or not is_there:
        return moment
    return changed(moment, team="", group="", assignee_id=None, moves_up=False)

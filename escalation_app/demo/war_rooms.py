"""What managers and the people they asked did about escalated cases before the demo begins: who
owed what and how far they came, what the customer was promised, and what was decided.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from random import Random
from typing import TypeVar

from escalation_app.demo import case_steps
from escalation_app.demo.case_steps import CaseStep, Decides
from escalation_app.demo.duties import (
    ALL_THE_SAME,
    HINDRANCES,
    MOVED,
    OF_THE_SEAT,
    RELEASES,
    Duty,
    casework_of,
)
from escalation_app.demo.marks import ENTERPRISE
from escalation_app.demo.people import SEATS
from escalation_app.demo.scripts import Script
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.permissions import Permission

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SHORTEST = 80 * MINUTE
"""A case that a manager has had for less has nothing in it yet."""
SOON = 50 * MINUTE
"""What is promised for today is not due sooner, from the beginning of the demo on."""
LONGEST = 10 * HOUR
"""What was done before is not told any more."""
OTHERS = 6
"""As many cases of managers whom no visitor can be have something in them."""
OF_OLD = 3
"""One of so many cases that are over had."""

T = TypeVar("T")


class Fate(StrEnum):
    """How far somebody has come with what they owe."""

    DONE = "done"
    DONE_LATE = "done_late"
    DUE = "due"
    NEW = "new"
    LATE = "late"
    BLOCKED = "blocked"
    RELEASED = "released"


class Word(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    TODAY = "today"
    TOMORROW = "tomorrow"
    MOVED = "moved"
    BROKEN = "broken"
    """Kept, but late."""


@dataclass(frozen=True, slots=True)
class Room:
    """What stands in the war room of a case. `asks_seat`: the last duty is that of the agent whom
    a visitor can be. `sponsor` is the key of an executive."""

    fates: tuple[Fate, ...]
    words: tuple[Word, ...]
    decisions: int = 1
    asks_seat: bool = False
    sponsor: str = ""


_DONE, _DUE, _NEW, _LATE = Fate.DONE, Fate.DUE, Fate.NEW, Fate.LATE
FULL = Room(
    (_DONE, _DUE, _LATE, _NEW), (Word.KEPT, Word.TODAY), 2, asks_seat=True, sponsor="whitfield"
)
"""That of the case the visitors' seats share."""
OF_THE_SEATS = (
    Room((_DONE, _DUE, Fate.BLOCKED), (Word.KEPT, Word.TODAY), 2),
    Room((_DONE, _DUE), (Word.TOMORROW,)),
    Room((_DONE, Fate.DONE_LATE, Fate.RELEASED, _DUE), (Word.MOVED,), 2, asks_seat=True),
    Room((_DUE, _NEW), (), 1),
    Room((_DONE, _DONE, _DUE), (Word.KEPT,), 1),
)
OF_OTHERS = (
    Room((_DONE, _DONE, _DUE, _NEW), (Word.KEPT, Word.TODAY), 2),
    Room((_DONE, _LATE, _DUE), (Word.BROKEN, Word.TOMORROW), 2),
    Room((_DONE, _DUE, _DUE), (Word.TODAY,)),
    Room((_DUE, _DUE), (Word.TOMORROW,), 1),
    Room((_DONE, _LATE, _DUE), (Word.TODAY,), 2),
    Room((_DONE, _DUE, _NEW), (Word.MOVED,), 1),
)
PAST = (
    *(Room((_DONE, _DONE), (Word.KEPT,)) for _ in range(9)),
    Room((_DONE, Fate.DONE_LATE), (Word.BROKEN,)),
)


class WarRooms:
    """Deals out what stands in the cases, as managers come to lead them. `ids` are people by
    their keys."""

    def __init__(self, ids: dict[str, int], until: datetime) -> None:
        self._ids = ids
        self._until = until
        self._dealt = {"seats": 0, "others": 0, "past": 0}
        self._is_sponsored = False
        """Whether the executive whom a visitor can be stands for a case of the manager's."""

    def furnish(
        self, script: Script, manager: str, now: datetime, solved_at: datetime | None
    ) -> list[CaseStep]:
        """What happens in the case that this manager leads from now on, up to the instant at which
        it is solved; nothing where there is no room for it."""
        end = self._until if solved_at is None else solved_at
        if end - now < SHORTEST:
            return []
        room = self._deal(script, manager, is_over=solved_at is not None)
        begin = max(now + 2 * MINUTE, end - LONGEST)
        return [] if room is None else list(_Plan(script, room, manager, begin, end, self._ids))

    def _deal(self, script: Script, manager: str, *, is_over: bool) -> Room | None:
        if is_over:
            number = self._next("past")
            return None if number % OF_OLD else PAST[number // OF_OLD % len(PAST)]
        if manager == SEATS["manager"]:
            if script.requester == SEATS["customer"]:
                return FULL
            room = OF_THE_SEATS[self._next("seats") % len(OF_THE_SEATS)]
            if self._is_sponsored or script.severity > 2:
                return room
            self._is_sponsored = True
            return replace(room, sponsor=SEATS["executive"])
        is_grave = script.severity == 1 or (
            script.severity == 2 and script.organisation.plan == ENTERPRISE
        )
        if not is_grave or self._dealt["others"] == OTHERS:
            return None
        return OF_OTHERS[self._next("others")]

    def _next(self, kind: str) -> int:
        number = self._dealt[kind]
        self._dealt[kind] += 1
        return number


class _Plan:
    """The steps of one room. What is over lies in shares of the time the case has been led; what
    is ahead, or late, at lengths from the end of it."""

    def __init__(
        self,
        script: Script,
        room: Room,
        manager: str,
        begin: datetime,
        end: datetime,
        ids: dict[str, int],
    ) -> None:
        self.script = script
        self.room = room
        self.manager = manager
        self.begin = begin
        self.end = end
        self.ids = ids
        self.work = casework_of(script.story)
        self.rng = Random(f"{script.opened_at}")  # noqa: S311  # choices of a story, not secrets

    def __iter__(self) -> Iterator[CaseStep]:
        for number, (fate, duty) in enumerate(zip(self.room.fates, self._team(), strict=False)):
            yield from self._duty(fate, duty, number)
        for number, word in enumerate(self.room.words):
            yield from self._promise(word, self._tell(self._said(self.work.promises, number)))
        for number in range(min(self.room.decisions, len(self.work.decisions))):
            text, why = (self._tell(each) for each in self._said(self.work.decisions, number))
            decide = partial(case_steps.record, text=text, why=why)
            at = self._at(0.14 + 0.37 * number)
            yield CaseStep(at, self.manager, Permission.DECISION_RECORD, decide)
        if self.room.sponsor:
            decide = partial(case_steps.sponsor, executive=self.ids[self.room.sponsor])
            yield CaseStep(self._at(0.2), self.manager, Permission.ESCALATION_ASSIGN, decide)

    def _team(self) -> list[Duty]:
        details, most = self.script.details, len(self.room.fates)
        if not self.room.asks_seat:
            return self.work.team(details, most)
        return [*self.work.team(details, most - 1), OF_THE_SEAT[details.n % len(OF_THE_SEAT)]]

    def _said(self, among: Sequence[T], number: int) -> T:
        """One of these, which follows from the ticket."""
        return among[(self.script.details.n + number) % len(among)]

    def _tell(self, text: str) -> str:
        return self.script.details.tell(text)

    def _at(self, share: float) -> datetime:
        """At that share of the time, a little sooner or later."""
        return self.begin + (share + self.rng.uniform(-0.02, 0.02)) * (self.end - self.begin)

    def _ahead(self, least: float, most: float) -> datetime:
        """So many hours after the end, on a full five minutes."""
        at = self.end + self.rng.uniform(least, most) * HOUR
        return at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)

    # Duties -----------------------------------------------------------------------------

    def _duty(self, fate: Fate, duty: Duty, number: int) -> Iterator[CaseStep]:
        text, person = self._tell(duty.text), self.ids[duty.who]
        given_at, due_at = self._at(0.04 + 0.05 * number), self._due(fate)
        if fate is Fate.NEW:
            given_at = self.end - self.rng.uniform(0.08, 0.14) * min(
                self.end - self.begin, 3 * HOUR
            )
        give = partial(case_steps.give, person=person, text=text, due_at=due_at, part=duty.part)
        yield CaseStep(given_at, self.manager, Permission.OBLIGATION_GIVE, give)

        def becomes(share: float, state: ObligationState, why: str = "", by: str = "") -> CaseStep:
            change = partial(case_steps.change, text=text, state=state, why=why)
            return CaseStep(self._at(share), by or duty.who, Permission.OBLIGATION_UPDATE, change)

        if fate not in (Fate.NEW, Fate.RELEASED):
            yield becomes(0.12 + 0.05 * number, ObligationState.ACCEPTED)
        if fate is Fate.DONE:
            yield becomes(0.4 + 0.08 * number, ObligationState.DONE)
        elif fate is Fate.DONE_LATE:
            yield becomes(0.62, ObligationState.DONE)
        elif fate is Fate.BLOCKED:
            yield becomes(0.6, ObligationState.BLOCKED, self._said(HINDRANCES, 0))
        elif fate is Fate.RELEASED:
            yield becomes(0.3, ObligationState.RELEASED, self._said(RELEASES, 0), self.manager)

    def _due(self, fate: Fate) -> datetime:
        match fate:
            case Fate.DONE | Fate.RELEASED:
                return self._at(0.85)
            case Fate.DONE_LATE:
                return self._at(0.5)
            case Fate.LATE:
                return self.end - self.rng.uniform(0.1, 0.2) * min(self.end - self.begin, 5 * HOUR)
            case Fate.DUE:
                return self._ahead(0.6, 3)
            case Fate.NEW | Fate.BLOCKED:
                return self._ahead(2, 5)

    # Promises ---------------------------------------------------------------------------

    def _promise(self, word: Word, text: str) -> Iterator[CaseStep]:
        made, due = {
            Word.KEPT: (self._at(0.08), self._at(0.75)),
            Word.BROKEN: (self._at(0.08), self._at(0.45)),
            Word.MOVED: (self._at(0.16), self._at(0.7)),
            Word.TODAY: (self._at(0.55), self._ahead(2, 6)),
            Word.TOMORROW: (self._at(0.5), self._ahead(19, 28)),
        }[word]
        before = self.end + SOON if word is Word.TODAY else None
        stand = self._said(ALL_THE_SAME, len(text))
        make = partial(case_steps.promise, text=text, due_at=due, soonest=before, override=stand)
        yield self._promised(made, make)
        if word in (Word.KEPT, Word.BROKEN):
            yield self._promised(self._at(0.58), partial(case_steps.keep, text=text))
        elif word is Word.MOVED:
            later, why = self._ahead(3, 8), self._said(MOVED, 0)
            move = partial(case_steps.move, text=text, due_at=later, why=why, override=stand)
            yield self._promised(self._at(0.6), move)

    def _promised(self, at: datetime, decide: Decides) -> CaseStep:
        return CaseStep(at, self.manager, Permission.PROMISE_MAKE, decide)

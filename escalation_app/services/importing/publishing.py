"""Staged tickets become tickets, a few in each transaction, so that nobody waits for an import.

What is decided is decided before the write lock is taken; the number of tickets a transaction
follows how long the last one took.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.db import Database
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.history import tell
from escalation_app.domain.permissions import IMPORT
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Decision
from escalation_app.models import TicketRow
from escalation_app.services import effects
from escalation_app.services.importing.batches import Batch, Watch, put_away, touched
from escalation_app.services.importing.mapping import Mapping
from escalation_app.services.importing.parties import Parties
from escalation_app.services.importing.rejects import Rejects
from escalation_app.services.importing.staging import Stage
from escalation_app.services.importing.telling import Teller, Told, read_ticket
from escalation_app.services.tables import columns

AIM_S = 0.05
"""How long one transaction should hold the write lock; at most it is to be 100 ms."""
FEWEST, FIRST, MOST = 4, 16, 100
"""Tickets a transaction."""
AT_ONCE = 200
"""Tickets that are looked up together, and whose people are added together."""

_TICKETS = columns(TicketRow)


class Progress(Protocol):
    """Hears how far an import is: of `total` things of a kind, `done`; the total may be unknown."""

    def __call__(self, doing: str, done: int, total: int | None) -> None: ...


@dataclass(slots=True)
class Counts:
    """What became of the tickets of a log."""

    new: int = 0
    unchanged: int = 0
    replaced: int = 0
    refused: int = 0
    longest_lock_ms: int = 0

    def as_dict(self) -> dict[str, int]:
        """Plain values to keep."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}


@dataclass(frozen=True, slots=True)
class _Known:
    """A ticket that is here already."""

    id: int
    source: str | None
    ref: str | None
    digest: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class _Decided:
    """A ticket ready to be written, and the one whose place it takes."""

    told: Told
    decision: Decision
    known: _Known | None


@dataclass(slots=True)
class Publisher:
    """Publishes what a stage holds. Without a batch nothing is written: a dry run."""

    database: Database
    mapping: Mapping
    process: Process
    rejects: Rejects
    now: datetime
    shift: timedelta
    batch: Batch | None
    watch: Watch
    progress: Progress
    counts: Counts = field(default_factory=Counts)
    _parties: Parties = field(init=False)
    _teller: Teller = field(init=False)
    _desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        mapping = self.mapping
        plan = mapping.plans.empty or self.process.default_plan
        self._parties = Parties(mapping.source, plan, self.process, mapping.unknown_organisation)
        self._teller = Teller(mapping, self._parties, self.shift)
        self._desk = Desk(
            process_of=lambda version: self.process,
            load_roster=lambda: self._parties.roster,
            now=self.now,
            is_history=True,
        )

    def publish(self, stage: Stage) -> Counts:
        """Every ticket of the stage, in its order."""
        staged = stage.read()
        size, done = FIRST, 0
        while group := list(islice(staged, AT_ONCE)):
            read = [read_ticket(ticket, self.mapping, self.rejects) for ticket in group]
            told = [ticket for ticket in read if ticket is not None]
            self.counts.refused += len(read) - len(told)
            ready = self._decided(self._known_parties(told))
            while part := list(islice(ready, size)):
                took = self._write(part)
                size = min(max(round(size * AIM_S / took), FEWEST), MOST) if took else MOST
            done += len(group)
            self.progress("tickets published", done, stage.tickets)
        return self.counts

    def _known_parties(self, told: Sequence[Told]) -> dict[Told, _Known | None]:
        """The tickets to write, once everybody they name is here."""
        with self.database.reading() as session:
            wanted = self._wanted(session, told)
            parties = self._parties.unknown(
                party for ticket in wanted for party in self._teller.parties_of(ticket)
            )
            if parties:
                self._parties.find(session, parties)
        missing = self._parties.unknown(parties)
        if self.batch is None:
            self._parties.pretend(missing)
        elif missing:
            with self.database.writing() as session:
                self._parties.add(session, missing, self.batch.id, self.now)
        return wanted

    def _wanted(self, session: Session, told: Sequence[Told]) -> dict[Told, _Known | None]:
        """The tickets to write, each with the one whose place it takes."""
        found = _known(session, self.mapping.source, told)
        by_ref = {known.ref: known for known in found if known.source == self.mapping.source}
        taken = {known.reference: known for known in found}
        busy = touched(session, [known.id for known in by_ref.values()])
        wanted: dict[Told, _Known | None] = {}
        for ticket in told:
            known = by_ref.get(ticket.ref)
            holder = taken.get(ticket.reference)
            if known is not None and known.digest == ticket.digest:
                self.counts.unchanged += 1
            elif known is not None and known.id in busy:
                said = "has a longer or other history now, but has been worked on here since"
                self._refuse(ticket, f"{said} it was imported; it stays as it is here.")
            elif holder is not None and holder is not known:
                self._refuse(ticket, f"cannot be {ticket.reference}: another ticket here is.")
            else:
                wanted[ticket] = known
                taken[ticket.reference] = known or _Known(0, None, None, None, ticket.reference)
        return wanted

    def _decided(self, wanted: dict[Told, _Known | None]) -> Iterator[_Decided]:
        for ticket, known in wanted.items():
            try:
                opening, moments = self._teller.opening(ticket), self._teller.moments(ticket)
                decision = tell(opening, moments, self._desk, self.process.version)
            except (BusinessError, ValueError, OverflowError) as wrong:
                self._refuse(ticket, f"has a history that cannot be: {wrong}")
            else:
                yield _Decided(ticket, decision, known)

    def _write(self, decided: Sequence[_Decided]) -> float:
        """One transaction; returns for how many seconds it held the write lock."""
        if self.batch is None:
            self._count(decided, set())
            return 0.0
        with self.database.writing() as session:
            begun = self.watch.monotonic()
            busy = self._write_in(session, self.batch, decided)
        took = self.watch.monotonic() - begun
        self.counts.longest_lock_ms = max(self.counts.longest_lock_ms, round(took * 1000))
        self._count(decided, busy)
        return took

    def _write_in(self, session: Session, batch: Batch, decided: Sequence[_Decided]) -> set[int]:
        """Returns the tickets on which somebody has acted since they were looked at."""
        busy = touched(session, [each.known.id for each in decided if each.known])
        free = [each for each in decided if each.known is None or each.known.id not in busy]
        put_away(session, batch.id, [each.known.id for each in free if each.known])
        extra: list[dict[str, Any]] = [
            {**self._teller.more_columns(each.told), "import_batch_id": batch.id} for each in free
        ]
        decisions = [each.decision for each in free]
        effects.apply(session, self._desk, IMPORT, decisions, extra=extra, tells=False)
        batch.beat(session)
        return busy

    def _count(self, decided: Sequence[_Decided], busy: set[int]) -> None:
        for each in decided:
            if each.known is None:
                self.counts.new += 1
            elif each.known.id in busy:
                self._refuse(each.told, "was worked on here while it was being imported again.")
            else:
                self.counts.replaced += 1

    def _refuse(self, ticket: Told, said: str) -> None:
        self.counts.refused += 1
        self.rejects.reject(ticket.line, f"Ticket {ticket.ref!r} {said}")


def _known(session: Session, source: str, told: Sequence[Told]) -> list[_Known]:
    """Tickets here with the same source and name, or with a reference that is wanted."""
    chosen = select(
        _TICKETS.c.id,
        _TICKETS.c.source,
        _TICKETS.c.source_ref,
        _TICKETS.c.source_digest,
        _TICKETS.c.reference,
    )
    same = (_TICKETS.c.source == source) & _TICKETS.c.source_ref.in_([t.ref for t in told])
    named = _TICKETS.c.reference.in_([ticket.reference for ticket in told])
    rows = {row.id: row for where in (same, named) for row in session.execute(chosen.where(where))}
    return [
        _Known(row.id, row.source, row.source_ref, row.source_digest, row.reference)
        for row in rows.values()
    ]

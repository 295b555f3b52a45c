"""Staged tickets become tickets, a few in each transaction, so that nobody waits for an import.

What is decided is decided before the write lock is taken; the number of tickets a transaction
follows how long the last one took.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.clock import monotonic
from escalation_app.db import Database
from escalation_app.domain.drafts import Desk
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.history import tell
from escalation_app.domain.permissions import IMPORT
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Decision
from escalation_app.models import TicketRow
from escalation_app.services import effects
from escalation_app.services.importing.batches import Batch, put_away, touched
from escalation_app.services.importing.mapping import Mapping
from escalation_app.services.importing.parties import Parties
from escalation_app.services.importing.rejects import Rejects
from escalation_app.services.importing.staging import Stage
from escalation_app.services.importing.telling import Teller, Told, read_ticket
from escalation_app.services.store import columns

AIM_S = 0.03
"""How long one transaction should hold the write lock; at most it is to be 100 ms."""
FEWEST, FIRST, MOST = 4, 16, 60
"""Tickets a transaction."""

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
        while group := list(_take(staged, size)):
            read = [read_ticket(ticket, self.mapping, self.rejects) for ticket in group]
            told = [ticket for ticket in read if ticket is not None]
            self.counts.refused += len(read) - len(told)
            took = self._group(told)
            size = min(max(round(size * AIM_S / took), FEWEST), MOST) if took else size
            done += len(group)
            self.progress("tickets published", done, stage.tickets)
        return self.counts

    def _group(self, told: Sequence[Told]) -> float:
        """Publish a few tickets; returns for how many seconds the write lock was held."""
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
        decided = list(self._decided(wanted))
        if self.batch is None or not decided:
            self.counts.new += sum(known is None for _, _, known in decided)
            self.counts.replaced += sum(known is not None for _, _, known in decided)
            return 0.0
        with self.database.writing() as session:
            begun = monotonic()
            self._write(session, self.batch, decided)
        took = monotonic() - begun
        self.counts.longest_lock_ms = max(self.counts.longest_lock_ms, round(took * 1000))
        return took

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

    def _decided(
        self, wanted: dict[Told, _Known | None]
    ) -> Iterator[tuple[Told, Decision, _Known | None]]:
        for ticket, known in wanted.items():
            try:
                opening, moments = self._teller.opening(ticket), self._teller.moments(ticket)
                yield ticket, tell(opening, moments, self._desk, self.process.version), known
            except (BusinessError, ValueError, OverflowError) as wrong:
                self._refuse(ticket, f"has a history that cannot be: {wrong}")

    def _write(
        self,
        session: Session,
        batch: Batch,
        decided: Sequence[tuple[Told, Decision, _Known | None]],
    ) -> None:
        """One transaction. Somebody may have acted on a ticket since it was looked at."""
        busy = touched(session, [known.id for _, _, known in decided if known])
        free = [
            (told, decision, known)
            for told, decision, known in decided
            if known is None or known.id not in busy
        ]
        put_away(session, batch.id, [known.id for _, _, known in free if known])
        extra: list[dict[str, Any]] = [
            {**self._teller.more_columns(told), "import_batch_id": batch.id} for told, _, _ in free
        ]
        decisions = [decision for _, decision, _ in free]
        effects.apply(session, self._desk, IMPORT, decisions, extra=extra, tells=False)
        batch.beat(session)
        for told, _, known in decided:
            if known is not None and known.id in busy:
                self._refuse(told, "was worked on here while it was being imported again.")
            elif known is not None:
                self.counts.replaced += 1
            else:
                self.counts.new += 1

    def _refuse(self, ticket: Told, said: str) -> None:
        self.counts.refused += 1
        self.rejects.reject(ticket.line, f"Ticket {ticket.ref!r} {said}")


def _take(staged: Iterator[Any], size: int) -> Iterator[Any]:
    for _ in range(size):
        item = next(staged, None)
        if item is None:
            return
        yield item


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

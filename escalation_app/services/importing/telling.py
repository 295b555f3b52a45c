"""From the staged rows of a ticket to its history in the domain's words."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from escalation_app.domain.errors import Invalid
from escalation_app.domain.history import NOBODY, Moment, Opening
from escalation_app.domain.tickets import Status
from escalation_app.services.importing.cells import instant
from escalation_app.services.importing.mapping import Mapping, Rows
from escalation_app.services.importing.parties import Parties, Party, Side
from escalation_app.services.importing.rejects import Rejects
from escalation_app.services.importing.rows import Fact, StagedRow
from escalation_app.services.importing.staging import StagedTicket

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
OWN_REFERENCE = re.compile(r"T-[0-9]+")
"""How this desk names its own tickets."""


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """One ticket of the log, read: its rows as facts, and the digest of what they say."""

    ref: str
    reference: str
    line: int
    rows: tuple[tuple[StagedRow, Fact], ...]
    digest: str

    @property
    def first(self) -> Fact:
        return self.rows[0][1]

    @property
    def last(self) -> Fact:
        return self.rows[-1][1]


def read_ticket(staged: StagedTicket, mapping: Mapping, rejects: Rejects) -> Told | None:
    """The ticket's facts; None when no ticket can be made of them. Says what it leaves out."""
    rows = tuple(_sound(staged, mapping, rejects))
    line = min(row.line for row in staged.rows)
    if not rows:
        return None
    reference = _reference(staged.ref, mapping)
    if not REFERENCE.fullmatch(reference) or OWN_REFERENCE.fullmatch(reference):
        rejects.reject(line, f"Ticket {staged.ref!r}: {reference!r} cannot be its reference here.")
        return None
    digest = hashlib.sha256()
    for row, _ in rows:
        digest.update(f"{row.at} {row.position} {row.by} {row.data}\n".encode())
    return Told(staged.ref, reference, line, rows, digest.hexdigest())


def _reference(ref: str, mapping: Mapping) -> str:
    return mapping.prefix + "-".join(ref.replace(mapping.remove, "").split())


def _sound(
    staged: StagedTicket, mapping: Mapping, rejects: Rejects
) -> Iterator[tuple[StagedRow, Fact]]:
    """The rows that count, in order."""
    facts = [(row, Fact(*json.loads(row.data))) for row in staged.rows]
    if mapping.rows is Rows.TICKETS:
        yield facts[0]
        for row, _ in facts[1:]:
            said = f"Ticket {staged.ref!r} stands on line {facts[0][0].line} already."
            rejects.reject(row.line, said)
        return
    latest = 0
    before: StagedRow | None = None
    has_begun = False
    for row, fact in facts:
        if before and before.says == row.says:
            rejects.repair(row.line, f"Says the same as line {before.line}; counted once.")
            continue
        if row.line < latest:
            rejects.repair(row.line, "Put where it belongs by its time.")
        latest, before = max(latest, row.line), row
        is_early = fact.opened is not None and row.at < fact.opened
        if is_early and not has_begun and fact.status in (Status.RESOLVED, Status.CLOSED):
            rejects.reject(row.line, f"Ticket {staged.ref!r} is {fact.status} before it opened.")
            continue
        if is_early and not has_begun:
            rejects.repair(row.line, "Lies before the ticket opened; it opened then.")
        has_begun = True
        yield row, fact


# The domain's words --------------------------------------------------------------------------


class Teller:
    """Makes openings and moments: by the mapping, with the parties' ids, on the shifted time."""

    def __init__(self, mapping: Mapping, parties: Parties, shift: timedelta) -> None:
        self._mapping = mapping
        self._parties = parties
        self._shift = shift

    def parties_of(self, told: Told) -> Iterator[Party]:
        """Everybody the ticket names, before their ids are asked for."""
        yield self._requester(told)
        for _, fact in told.rows:
            if fact.assignee:
                yield assignee_of(fact)

    def opening(self, told: Told) -> Opening:
        """The ticket when it was opened: what its first row says, with the subject and the
        category that were known last. Raises Invalid where the mapping leaves something open."""
        first, mapping = told.first, self._mapping
        requester = self._requester(told)
        first_at = told.rows[0][0].at
        opened = first_at if first.opened is None else min(first.opened, first_at)
        return Opening(
            at=instant(opened, self._shift),
            reference=told.reference,
            subject=_last(told, "subject") or told.reference,
            organisation_id=self._parties.organisation_id(requester),
            requester_id=self._parties.person_id(requester),
            requester_name=requester.name,
            plan=first.plan or _needed(mapping.plans.empty, "plan"),
            impact=first.impact or _needed(mapping.impacts.empty, "impact"),
            urgency=first.urgency or _needed(mapping.urgencies.empty, "urgency"),
            team=first.team or _needed(mapping.teams.empty, "team"),
            severity=first.severity or mapping.severities.empty,
            group=first.group,
            description=first.description,
        )

    def moments(self, told: Told) -> list[Moment]:
        """What happened, in order."""
        if self._mapping.rows is Rows.EVENTS:
            return [self._moment(row, fact) for row, fact in told.rows]
        return self._moments_of_list(told.first, self._at(told.rows[0][0].at))

    def more_columns(self, told: Told) -> dict[str, object]:
        """The columns of the ticket that the domain does not know."""
        return {
            "category": _last(told, "category"),
            "channel": told.first.channel or self._mapping.channels.empty or "portal",
            "source": self._mapping.source,
            "source_ref": told.ref,
            "source_digest": told.digest,
        }

    def _moment(self, row: StagedRow, fact: Fact) -> Moment:
        has_assignee = "assignee" in self._mapping.columns
        return Moment(
            at=self._at(row.at),
            by=row.by,
            status=Status(fact.status) if fact.status else None,
            impact=fact.impact,
            urgency=fact.urgency,
            severity=fact.severity,
            team=fact.team,
            group=fact.group,
            assignee_id=self._assignee_id(fact) if has_assignee else None,
            answers=fact.answers,
            moves_up=fact.moves_up,
            resolved_at=None if fact.resolved is None else self._at(fact.resolved),
        )

    def _moments_of_list(self, fact: Fact, opened_at: datetime) -> list[Moment]:
        """A row that holds a whole ticket: what its dates tell. Who has it, and a status without
        a date of its own, count since the row's last change, or since the first response."""
        answered, updated = fact.first_response, fact.updated
        known_since = updated if updated is not None else answered
        since = opened_at if known_since is None else self._at(known_since)
        assignee = self._assignee_id(fact) or None
        begun_at = opened_at if answered is None else self._at(answered)
        found = [Moment(begun_at, fact.assignee, assignee_id=assignee)] if assignee else []
        if answered is not None:
            found.append(
                Moment(self._at(answered), fact.assignee, status=Status.OPEN, answers=True)
            )
        status = Status(fact.status)
        ends = (fact.resolved, fact.closed, updated)
        resolved = next((at for at in ends if at is not None), None)
        if status in (Status.RESOLVED, Status.CLOSED) and resolved is not None:
            found.append(Moment(self._at(resolved), fact.assignee, status=Status.RESOLVED))
            closed = resolved if fact.closed is None else fact.closed
            if status is Status.CLOSED:
                found.append(Moment(self._at(closed), status=Status.CLOSED))
        elif status is not Status.NEW:
            found.append(Moment(since, fact.assignee, status=status))
        return sorted(found, key=lambda moment: moment.at)

    def _at(self, at: int) -> datetime:
        return instant(at, self._shift)

    def _assignee_id(self, fact: Fact) -> int:
        return self._parties.person_id(assignee_of(fact)) if fact.assignee else NOBODY

    def _requester(self, told: Told) -> Party:
        first, mapping = told.first, self._mapping
        return Party(
            Side.THEIRS,
            first.requester or mapping.unknown_requester,
            first.requester_email,
            organisation=first.organisation,
            is_shared=not first.requester,
        )


def assignee_of(fact: Fact) -> Party:
    """Who has the ticket, where a row names somebody."""
    return Party(Side.OURS, fact.assignee, fact.assignee_email, team=fact.team)


def _last(told: Told, field: str) -> str:
    """What the latest row that says something says."""
    said: Sequence[str] = [getattr(fact, field) for _, fact in told.rows]
    return next((text for text in reversed(said) if text), "")


def _needed(value: str | None, what: str) -> str:
    if value is None:
        raise Invalid(f"The mapping does not say which {what} a ticket has by default.")
    return value

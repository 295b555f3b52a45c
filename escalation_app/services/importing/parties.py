"""The people and organisations that a log names: found by their key, added in lists.

Somebody a log names cannot sign in. Who has an address in the log is the person here with that
address, or a new active one; who has none gets an address that reaches nobody and is inactive.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Role
from escalation_app.domain.process import Process
from escalation_app.domain.roster import Roster, StaffMember
from escalation_app.models import ImportTraceRow, OrganisationRow, PersonRoleRow, PersonRow
from escalation_app.services.bulk import insert_returning, insert_rows
from escalation_app.services.tables import IN_LIST, columns

PERSON, ORGANISATION = "person", "organisation"
"""Kinds of trace."""
LONGEST_KEY = 120
NOTHING: dict[str, Any] = {}
"""What a trace of an added row needs to say besides its key."""

_PEOPLE = columns(PersonRow)
_ORGANISATIONS = columns(OrganisationRow)
_ROLES = columns(PersonRoleRow)
_TRACES = columns(ImportTraceRow)
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


class Side(StrEnum):
    OURS = "staff"
    THEIRS = "customer"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody as a row names them; `organisation` is empty where it names none. `is_shared` stands
    for nobody in particular, one for each organisation."""

    side: Side
    name: str
    email: str = ""
    organisation: str = ""
    team: str = ""
    is_shared: bool = False


class Parties:
    """Ids of people and organisations of one source. It remembers each it has met, so memory
    grows with their number and not with the rows. `roster` names those of ours."""

    def __init__(self, source: str, plan: str, process: Process, unknown_organisation: str) -> None:
        self._source = source
        self._plan = plan
        self._nowhere = unknown_organisation
        self._process = process
        self._people: dict[str, tuple[int, int | None]] = {}
        self._organisations: dict[str, int] = {}
        self._names: dict[int, StaffMember] = {}
        self.roster = Roster(staff=self._names)

    def person_id(self, party: Party) -> int:
        """Raises KeyError for somebody not yet learnt."""
        return self._people[self._person_key(party)][0]

    def organisation_id(self, party: Party) -> int:
        """The organisation that the row names, else the person's own."""
        own = self._people[self._person_key(party)][1]
        if own is not None and not party.organisation:
            return own
        return self._organisations[self._organisation_key(party)]

    def unknown(self, parties: Iterable[Party]) -> list[Party]:
        """Those not met before, each once."""
        return list(dict.fromkeys(party for party in parties if not self._is_known(party)))

    def _is_known(self, party: Party) -> bool:
        person = self._people.get(self._person_key(party))
        if person is None or party.side is Side.OURS:
            return person is not None
        has_own = not party.organisation and person[1] is not None
        return has_own or self._organisation_key(party) in self._organisations

    def pretend(self, parties: Iterable[Party]) -> None:
        """Give made-up ids, for a dry run."""
        for party in self.unknown(parties):
            self._organisations.setdefault(self._organisation_key(party), 1)
            self._learn(party, len(self._people) + 1, 1)

    def find(self, session: Session, parties: Sequence[Party]) -> None:
        """Learn those that are here already."""
        keys = sorted({self._organisation_key(p) for p in parties if p.side is Side.THEIRS})
        for part in _parts(keys):
            found = select(_ORGANISATIONS.c.key, _ORGANISATIONS.c.id)
            for key, row_id in session.execute(found.where(_ORGANISATIONS.c.key.in_(part))):
                self._organisations[key] = row_id
        by_key = {self._person_key(party): party for party in parties}
        by_email = {party.email: party for party in parties if party.email}
        chosen = select(
            _PEOPLE.c.key, func.lower(_PEOPLE.c.email), _PEOPLE.c.id, _PEOPLE.c.organisation_id
        )
        for part in _parts(sorted(by_email)):
            for row in session.execute(chosen.where(func.lower(_PEOPLE.c.email).in_(part))):
                self._learn(by_email[row[1]], row.id, row.organisation_id)
        for part in _parts(sorted(by_key)):
            for row in session.execute(chosen.where(_PEOPLE.c.key.in_(part))):
                self._learn(by_key[row.key], row.id, row.organisation_id)

    def add(self, session: Session, parties: Sequence[Party], batch_id: int, now: datetime) -> None:
        """Write those that `find` did not find, and what a withdrawal would take back."""
        self._add_organisations(session, parties, batch_id)
        new = list({self._person_key(p): p for p in reversed(self.unknown(parties))}.values())
        people = [self._values(party, now) for party in new]
        ids = insert_returning(session, _PEOPLE, people)
        for party, values, row_id in zip(new, people, ids, strict=True):
            self._learn(party, row_id, values["organisation_id"])
        self._trace(session, batch_id, PERSON, ids)
        if new:
            roles = [
                {
                    "person_id": row_id,
                    "role": (Role.AGENT if party.side is Side.OURS else Role.CUSTOMER).value,
                }
                for party, row_id in zip(new, ids, strict=True)
            ]
            insert_rows(session, _ROLES, roles)

    def _add_organisations(self, session: Session, parties: Sequence[Party], batch_id: int) -> None:
        wanted = {
            self._organisation_key(party): party.organisation or self._nowhere
            for party in self.unknown(parties)
            if party.side is Side.THEIRS
        }
        rows = [
            {"key": key, "name": name, "plan": self._plan, "zone": "UTC"}
            for key, name in wanted.items()
            if key not in self._organisations
        ]
        ids = insert_returning(session, _ORGANISATIONS, rows)
        for row, row_id in zip(rows, ids, strict=True):
            self._organisations[row["key"]] = row_id
        self._trace(session, batch_id, ORGANISATION, ids)

    def _values(self, party: Party, now: datetime) -> dict[str, Any]:
        is_ours = party.side is Side.OURS
        key = self._person_key(party)
        team = self._process.team(party.team) if party.team else None
        return {
            "key": key,
            "email": party.email or self._no_address(party.name, key),
            "name": party.name,
            "organisation_id": (
                None if is_ours else self._organisations[self._organisation_key(party)]
            ),
            "team": team.key if is_ours and team else "",
            "tier": team.tier if is_ours and team else 0,
            "is_team_lead": False,
            "skills": [],
            "zone": "UTC",
            "is_active": bool(party.email),
            "password_hash": "",
            "created_at": now,
        }

    def _no_address(self, name: str, key: str) -> str:
        """An address under a name that RFC 2606 keeps from ever existing."""
        plain = _NOT_PLAIN.sub("-", name.lower()).strip("-")[:40] or "somebody"
        return f"{plain}-{_digest(key)[:8]}@{self._source.replace('_', '-')}.invalid"

    def _trace(self, session: Session, batch_id: int, kind: str, ids: Sequence[int]) -> None:
        if ids:
            rows = [
                {"batch_id": batch_id, "kind": kind, "row_id": key, "data": NOTHING} for key in ids
            ]
            insert_rows(session, _TRACES, rows)

    def _learn(self, party: Party, row_id: int, organisation_id: int | None) -> None:
        self._people[self._person_key(party)] = (row_id, organisation_id)
        if party.side is Side.OURS:
            roles = frozenset({Role.AGENT})
            self._names[row_id] = StaffMember(row_id, party.name, party.team, 0, False, roles)

    def _person_key(self, party: Party) -> str:
        who = party.email or party.name
        if party.is_shared:
            who = f"{party.organisation or self._nowhere}/"
        return self._key(party.side.value, who)

    def _organisation_key(self, party: Party) -> str:
        return self._key("organisation", party.organisation or self._nowhere)

    def _key(self, kind: str, name: str) -> str:
        key = f"{self._source}:{kind}:{name}"
        if len(key) <= LONGEST_KEY:
            return key
        return f"{self._source}:{kind}:#{_digest(name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _parts(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[start : start + IN_LIST] for start in range(0, len(keys), IN_LIST))

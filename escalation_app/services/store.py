"""Tickets between rows and the domain's values: read for a decision or a screen.

Reads are set-based: a list of one for a click, a list of thousands for a sweep. What is written
after a decision stands in `row_values`, and how in `effects`.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Clock
from escalation_app.domain.errors import NotFound
from escalation_app.domain.tickets import Ticket
from escalation_app.domain.values import changed, made
from escalation_app.models import TicketRow
from escalation_app.services.bulk_reads import Lock, read_parts, read_values
from escalation_app.services.row_readings import (
    CASES_READ,
    CLOCKS_READ,
    COMMITMENTS_READ,
    FIELDS_READ,
    RUNS_READ,
    TICKETS_READ,
)
from escalation_app.services.tables import columns

_TICKETS = columns(TicketRow)


def load_tickets(
    session: Session,
    ticket_ids: Iterable[int],
    *,
    skip_locked: bool = False,
    to_change: bool = True,
) -> dict[int, Ticket]:
    """The tickets by id, locked until the transaction ends (SQLite locks as a whole).

    With `skip_locked`, tickets that another transaction holds are left out (PostgreSQL). Without
    `to_change` they are read for a screen, and nothing is locked.
    """
    waiting = Lock.SKIPPING if skip_locked else Lock.WAITING
    wanted = list(ticket_ids)
    tickets = dict(read_parts(session, TICKETS_READ, wanted, waiting if to_change else Lock.NONE))
    keys = list(tickets)
    clocks: dict[int, list[Clock]] = {}
    for key, clock in read_values(session, CLOCKS_READ, keys):
        clocks.setdefault(key, []).append(clock)
    for key, of_ticket in clocks.items():
        tickets[key]["clocks"] = tuple(of_ticket)
    for key, case_ in read_values(session, CASES_READ, keys):
        tickets[key]["escalation"] = case_
    for key, run in read_values(session, RUNS_READ, keys):
        tickets[key]["run"] = run
    for key, field in read_parts(session, FIELDS_READ, keys):
        parts = tickets[key]
        parts["filled"] = {**parts["filled"], field["key"]: field["value"]}
    owing = [key for key, parts in tickets.items() if parts.pop("has_commitments")]
    found = {key: made(Ticket, parts) for key, parts in tickets.items()}
    if owing:
        _add_commitments(session, found, owing)
    return found


def _add_commitments(session: Session, found: dict[int, Ticket], owing: list[int]) -> None:
    """What people owe to these tickets' cases."""
    for name, reading in COMMITMENTS_READ.items():
        parts: dict[int, tuple[Any, ...]] = {}
        for key, part in read_values(session, reading, owing):
            parts[key] = (*parts.get(key, ()), part)
        for key, of_ticket in parts.items():
            found[key] = changed(found[key], **{name: of_ticket})


def load_ticket(session: Session, ticket_id: int) -> Ticket:
    """One ticket, locked. Raises NotFound."""
    found = load_tickets(session, [ticket_id])
    if ticket_id not in found:
        raise NotFound("That ticket")
    return found[ticket_id]


def ticket_id_of(session: Session, reference: str) -> int:
    """Raises NotFound for a reference nobody has."""
    found = session.execute(
        select(_TICKETS.c.id).where(_TICKETS.c.reference == reference)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("That ticket")
    return int(found)


# How rows become values -----------------------------------------------------------------------

"""What stands beside a ticket of the demo: what is filled into its fields, and calls."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from escalation_app.demo.scripts import Script
from escalation_app.domain import contacts, filling
from escalation_app.domain.contacts import Contact, ContactKind, contact_kinds
from escalation_app.domain.drafts import Desk
from escalation_app.domain.events import Event, EventKind
from escalation_app.domain.permissions import Actor
from escalation_app.domain.tickets import Decision, Ticket
from escalation_app.models import ContactRow, TicketFieldRow
from escalation_app.services.effects import Act
from escalation_app.services.tables import columns

A_CALL = timedelta(minutes=6)
_EVERY = 3
"""One in so many tickets names no device."""


def known_at_opening(script: Script, ticket: Ticket, desk: Desk) -> Decision:
    """What the customer filled in when they opened the ticket: where it happens, most often."""
    if script.details.n % _EVERY == 0:
        return Decision(ticket, ticket)
    return _filled(ticket, desk, device=script.details.site)


def found_out(script: Script, ticket: Ticket, desk: Desk) -> Decision:
    """What somebody fills in beside a note about what they have found."""
    seen = "yes" if script.details.n % 2 else "no"
    given = "given" if script.details.n % 5 else "refused"
    return _filled(ticket, desk, version=script.details.v, reproduced=seen, workaround=given)


def _filled(ticket: Ticket, desk: Desk, **written: str) -> Decision:
    return filling.fill(ticket, desk, ticket.filled, written)[0]


def called(
    acts: Iterable[Act], ticket: Ticket, desk: Desk, actor: Actor, whom: str, said: str
) -> Decision | None:
    """A call that somebody has just ended; None where the ticket's tier has no phone. `acts` are
    what was done to the ticket before."""
    if ContactKind.CALL not in contact_kinds(ticket, desk.process_of(ticket.process_version)):
        return None
    assert actor.person_id is not None
    began_at = max(desk.now - A_CALL, ticket.created_at)
    call = Contact(
        number=len(_calls(acts)) + 1,
        kind=ContactKind.CALL,
        with_whom=whom,
        began_at=began_at,
        length=max(desk.now - began_at, timedelta(minutes=1)),
        outcome=said,
        is_public=True,
        reached=True,
        by=actor.person_id,
    )
    return contacts.log(ticket, desk, call)


def put_beside(
    session: Session, tickets: Sequence[Ticket], histories: Iterable[Sequence[Act]]
) -> None:
    """Write the rows of what these histories have filled in and logged; `tickets` are as they were
    written, in the same order."""
    fields: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    for ticket, acts in zip(tickets, histories, strict=True):
        filled = acts[-1].decision.after.filled
        fields += [
            {"ticket_id": ticket.id, "key": key, "value": value} for key, value in filled.items()
        ]
        calls += [_row(ticket.id, act, event.data) for act, event in _calls(acts)]
    if fields:
        session.execute(insert(columns(TicketFieldRow)), fields)
    if calls:
        session.execute(insert(columns(ContactRow)), calls)


def _calls(acts: Iterable[Act]) -> list[tuple[Act, Event]]:
    return [
        (act, event)
        for act in acts
        for event in act.decision.events
        if event.kind is EventKind.CONTACT_LOGGED
    ]


def _row(ticket_id: int, act: Act, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "number": data["number"],
        "kind": data["contact"],
        "with_whom": data["with_whom"],
        "began_at": datetime.fromisoformat(data["began_at"]),
        "minutes": data["minutes"],
        "outcome": data["outcome"],
        "is_public": data["is_public"],
        "reached": data["reached"],
        "logged_at": act.desk.now,
        "logged_by": act.actor.person_id,
    }

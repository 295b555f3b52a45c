"""The people of the desk, in a process of their own: they open, answer, pause, resolve, escalate
and de-escalate through the real services, and keep a journal of what was acknowledged to them."""

import json
import os
import random
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import func, select

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.permissions import Actor, Role
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.models import OutboxRow, PersonRow, TimerRow
from escalation_app.services import escalations, tickets
from escalation_app.services.people import actor_of
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork, unit_of_work
from tests.support.crash.desk import GRADES

FLOOD = 60
"""Tickets that are opened at once, and so fall due in the same instants."""
ENOUGH_TIMERS, ENOUGH_MAILS = 100, 100
"""With more of them waiting for the engines nobody opens a flood of tickets: there is always work,
on a slow machine too, and never more than can be done."""
SOON = timedelta(seconds=0.5)
KNOWN = 120
"""How many of the newest tickets the people look after."""
PAUSE = 0.02
"""Seconds between two acts."""

_PEOPLE = columns(PersonRow)
_TIMERS = columns(TimerRow)
_OUTBOX = columns(OutboxRow)


def main(url: str, journal: Path, seed: int) -> None:
    """Work until told to stop by SIGTERM."""
    told_to_stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told_to_stop.append(number))
    database = Database(url)
    with journal.open("a") as file:
        people = People(database, file, random.Random(seed))
        while not told_to_stop:
            if not people.have_enough():
                people.flood()
            people.act()
            time.sleep(PAUSE)
    database.dispose()


class People:
    """Acts at random, one transaction an act, and writes down what was committed."""

    def __init__(self, database: Database, journal: TextIO, chance: random.Random) -> None:
        self._database = database
        self._journal = journal
        self._chance = chance
        self._tickets: list[str] = []
        self._acts = 0
        with database.reading() as session:
            keys = session.execute(select(_PEOPLE.c.id)).scalars().all()
            everybody = [actor_of(session, key) for key in keys]
        self._customers = [one for one in everybody if one and Role.CUSTOMER in one.roles]
        self._managers = [one for one in everybody if one and Role.MANAGER in one.roles]
        self._agents = [one for one in everybody if one and Role.AGENT in one.roles]

    def have_enough(self) -> bool:
        """Whether enough waits for the engines."""
        unsent = _OUTBOX.c.state.in_(("pending", "leased"))
        with self._database.reading() as session:
            due = select(func.count()).where(_TIMERS.c.due_at <= utc_now() + SOON)
            timers = session.execute(due).scalar_one()
            mails = session.execute(select(func.count()).where(unsent)).scalar_one()
        return bool(timers > ENOUGH_TIMERS or mails > ENOUGH_MAILS)

    def flood(self) -> None:
        """Many tickets in one transaction, so that they are due in the same instants."""
        with unit_of_work(self._any(self._customers), on=self._database) as uow:
            opened = [self._open(uow) for _ in range(FLOOD)]
        self._write_down(opened)

    def act(self) -> None:
        """One act of one person; what is refused is no act."""
        if not self._tickets or self._chance.random() < 0.1:
            with unit_of_work(self._any(self._customers), on=self._database) as uow:
                opened = [self._open(uow)]
            self._write_down(opened)
            return
        who, kind, service, arguments = self._choose(self._any(self._tickets[-KNOWN:]))
        try:
            with unit_of_work(who, on=self._database) as uow:
                ticket = service(uow, *arguments)
                done = {"ref": ticket.reference, "kind": kind, "at": uow.now.isoformat()}
                is_change = ticket.updated_at == uow.now
        except BusinessError:
            return
        if is_change:
            self._write_down([done | ({"body": arguments[1]} if "message" in kind else {})])

    def _open(self, uow: UnitOfWork) -> dict[str, str]:
        impact, urgency = self._any(list(GRADES.values()))
        body = self._words()
        ticket = tickets.open_ticket(uow, tickets.NewTicket("Down", body, impact, urgency))
        self._tickets.append(ticket.reference)
        at = uow.now.isoformat()
        return {"ref": ticket.reference, "kind": "ticket_opened", "at": at, "body": body}

    def _choose(self, ref: str) -> tuple[Actor, str, Callable[..., Any], tuple[Any, ...]]:
        manager, agent = self._any(self._managers), self._any(self._agents)
        customer = self._any(self._customers)
        functional, hierarchical = EscalationKind.FUNCTIONAL, EscalationKind.HIERARCHICAL
        return self._any(
            [
                (manager, "message_sent", tickets.send_message, (ref, self._words())),
                (agent, "message_sent", tickets.send_message, (ref, self._words())),
                (customer, "message_received", tickets.send_message, (ref, self._words())),
                (agent, "ticket_assigned", tickets.take, (ref,)),
                (manager, "status_changed", tickets.set_status, (ref, Status.WAITING_CUSTOMER)),
                (manager, "status_changed", tickets.set_status, (ref, Status.OPEN)),
                (manager, "ticket_resolved", tickets.resolve, (ref,)),
                (manager, "ticket_reopened", tickets.reopen, (ref,)),
                (manager, "escalated", escalations.escalate, (ref, functional, "Skill")),
                (agent, "escalated", escalations.escalate, (ref, hierarchical, "Say")),
                (customer, "escalated", escalations.request_escalation, (ref, "Now")),
                (manager, "escalation_acknowledged", escalations.acknowledge, (ref,)),
                (manager, "escalation_ended", escalations.deescalate, (ref, "Calm")),
            ]
        )

    def _any(self, things: list[Any]) -> Any:
        return self._chance.choice(things)

    def _words(self) -> str:
        """A text that nothing else in the database has."""
        self._acts += 1
        return f"Words {self._acts} of {os.getpid()}"

    def _write_down(self, acts: list[dict[str, str]]) -> None:
        """Flushed to the disk before anything else is done."""
        self._journal.writelines(json.dumps(act) + "\n" for act in acts)
        self._journal.flush()
        os.fsync(self._journal.fileno())

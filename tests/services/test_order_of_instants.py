"""Whoever has to wait for a change comes after it in time as well, so that no clock ends before it
begins, and none is found broken after a person ended the path that was to start."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Signal

from escalation_app.db import Database
from escalation_app.domain.tickets import Ticket
from escalation_app.services import tickets
from escalation_app.services.unit_of_work import UnitOfWork, unit_of_work
from tests.support.desk import support_desk


def note(uow: UnitOfWork, reference: str) -> Ticket:
    return tickets.write_note(uow, reference, "Looked at it.")


def test_a_click_is_made_when_the_write_lock_it_waited_for_is_its_own(sqlite_url: str):
    here, elsewhere = Database(sqlite_url), Database(sqlite_url)
    with support_desk(here) as desk, ThreadPoolExecutor(1) as thread:
        reference, begun = desk.open().reference, Signal()

        def click() -> Ticket:
            begun.set()
            with unit_of_work(desk.people["agent"], on=elsewhere) as uow:
                return note(uow, reference)

        with here.writing():
            clicked = thread.submit(click)
            begun.wait()
            time.sleep(0.2)  # the click comes as far as the lock
            desk.clock.advance(timedelta(minutes=5))
        assert clicked.result().updated_at == desk.now
    elsewhere.dispose()
    here.dispose()


def test_a_click_is_made_after_the_change_of_the_ticket_it_waited_for(postgres_url: str):
    database = Database(postgres_url)
    with support_desk(database) as desk, ThreadPoolExecutor(1) as thread:
        reference = desk.open().reference
        begun, goes_on = Signal(), Signal()

        def click(uow: UnitOfWork) -> Ticket:
            begun.set()
            goes_on.wait()
            return note(uow, reference)

        clicked = thread.submit(desk.act, "colleague", click)
        begun.wait()
        desk.clock.advance(timedelta(minutes=5))
        desk.act("agent", note, reference)
        goes_on.set()
        assert clicked.result().updated_at == desk.now
    database.dispose()


def test_an_instant_that_somebody_named_is_kept(database: Database):
    with support_desk(database) as desk:
        reference, then = desk.open().reference, desk.now
        desk.wait(minutes=5)
        desk.act("agent", note, reference)

        with unit_of_work(desk.people["agent"], now=then, on=database) as uow:
            assert note(uow, reference).updated_at == then

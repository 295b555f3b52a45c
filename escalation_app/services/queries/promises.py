"""What was promised to a customer, and how often promises were kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.clocks import Clock, Metric
from escalation_app.domain.commitments import Promise, PromiseState
from escalation_app.domain.errors import NotFound
from escalation_app.domain.permissions import Actor, Permission, covers, require
from escalation_app.domain.tickets import Ticket
from escalation_app.models import PromiseRow
from escalation_app.routes import case_url
from escalation_app.services.queries.clock_views import clock_time_left
from escalation_app.services.queries.common import names_of
from escalation_app.services.queries.scope import TICKETS
from escalation_app.services.queries.seen_ticket import SeenTicket, message_for, see_ticket
from escalation_app.services.tables import columns
from escalation_app.views.case import KeptPromise, KeptRate, PromiseLine
from escalation_app.views.common import TimeLeft
from escalation_app.views.words import duration_words, iso

COUNTED_FOR = timedelta(days=90)
"""How far back kept and broken promises are counted, by when they were due."""

_PROMISES = columns(PromiseRow)


def promise_lines(
    session: Session, seen: SeenTicket, actor: Actor, now: datetime
) -> tuple[PromiseLine, ...]:
    """What was promised: what is open first, the soonest due first, then the latest. A promise
    that another was agreed in place of stands in that one's line."""
    made = seen.ticket.promises
    names = names_of(session, [each.owner_id for each in made])
    by_number = {each.number: each for each in made}
    shown = [each for each in made if each.state is not PromiseState.RENEGOTIATED]
    shown.sort(key=_place)
    return tuple(
        promise_line(seen, each, by_number.get(each.replaces or 0), names, actor, now)
        for each in shown
    )


def _place(made: Promise) -> tuple[bool, float]:
    is_open = made.state is PromiseState.OPEN
    return not is_open, made.due_at.timestamp() if is_open else -made.due_at.timestamp()


def promise_line(
    seen: SeenTicket,
    made: Promise,
    earlier: Promise | None,
    names: dict[int, str],
    actor: Actor,
    now: datetime,
) -> PromiseLine:
    """One promise as the actor sees it, with what they may do about it."""
    ticket = seen.ticket
    clock = ticket.clock_of(Metric.PROMISE, made.number)
    is_kept_late = clock is not None and clock.is_over
    is_theirs = ticket.is_open and covers(actor, Permission.PROMISE_MAKE, ticket)
    is_broken = made.state is PromiseState.BROKEN and not is_kept_late
    may_act = is_theirs and (made.state is PromiseState.OPEN or is_broken)
    return PromiseLine(
        key=f"{ticket.reference}-{made.number}",
        number=made.number,
        ref=ticket.reference,
        url=case_url(ticket.reference),
        customer=seen.customer,
        text=made.text,
        owner=names.get(made.owner_id, "somebody"),
        made_at=iso(made.made_at),
        due_at=iso(made.due_at),
        state=made.state.value,
        time_left=_left(seen, made, clock, now),
        doubts=made.doubts,
        override=made.override_reason,
        moved_from="" if earlier is None else iso(earlier.due_at),
        moved_why="" if earlier is None else earlier.reason,
        can_keep=may_act,
        can_renegotiate=may_act and not _is_replaced(ticket, made.number),
    )


def _is_replaced(ticket: Ticket, number: int) -> bool:
    return any(each.replaces == number for each in ticket.promises)


def _left(seen: SeenTicket, made: Promise, clock: Clock | None, now: datetime) -> TimeLeft:
    match made.state:
        case PromiseState.OPEN if clock is not None:
            return clock_time_left(clock, seen.process.calendar(clock.calendar), now)
        case PromiseState.KEPT:
            return TimeLeft(state="met", words="kept")
        case PromiseState.BROKEN if clock is not None and clock.ended_at is not None:
            late = duration_words(int((clock.ended_at - made.due_at).total_seconds()))
            return TimeLeft(state="late", words=f"broken, {late} late")
        case PromiseState.BROKEN:
            return TimeLeft(state="late", words="broken")
        case PromiseState.VOID:
            return TimeLeft(state="none", words="no longer due")
        case _:
            return TimeLeft(state="none", words=made.state.value)


def kept_promise(session: Session, actor: Actor, reference: str, number: int) -> KeptPromise:
    """A promise that is about to be called kept. Raises NotFound, NotAllowed."""
    seen = see_ticket(session, actor, reference)
    require(actor, Permission.PROMISE_MAKE, seen.ticket)
    made = next((each for each in seen.ticket.promises if each.number == number), None)
    if made is None:
        raise NotFound("That promise")
    is_late = made.state is PromiseState.BROKEN
    said = "We are sorry that you had to wait. It is done now" if is_late else "As promised"
    message = f"{said}: {made.text.rstrip('.')}."
    return KeptPromise(
        ref=seen.ticket.reference,
        number=number,
        text=made.text,
        customer=seen.customer,
        message=message_for(seen.ticket, seen.process, message),
    )


def promise_words(lines: Sequence[PromiseLine]) -> str:
    """ "2 open, 2 kept, 1 broken"."""
    counts = [
        (sum(line.state == state for line in lines), state.value)
        for state in (PromiseState.OPEN, PromiseState.KEPT, PromiseState.BROKEN)
    ]
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def kept_rates(
    session: Session, ticket: Ticket, customer: str, now: datetime
) -> tuple[KeptRate, ...]:
    """Of the promises due in the last 90 days, how many were kept: by each of those who promised
    something here, and of those to this customer."""
    owners = sorted({made.owner_id for made in ticket.promises})
    if not owners:
        return ()
    names = names_of(session, owners)
    counted = _counted(session, _PROMISES.c.owner_id, _PROMISES.c.owner_id.in_(owners), now)
    theirs = _counted(
        session,
        TICKETS.c.organisation_id,
        TICKETS.c.organisation_id == ticket.organisation_id,
        now,
    )
    rates = [(names.get(key, "somebody"), counted.get(key)) for key in owners]
    rates.append((f"To {customer}", theirs.get(ticket.organisation_id)))
    return tuple(
        KeptRate(name, f"{found[0]} of {found[1]}") for name, found in rates if found is not None
    )


def _counted(session: Session, by: Any, whose: Any, now: datetime) -> dict[int, tuple[int, int]]:
    """By key: how many were kept, and how many were either kept or broken."""
    is_kept = _PROMISES.c.state == PromiseState.KEPT.value
    rows: Iterable[Any] = session.execute(
        select(by, func.count().filter(is_kept), func.count())
        .select_from(_PROMISES.join(TICKETS, TICKETS.c.id == _PROMISES.c.ticket_id))
        .where(
            whose,
            _PROMISES.c.state.in_([PromiseState.KEPT.value, PromiseState.BROKEN.value]),
            _PROMISES.c.due_at >= now - COUNTED_FOR,
        )
        .group_by(by)
    )
    return {int(key): (int(kept), int(total)) for key, kept, total in rows}

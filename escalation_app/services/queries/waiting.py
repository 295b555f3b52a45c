"""What letting a ticket wait would do: the decision itself, in words."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy.orm import Session

from escalation_app.domain import lifecycle
from escalation_app.domain.clocks import ClockState, Metric
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import Decision, PathRun, Side, Status
from escalation_app.services.queries.common import METRIC_NAMES
from escalation_app.services.queries.record import listed
from escalation_app.services.queries.seen_ticket import message_for, see_ticket
from escalation_app.services.unit_of_work import make_desk
from escalation_app.views.common import Sentence
from escalation_app.views.ticket_dialogs import WaitingChoice

_TOLD: Mapping[Status, str] = MappingProxyType(
    {
        Status.WAITING_CUSTOMER: "To go on with this we need something from you. Please answer"
        " here as soon as you can.",
        Status.WAITING_SUPPLIER: "To go on with this we need one of our suppliers, and keep after"
        " them. You hear from us here as soon as they have answered.",
    }
)
JUST = timedelta(minutes=15)
"""Whatever we wrote to a customer so long ago is likely to be what we now wait for."""
_STANDS = " Until then the time to solve it stands still."
_RUNS = " The time to solve it runs on meanwhile."


def waiting_choice(
    session: Session, actor: Actor, reference: str, now: datetime, status: Status
) -> WaitingChoice:
    """What waiting does to the clocks and the path, and what its customer could be told: by
    default they are, unless we have just asked them something, as the last word tells.

    Raises NotFound as `see_ticket` does, NotAllowed, and Invalid where it cannot wait.
    """
    seen = see_ticket(session, actor, reference)
    ticket, process = seen.ticket, seen.process
    require(actor, Permission.TICKET_WAIT, ticket)
    waits = lifecycle.set_status(ticket, make_desk(session, now), status)
    resolution = waits.after.clock(Metric.RESOLUTION)
    stands = "" if resolution is None else _RUNS if resolution.is_running else _STANDS
    is_fresh = ticket.last_contact_at is not None and now - ticket.last_contact_at < JUST
    has_asked = status is Status.WAITING_CUSTOMER and ticket.last_contact_by is Side.US and is_fresh
    return WaitingChoice(
        status=status.value,
        status_name=process.status_name(status.value),
        effects=tuple(_effects(waits, process)),
        message=message_for(ticket, process, _TOLD[status] + stands),
        is_told=not has_asked,
    )


def _effects(waits: Decision, process: Process) -> Iterator[Sentence]:
    assert waits.before is not None
    ran = [clock for clock in waits.before.clocks if clock.is_running]
    after = [waits.after.clock_of(clock.metric, clock.cycle) for clock in ran]
    still = [METRIC_NAMES[one.metric] for one in after if one and one.state is ClockState.PAUSED]
    on = [METRIC_NAMES[one.metric] for one in after if one and one.is_running]
    if still:
        yield Sentence(f"Stands still until it goes on: {listed(still)}.")
    if on:
        yield Sentence(f"Runs on: {listed(on)}.")
    for ended in waits.ended:
        if isinstance(ended, PathRun):
            path = process.path(ended.path)
            name = ended.path if path is None else path.name
            yield Sentence(f"The path “{name}” stops; none of its steps comes any more.")

"""What was promised to a customer besides the time to solve it, and what became of it."""

from datetime import datetime

from escalation_app.domain.clocks import Clock, ClockState, Metric
from escalation_app.domain.commitments import Promise, PromiseState
from escalation_app.services.queries.clock_views import clock_time_left
from escalation_app.services.queries.customer_reader import CustomerReader, in_their_words
from escalation_app.views.common import Sentence, TimeLeft
from escalation_app.views.customer import CustomerPromise
from escalation_app.views.words import duration_words, iso


def promises_to(reader: CustomerReader, now: datetime) -> tuple[CustomerPromise, ...]:
    """What they still wait for first, the soonest due first, then the latest. A promise that
    another was agreed in place of before it was due stands in that one's line; what goes on in
    another ticket stands there."""
    made = reader.ticket.promises
    by_number = {each.number: each for each in made}
    shown = [each for each in made if _is_shown(reader, each)]
    shown.sort(key=lambda each: _place(reader, each))
    return tuple(_line(reader, each, by_number.get(each.replaces or 0), now) for each in shown)


def is_promise_late(reader: CustomerReader) -> bool:
    """Whether a promise is broken and they still wait for it."""
    return any(
        made.state is PromiseState.BROKEN and _is_awaited(reader, made)
        for made in reader.ticket.promises
    )


def _is_shown(reader: CustomerReader, made: Promise) -> bool:
    if made.state is PromiseState.RENEGOTIATED:
        return False
    return made.state is not PromiseState.VOID or not reader.goes_on_in


def _clock(reader: CustomerReader, made: Promise) -> Clock | None:
    return reader.ticket.clock_of(Metric.PROMISE, made.number)


def _is_awaited(reader: CustomerReader, made: Promise) -> bool:
    if made.state is PromiseState.OPEN:
        return True
    clock = _clock(reader, made)
    return made.state is PromiseState.BROKEN and clock is not None and not clock.is_over


def _place(reader: CustomerReader, made: Promise) -> tuple[bool, float, int]:
    is_awaited = _is_awaited(reader, made)
    sign = 1 if is_awaited else -1
    return not is_awaited, sign * made.due_at.timestamp(), sign * made.number


def _line(
    reader: CustomerReader, made: Promise, earlier: Promise | None, now: datetime
) -> CustomerPromise:
    is_broken = made.state is PromiseState.BROKEN
    return CustomerPromise(
        key=f"p{made.number}",
        text=made.text,
        due=Sentence("was due" if is_broken else "by", iso(made.due_at)),
        instead_of=Sentence() if earlier is None else Sentence(_INSTEAD, iso(earlier.due_at)),
        left=_left(reader, made, now),
    )


_INSTEAD = "agreed with you in place of"


def _left(reader: CustomerReader, made: Promise, now: datetime) -> TimeLeft:
    clock = _clock(reader, made)
    match made.state:
        case PromiseState.KEPT:
            return TimeLeft(state="met", words="kept")
        case PromiseState.VOID:
            return TimeLeft(state="none", words="solved before it was due")
        case _ if clock is not None and _is_awaited(reader, made):
            return in_their_words(
                clock_time_left(clock, reader.process.calendar(clock.calendar), now)
            )
        case PromiseState.BROKEN if clock is not None and _is_kept_late(reader, made, clock):
            assert clock.ended_at is not None
            late = duration_words(int((clock.ended_at - made.due_at).total_seconds()))
            return TimeLeft(state="late", words=f"kept {late} late")
        case PromiseState.BROKEN:
            return TimeLeft(state="late", words="not kept")
        case _:
            return TimeLeft()


def _is_kept_late(reader: CustomerReader, made: Promise, clock: Clock) -> bool:
    """Whether it happened after all, and its clock did not end because another was agreed."""
    is_replaced = any(each.replaces == made.number for each in reader.ticket.promises)
    return clock.state is ClockState.MET and not is_replaced

"""The dispatcher: claims messages with a lease, checks that they are still warranted, sends them
and settles what became of them.

A message is sent outside any transaction, each in a thread of a small pool, so that a slow
receiver holds up neither the database nor another message. After a crash a lease runs out and
the message is sent again under the same key.
"""

import logging
import os
import random
import secrets
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.process import POST, Delivery, post_way
from escalation_app.engine.digests import collect_digests
from escalation_app.engine.receivers import Receiver, Receivers, Room
from escalation_app.engine.warrants import DISABLED, Recipient, Surroundings
from escalation_app.models import OutboxRow, PersonRow
from escalation_app.notifications import Channel, Post
from escalation_app.notifications.letters import Letter, TryLater, Undeliverable
from escalation_app.notifications.texts import DIGEST
from escalation_app.services.notices import IS_UNSENT, TOLD
from escalation_app.services.tables import columns

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than any send can take."""
WORKERS = 12
CLAIMED_PER_WORKER = 4
"""How many messages a claim looks at for each free worker: some need no sending or must wait."""
UNSENT_BATCH = 200
"""How many messages one transaction settles when none of them has to be sent."""
WAITS = 0.2
"""Seconds a turn waits for a worker or a receiver to be free again; the next turn goes on."""
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
MOST_ATTEMPTS = 20
NO_CHANNEL = "There is no such channel."

_OUTBOX = columns(OutboxRow)
_PEOPLE = columns(PersonRow)


@dataclass(frozen=True, slots=True)
class _Leased:
    """A message that is ours to send until its lease runs out."""

    row_id: int
    attempt: int
    channel: Channel
    receiver: Receiver
    letter: Letter


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What becomes of a message that is not sent now. `at` is when it is looked at again."""

    state: str
    note: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Claimed:
    """How many messages were settled or handed out, and whether some may be left because whoever
    would send or take them is busy."""

    settled: int = 0
    has_left_some: bool = False


class Dispatcher:
    """Sends what is due. One for each engine; several work side by side."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[Delivery, Channel],
        posts: Post,
        public_url: str,
        workers: int = WORKERS,
    ) -> None:
        self._database = database
        self._channels = channels
        self._posts = posts
        self._public_url = public_url.rstrip("/")
        self._owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._receivers = Receivers(workers)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="send")
        self._sending: dict[Future[None], _Leased] = {}
        self._lock = threading.Lock()
        self._closed = False

    def turn(self) -> int:
        """Collect digests and hand out what is due until nothing is; waits for a worker or a
        receiver that is busy, but not long, and not for what was handed out last.

        Returns how many messages were settled or handed to a worker.
        """
        now = utc_now()
        if not self._is_work_waiting(now):
            return 0
        total = collect_digests(self._database, now)
        while True:
            claimed = self._claim()
            total += claimed.settled
            if not claimed.settled and not (claimed.has_left_some and self._wait_for_room()):
                return total

    def wait(self, timeout: float | None = None) -> None:
        """Wait until everything handed to a worker has been settled."""
        with self._lock:
            futures = list(self._sending)
        for future in futures:
            future.result(timeout)

    def halt(self) -> None:
        """Claim nothing more."""
        self._closed = True

    def close(self) -> None:
        """Give back what nobody has begun to send; what is being sent settles itself."""
        self.halt()
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            left = [leased.row_id for future, leased in self._sending.items() if future.cancelled()]
        if left:
            with self._database.writing() as session:
                session.execute(
                    update(_OUTBOX)
                    .where(_OUTBOX.c.id.in_(left), _OUTBOX.c.lease_owner == self._owner)
                    .values(state="pending", lease_owner="", lease_until=None)
                )

    def _is_work_waiting(self, now: datetime) -> bool:
        waits = select(_OUTBOX.c.id).where(
            IS_UNSENT,
            or_(
                and_(_OUTBOX.c.state.in_(("pending", "digest")), _OUTBOX.c.next_attempt_at <= now),
                and_(_OUTBOX.c.state == "leased", _OUTBOX.c.lease_until <= now),
            ),
        )
        with self._database.reading() as session:
            return session.execute(waits.limit(1)).first() is not None

    def _claim(self) -> "_Claimed":
        """One transaction: settle what needs no sending, lease what there is room for and hand
        it out. The other messages are left as they are."""
        if self._closed:
            return _Claimed()
        room = self._receivers.room(leased.receiver for leased in self._under_way().values())
        if room.free == 0:
            return _Claimed(has_left_some=True)
        was_full = room.is_full
        limit = room.free * CLAIMED_PER_WORKER if self._is_sending else UNSENT_BATCH
        with self._database.writing() as session:
            now = utc_now()
            rows = _claim_rows(session, now, limit, room)
            settled, leased = self._settle(session, rows, now, room)
        for one in leased:
            self._hand_out(one)
        return _Claimed(settled, was_full or settled < len(rows))

    @property
    def _is_sending(self) -> bool:
        """Whether mail is set up, so that most of what is due has to be sent."""
        return not all(
            way.missing for key, way in self._channels.items() if key is not Delivery.IN_APP
        )

    def _under_way(self) -> dict[Future[None], _Leased]:
        with self._lock:
            return {future: one for future, one in self._sending.items() if not future.done()}

    def _wait_for_room(self) -> bool:
        """Whether a worker has become free, within moments, for what was left."""
        if self._closed:
            return False
        busy = self._under_way()
        return not busy or bool(wait(busy, timeout=WAITS, return_when=FIRST_COMPLETED).done)

    def _settle(
        self, session: Session, rows: Sequence[Any], now: datetime, room: Room
    ) -> tuple[int, list[_Leased]]:
        """Write the verdict on each row; returns how many there were, and those to be sent."""
        if not rows:
            return 0, []
        around = Surroundings.of(session, rows)
        leased: list[_Leased] = []
        changes: list[dict[str, Any]] = []
        for row in rows:
            try:
                verdict = self._judge(row, around, now)
            except Exception as failure:
                log.exception("Message %d could not be made up", row.id)
                verdict = _Verdict("dead", f"{type(failure).__name__}: {failure}"[:500])
            if isinstance(verdict, _Leased):
                if not room.take(verdict.receiver):
                    continue
                leased.append(verdict)
            elif verdict.state in ("suppressed", "dead"):
                log.info("Message %d to person %s: %s", row.id, row.person_id, verdict.note)
            changes.append(_change(row, verdict, self._owner, now))
        if changes:
            session.connection().execute(_SETTLE, changes)
        return len(changes), leased

    def _judge(self, row: Any, around: Surroundings, now: datetime) -> _Leased | _Verdict:
        """What is to be sent, or the row's next state and why."""
        recipient = around.recipient(row)
        if recipient is None and row.person_id is None:
            return _Verdict("dead", NO_CHANNEL)
        if recipient is None or not recipient.is_active:
            return _Verdict("suppressed", DISABLED)
        if reason := around.why_not(row, recipient):
            return _Verdict("suppressed", reason)
        if reason := around.silenced(row):
            return _Verdict("suppressed", reason)
        if waits := around.postponed(row, recipient, now):
            return _Verdict(DIGEST, waits[1], waits[0])
        channel = self._channel(row, recipient)
        if channel is None:
            return _Verdict("dead", NO_CHANNEL)
        if reason := channel.why_not(recipient.address):
            return _Verdict("suppressed", reason)
        if missing := channel.missing:
            return _Verdict("kept", missing)
        way = Delivery.EMAIL if recipient.channel is None else POST
        receiver = Receiver(way, channel.receiver(recipient.address))
        if paused := self._receivers.paused(receiver, now):
            return _Verdict("pending", paused[1], paused[0])
        letter = around.letter(row, recipient, self._public_url)
        return _Leased(row.id, row.attempts + 1, channel, receiver, letter)

    def _channel(self, row: Any, recipient: Recipient) -> Channel | None:
        if recipient.channel is not None:
            return self._posts(recipient.channel)
        return self._channels.get(Delivery(row.channel)) if row.channel in set(Delivery) else None

    def _hand_out(self, leased: _Leased) -> None:
        with self._lock:
            future = self._pool.submit(self._send, leased)
            self._sending[future] = leased
        future.add_done_callback(self._forget)

    def _forget(self, future: Future[None]) -> None:
        if not future.cancelled():
            with self._lock:
                self._sending.pop(future, None)
            if error := future.exception():
                log.error("A message could not be settled", exc_info=error)

    def _send(self, leased: _Leased) -> None:
        verdict = self._outcome(leased)
        now = utc_now()
        with self._database.writing() as session:
            done = session.execute(
                update(_OUTBOX)
                .where(
                    _OUTBOX.c.id == leased.row_id,
                    _OUTBOX.c.state == "leased",
                    _OUTBOX.c.lease_owner == self._owner,
                    _OUTBOX.c.attempts == leased.attempt,
                )
                .values(
                    state=verdict.state,
                    note=verdict.note[:500],
                    lease_owner="",
                    lease_until=None,
                    sent_at=now if verdict.state == "sent" else None,
                    next_attempt_at=verdict.at,
                )
            )
        if done.rowcount == 0:  # type: ignore[attr-defined]
            log.warning("Message %d was taken over by another engine", leased.row_id)
        level = logging.INFO if verdict.state == "sent" else logging.WARNING
        log.log(
            level,
            "Message %d, attempt %d: %s %s",
            leased.row_id,
            leased.attempt,
            verdict.state,
            verdict.note,
        )

    def _outcome(self, leased: _Leased) -> _Verdict:
        """Send, and what that makes of the message and of its receiver."""
        after = timedelta(0)
        try:
            answer = leased.channel.send(leased.letter)
        except Undeliverable as refused:
            self._receivers.succeeded(leased.receiver)  # it did answer
            return _Verdict("dead", str(refused))
        except TryLater as refused:
            why, after = str(refused), refused.after
        except Exception as failure:
            log.exception("Message %d could not be sent", leased.row_id)
            why = f"{type(failure).__name__}: {failure}"
        else:
            self._receivers.succeeded(leased.receiver)
            return _Verdict("sent", answer)
        now = utc_now()
        paused = self._receivers.failed(leased.receiver, why, now)
        if leased.attempt >= MOST_ATTEMPTS:
            return _Verdict("dead", f"Given up after {leased.attempt} attempts. {why}")
        again = now + max(retry_after(leased.attempt), min(after, LONGEST_RETRY))
        if paused is None:
            return _Verdict("pending", why, again)
        return _Verdict("pending", paused[1], max(again, paused[0]))


def retry_after(attempt: int) -> timedelta:
    """How long to wait after the `attempt`th failure: twice as long each time, within a quarter
    more or less so that many do not come back together."""
    wait = min(FIRST_RETRY * 2 ** min(attempt - 1, 20), LONGEST_RETRY)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 (spreading load is no secret)


def _change(row: Any, verdict: _Leased | _Verdict, owner: str, now: datetime) -> dict[str, Any]:
    """The parameters of _SETTLE."""
    if isinstance(verdict, _Leased):
        return {
            "row_id": row.id,
            "new_state": "leased",
            "new_note": "",
            "owner": owner,
            "until": now + LEASE,
            "tries": verdict.attempt,
            "next_at": row.next_attempt_at,
        }
    return {
        "row_id": row.id,
        "new_state": verdict.state,
        "new_note": verdict.note[:500],
        "owner": "",
        "until": None,
        "tries": row.attempts,
        "next_at": verdict.at or row.next_attempt_at,
    }


_SETTLE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("row_id"))
    .values(
        state=bindparam("new_state"),
        note=bindparam("new_note"),
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
        attempts=bindparam("tries"),
        next_attempt_at=bindparam("next_at"),
    )
)


def _claim_rows(session: Session, now: datetime, limit: int, room: Room) -> Sequence[Any]:
    """Those whose lease has run out, then due messages, the oldest first, and those of one instant
    as they were written; none of a receiver that has all the workers it may have."""
    run_out = and_(_OUTBOX.c.state == "leased", _OUTBOX.c.lease_until <= now)
    due = and_(_OUTBOX.c.state == "pending", _OUTBOX.c.next_attempt_at <= now)
    others = [~_is_to(receiver) for receiver in room.full_receivers]
    others += [~_goes_by(way) for way in room.full_ways]
    rows: list[Any] = []
    for wanted in (run_out, due):
        claim = TOLD.where(IS_UNSENT, wanted, *others)
        claim = claim.order_by(_OUTBOX.c.next_attempt_at, _OUTBOX.c.id)
        claim = claim.limit(limit - len(rows)).with_for_update(of=_OUTBOX, skip_locked=True)
        rows += session.execute(claim)
    return rows


def _goes_by(way: str) -> Any:
    """The condition of the rows that go by a way."""
    if way == POST:
        return _OUTBOX.c.channel.startswith(POST, autoescape=True)
    return _OUTBOX.c.channel == way


def _is_to(receiver: Receiver) -> Any:
    """The condition of the rows that go to a receiver."""
    if receiver.way == POST:
        return _OUTBOX.c.channel == post_way(receiver.name)
    addressed = exists().where(
        _PEOPLE.c.id == _OUTBOX.c.person_id,
        func.lower(_PEOPLE.c.email).endswith(f"@{receiver.name}", autoescape=True),
    )
    return and_(_goes_by(receiver.way), addressed)

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
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import Database
from escalation_app.domain.events import EventKind
from escalation_app.domain.permissions import STAFF_ROLES
from escalation_app.domain.process import Delivery
from escalation_app.domain.tickets import Side
from escalation_app.models import MessageRow, OutboxRow, PersonRoleRow, PersonRow, TicketRow
from escalation_app.notifications import Channel
from escalation_app.notifications.letters import Letter, TryLater, Undeliverable
from escalation_app.notifications.texts import DIGEST, digest_line, notice_text
from escalation_app.routes import status_url, ticket_url
from escalation_app.services.store import columns

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than any send can take."""
WORKERS = 6
UNSENT_BATCH = 200
"""How many messages one transaction settles when none of them has to be sent."""
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
MOST_ATTEMPTS = 20
DIGEST_WHEN_QUIET_FOR = timedelta(seconds=5)
DIGEST_AFTER_AT_MOST = timedelta(seconds=30)
DIGEST_LINES = 30
MAX_QUOTE = 5_000

_OUTBOX = columns(OutboxRow)
_PEOPLE = columns(PersonRow)
_ROLES = columns(PersonRoleRow)
_TICKETS = columns(TicketRow)
_MESSAGES = columns(MessageRow)

_NEEDS_CASE = frozenset(
    {
        EventKind.ESCALATION_STARTED,
        EventKind.ESCALATION_JOINED,
        EventKind.ESCALATION_ACKNOWLEDGED,
        EventKind.ESCALATION_ASSIGNED,
        EventKind.PATH_STEP_TAKEN,
    }
)
_NEEDS_OPEN = _NEEDS_CASE | {
    EventKind.TICKET_OPENED,
    EventKind.TICKET_ASSIGNED,
    EventKind.TICKET_REOPENED,
    EventKind.TIER_CHANGED,
    EventKind.TICKET_ESCALATED,
    EventKind.SEVERITY_CHANGED,
    EventKind.SLA_WARNING,
    EventKind.SLA_BREACHED,
    EventKind.NO_PATH,
}
RESOLVED = "The ticket was resolved before this was sent."
REOPENED = "The ticket was reopened before this was sent."
CASE_ENDED = "The escalation ended before this was sent."
DISABLED = "The account is disabled."
NOT_OPEN_TO_THEM = "The ticket is not open to this person any more."
NO_CHANNEL = "There is no such channel."
NOT_SET_UP = "No mail server is set (SMTP_URL), so this stays here."


@dataclass(frozen=True, slots=True)
class _Recipient:
    name: str
    address: str
    is_active: bool
    is_staff: bool


@dataclass(frozen=True, slots=True)
class _Leased:
    """A message that is ours to send until its lease runs out."""

    row_id: int
    attempt: int
    channel: Channel
    letter: Letter


class Dispatcher:
    """Sends what is due. One for each engine; several work side by side."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[Delivery, Channel],
        public_url: str,
        workers: int = WORKERS,
    ) -> None:
        self._database = database
        self._channels = channels
        self._public_url = public_url.rstrip("/")
        self._owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="send")
        self._sending: dict[Future[None], _Leased] = {}
        self._lock = threading.Lock()
        self._closed = False

    def turn(self) -> int:
        """Collect digests and hand out what is due until nothing is; waits for a free worker
        but not for what was handed out last.

        Returns how many messages were settled or handed to a worker.
        """
        now = utc_now()
        if not self._is_work_waiting(now):
            return 0
        total = collect_digests(self._database, now)
        while settled := self._claim():
            total += settled
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
            or_(
                and_(_OUTBOX.c.state.in_(("pending", "digest")), _OUTBOX.c.next_attempt_at <= now),
                and_(_OUTBOX.c.state == "leased", _OUTBOX.c.lease_until <= now),
            )
        )
        with self._database.reading() as session:
            return session.execute(waits.limit(1)).first() is not None

    def _claim(self) -> int:
        """One transaction: settle what needs no sending, lease the rest and hand it out."""
        limit = self._free_workers() if self._is_sending else UNSENT_BATCH
        if limit == 0:
            return 0
        with self._database.writing() as session:
            now = utc_now()
            rows = _claim_rows(session, now, limit)
            leased = self._settle(session, rows, now)
        for one in leased:
            self._hand_out(one)
        return len(rows)

    @property
    def _is_sending(self) -> bool:
        """Whether there is a channel that has to send."""
        return any(c.is_ready for key, c in self._channels.items() if key is not Delivery.IN_APP)

    def _free_workers(self) -> int:
        """How many workers are free, once there is one; 0 when the dispatcher was closed."""
        while not self._closed:
            with self._lock:
                busy = set(self._sending)
            if len(busy) < self._workers:
                return self._workers - len(busy)
            wait(busy, timeout=1.0, return_when=FIRST_COMPLETED)
        return 0

    def _settle(self, session: Session, rows: Sequence[Any], now: datetime) -> list[_Leased]:
        """Write the verdict on each row; returns those to be sent."""
        if not rows:
            return []
        around = _Surroundings.of(session, rows)
        leased: list[_Leased] = []
        changes: list[dict[str, Any]] = []
        for row in rows:
            try:
                verdict = self._judge(row, around)
            except Exception as failure:
                log.exception("Message %d could not be made up", row.id)
                verdict = ("dead", f"{type(failure).__name__}: {failure}"[:500])
            if isinstance(verdict, _Leased):
                leased.append(verdict)
                state, note = "leased", ""
            else:
                state, note = verdict
            if state in ("suppressed", "dead"):
                log.info("Message %d to person %d: %s", row.id, row.person_id, note)
            is_leased = state == "leased"
            changes.append(
                {
                    "row_id": row.id,
                    "new_state": state,
                    "new_note": note,
                    "owner": self._owner if is_leased else "",
                    "until": now + LEASE if is_leased else None,
                    "tries": row.attempts + is_leased,
                }
            )
        session.connection().execute(_SETTLE, changes)
        return leased

    def _judge(self, row: Any, around: "_Surroundings") -> "_Leased | tuple[str, str]":
        """What is to be sent, or the row's next state and why."""
        recipient = around.people.get(row.person_id)
        if recipient is None or not recipient.is_active:
            return "suppressed", DISABLED
        if reason := around.why_not(row, recipient):
            return "suppressed", reason
        channel = _channel(self._channels, row.channel)
        if channel is None:
            return "dead", NO_CHANNEL
        if reason := channel.why_not(recipient.address):
            return "suppressed", reason
        if not channel.is_ready:
            return "kept", NOT_SET_UP
        letter = around.letter(row, recipient, self._public_url)
        return _Leased(row.id, row.attempts + 1, channel, letter)

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
        state, note = "sent", ""
        try:
            leased.channel.send(leased.letter)
        except Undeliverable as refused:
            state, note = "dead", str(refused)
        except TryLater as refused:
            state, note = "pending", str(refused)
        except Exception as failure:
            log.exception("Message %d could not be sent", leased.row_id)
            state, note = "pending", f"{type(failure).__name__}: {failure}"
        if state == "pending" and leased.attempt >= MOST_ATTEMPTS:
            state, note = "dead", f"Given up after {leased.attempt} attempts. {note}"
        now = utc_now()
        again = now + retry_after(leased.attempt) if state == "pending" else None
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
                    state=state,
                    note=note[:500],
                    lease_owner="",
                    lease_until=None,
                    sent_at=now if state == "sent" else None,
                    next_attempt_at=again,
                )
            )
        if done.rowcount == 0:  # type: ignore[attr-defined]
            log.warning("Message %d was taken over by another engine", leased.row_id)
        level = logging.INFO if state == "sent" else logging.WARNING
        log.log(level, "Message %d, attempt %d: %s %s", leased.row_id, leased.attempt, state, note)


def retry_after(attempt: int) -> timedelta:
    """How long to wait after the `attempt`th failure: twice as long each time, within a quarter
    more or less so that many do not come back together."""
    wait = min(FIRST_RETRY * 2 ** min(attempt - 1, 20), LONGEST_RETRY)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 (spreading load is no secret)


def _channel(channels: Mapping[Delivery, Channel], key: str) -> Channel | None:
    return channels.get(Delivery(key)) if key in set(Delivery) else None


_SETTLE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("row_id"))
    .values(
        state=bindparam("new_state"),
        note=bindparam("new_note"),
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
        attempts=bindparam("tries"),
    )
)


def _claim_rows(session: Session, now: datetime, limit: int) -> Sequence[Any]:
    """Those whose lease has run out, then due messages, the oldest first."""
    run_out = and_(_OUTBOX.c.state == "leased", _OUTBOX.c.lease_until <= now)
    due = and_(_OUTBOX.c.state == "pending", _OUTBOX.c.next_attempt_at <= now)
    rows: list[Any] = []
    for wanted in (run_out, due):
        claim = select(_OUTBOX).where(wanted).order_by(_OUTBOX.c.next_attempt_at)
        claim = claim.limit(limit - len(rows)).with_for_update(skip_locked=True)
        rows += session.execute(claim)
    return rows


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a list of messages is judged and written by, read at once."""

    people: Mapping[int, _Recipient]
    tickets: Mapping[int, Any]
    quotes: Mapping[tuple[int, str, str], str]
    """Public messages by ticket, instant and side."""

    @classmethod
    def of(cls, session: Session, rows: Sequence[Any]) -> "_Surroundings":
        ticket_ids = {row.ticket_id for row in rows if row.ticket_id is not None}
        found = session.execute(
            select(
                _TICKETS.c.id,
                _TICKETS.c.reference,
                _TICKETS.c.subject,
                _TICKETS.c.is_open,
                _TICKETS.c.is_escalated,
                _TICKETS.c.requester_id,
            ).where(_TICKETS.c.id.in_(ticket_ids))
        )
        return cls(
            _recipients(session, {row.person_id for row in rows}),
            {row.id: row for row in found},
            _quotes(session, rows),
        )

    def why_not(self, row: Any, recipient: _Recipient) -> str:
        """Why the message is not warranted any more, or nothing."""
        ticket = self.tickets.get(row.ticket_id)
        if ticket is None:
            return ""
        is_requester = ticket.requester_id == row.person_id
        if not recipient.is_staff and not is_requester:
            return NOT_OPEN_TO_THEM
        if row.kind in _NEEDS_OPEN and not ticket.is_open:
            return "" if is_requester and row.kind == EventKind.TICKET_OPENED else RESOLVED
        if row.kind in _NEEDS_CASE and not ticket.is_escalated:
            return CASE_ENDED
        if row.kind == EventKind.TICKET_RESOLVED and ticket.is_open:
            return REOPENED
        return ""

    def letter(self, row: Any, recipient: _Recipient, public_url: str) -> Letter:
        ticket = self.tickets.get(row.ticket_id)
        is_customer = not recipient.is_staff or (
            ticket is not None and ticket.requester_id == row.person_id
        )
        reference = "" if ticket is None else str(ticket.reference)
        subject = "" if ticket is None else str(ticket.subject)
        title, text = notice_text(
            row.kind, row.data, reference, subject, "customer" if is_customer else "staff"
        )
        path = "/" if ticket is None else (status_url if is_customer else ticket_url)(reference)
        side = Side.US if row.kind == EventKind.MESSAGE_SENT else Side.THEM
        quote = self.quotes.get((row.ticket_id, str(row.data.get("at")), side.value), "")
        return Letter(
            key=row.dedupe_key,
            to_name=recipient.name,
            to_address=recipient.address,
            title=title,
            text=text,
            link=public_url + path,
            thread=reference,
            quote=quote if row.kind in _QUOTING else "",
        )


_QUOTING = (EventKind.MESSAGE_SENT, EventKind.MESSAGE_RECEIVED)


def _recipients(session: Session, ids: Iterable[int]) -> dict[int, _Recipient]:
    wanted = sorted(ids)
    staff = set(
        session.execute(
            select(_ROLES.c.person_id).where(
                _ROLES.c.person_id.in_(wanted), _ROLES.c.role.in_(sorted(STAFF_ROLES))
            )
        ).scalars()
    )
    return {
        row.id: _Recipient(row.name, row.email, row.is_active, row.id in staff)
        for row in session.execute(
            select(_PEOPLE.c.id, _PEOPLE.c.name, _PEOPLE.c.email, _PEOPLE.c.is_active).where(
                _PEOPLE.c.id.in_(wanted)
            )
        )
    }


def _quotes(session: Session, rows: Sequence[Any]) -> dict[tuple[int, str, str], str]:
    """The public messages that the rows are about; a note is never among them."""
    instants: dict[int, set[datetime]] = {}
    for row in rows:
        if row.kind in _QUOTING and row.ticket_id is not None and "at" in row.data:
            at = datetime.fromisoformat(str(row.data["at"]))
            instants.setdefault(row.ticket_id, set()).add(at)
    if not instants:
        return {}
    found = session.execute(
        select(
            _MESSAGES.c.ticket_id,
            _MESSAGES.c.at,
            _MESSAGES.c.side,
            func.substr(_MESSAGES.c.body, 1, MAX_QUOTE).label("body"),
        )
        .where(
            _MESSAGES.c.ticket_id.in_(instants),
            _MESSAGES.c.at.in_(set().union(*instants.values())),
            _MESSAGES.c.is_public.is_(True),
        )
        .order_by(_MESSAGES.c.id)
    )
    return {(row.ticket_id, row.at.isoformat(), row.side): row.body for row in found}


# Digests --------------------------------------------------------------------------------------


def collect_digests(database: Database, now: datetime) -> int:
    """Put each person's late messages of a channel into one, once no more of them arrive.

    Each person and channel is a transaction of its own; returns how many digests were made.
    """
    groups = (
        select(_OUTBOX.c.person_id, _OUTBOX.c.channel)
        .where(_OUTBOX.c.state == DIGEST)
        .group_by(_OUTBOX.c.person_id, _OUTBOX.c.channel)
        .having(
            or_(
                func.max(_OUTBOX.c.created_at) <= now - DIGEST_WHEN_QUIET_FOR,
                func.min(_OUTBOX.c.created_at) <= now - DIGEST_AFTER_AT_MOST,
            )
        )
    )
    with database.reading() as session:
        ready = session.execute(groups).all()
    made = 0
    for person_id, channel in ready:
        with database.writing() as session:
            made += _collect(session, person_id, channel, now)
    return made


def _collect(session: Session, person_id: int, channel: str, now: datetime) -> bool:
    """Write one digest; what is not warranted any more is suppressed and not in it."""
    theirs = and_(
        _OUTBOX.c.state == DIGEST, _OUTBOX.c.person_id == person_id, _OUTBOX.c.channel == channel
    )
    keys = list(
        session.execute(
            select(_OUTBOX.c.id)
            .where(theirs)
            .order_by(_OUTBOX.c.id)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if not keys:
        return False
    theirs = and_(theirs, _OUTBOX.c.id.between(keys[0], keys[-1]))
    recipient = _recipients(session, [person_id]).get(person_id)
    if recipient is None or not (recipient.is_active and recipient.is_staff):
        _close_digest_rows(session, theirs, "suppressed", DISABLED)
        return False
    _suppress_unwarranted(session, theirs)
    rows = session.execute(
        select(_OUTBOX, _TICKETS.c.reference, _TICKETS.c.subject)
        .join(_TICKETS, _TICKETS.c.id == _OUTBOX.c.ticket_id)
        .where(theirs)
        .order_by(_OUTBOX.c.next_attempt_at, _OUTBOX.c.id)
        .limit(DIGEST_LINES)
    ).all()
    if not rows:
        return False
    count = session.execute(select(func.count()).select_from(_OUTBOX).where(theirs)).scalar_one()
    is_notice = channel == Delivery.IN_APP
    digest_id = session.execute(
        insert(_OUTBOX).returning(_OUTBOX.c.id),
        {
            "dedupe_key": f"{DIGEST}:{person_id}:{channel}:{keys[0]}-{keys[-1]}",
            "channel": channel,
            "person_id": person_id,
            "ticket_id": None,
            "kind": DIGEST,
            "data": {
                "count": count,
                "late_s": (rows[0].created_at - rows[0].next_attempt_at).total_seconds(),
                "items": [
                    digest_line(
                        row.kind,
                        row.data,
                        row.reference,
                        row.subject,
                        row.created_at - row.next_attempt_at,
                    )
                    for row in rows
                ],
            },
            "state": "sent" if is_notice else "pending",
            "created_at": now,
            "next_attempt_at": None if is_notice else now,
            "sent_at": now if is_notice else None,
        },
    ).scalar_one()
    _close_digest_rows(session, theirs, "digested", f"In message {digest_id}.")
    log.info("Message %d to person %d collects %d late ones", digest_id, person_id, count)
    return True


def _suppress_unwarranted(session: Session, theirs: Any) -> None:
    closed = select(_TICKETS.c.id).where(_TICKETS.c.is_open.is_(False))
    calm = select(_TICKETS.c.id).where(_TICKETS.c.is_escalated.is_(False))
    _close_digest_rows(
        session, and_(theirs, _OUTBOX.c.ticket_id.in_(closed)), "suppressed", RESOLVED
    )
    ended = and_(theirs, _OUTBOX.c.kind.in_(_NEEDS_CASE), _OUTBOX.c.ticket_id.in_(calm))
    _close_digest_rows(session, ended, "suppressed", CASE_ENDED)


def _close_digest_rows(session: Session, where: Any, state: str, note: str) -> None:
    session.execute(
        update(_OUTBOX).where(where).values(state=state, note=note, next_attempt_at=None)
    )

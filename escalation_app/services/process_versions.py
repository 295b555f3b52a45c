"""Published versions of the process: immutable rows, parsed once per database and version, and the
days that were added to their calendars since."""

import hashlib
from datetime import datetime
from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from escalation_app.domain.calendar_days import AddedDay, with_days
from escalation_app.domain.errors import Invalid
from escalation_app.domain.process import Process
from escalation_app.models import ProcessVersionRow
from escalation_app.services.added_days import added_days
from escalation_app.services.process_document import load_process, shipped_document
from escalation_app.services.public_holidays import kept, to_keep
from escalation_app.services.tables import columns

_VERSIONS = columns(ProcessVersionRow)

_parsed: dict[tuple[int, str], Process] = {}
_checksums: WeakKeyDictionary[Engine, dict[int, str]] = WeakKeyDictionary()


def live_version(session: Session) -> int:
    """The newest version. Raises Invalid when none is published yet."""
    version = _newest(session)
    if not version:
        raise Invalid("No process is published yet.")
    return version


def _newest(session: Session) -> int:
    """The newest version, 0 when there is none."""
    return session.execute(select(func.max(_VERSIONS.c.version))).scalar() or 0


def process_of(session: Session, version: int) -> Process:
    """The process of a version, with the days added to its calendars since. Raises Invalid for a
    version that was never published."""
    known = _checksums.setdefault(session.get_bind().engine, {})
    checksum = known.get(version)
    if checksum is None:
        checksum = session.execute(
            select(_VERSIONS.c.checksum).where(_VERSIONS.c.version == version)
        ).scalar_one_or_none()
        if checksum is None:
            raise Invalid(f"Process version {version} was never published.")
        known[version] = checksum
    process = _parsed.get((version, checksum))
    if process is None:
        row = session.execute(
            select(_VERSIONS.c.document, _VERSIONS.c.public_holidays).where(
                _VERSIONS.c.version == version
            )
        ).one()  # as columns: the first object of a process makes SQLAlchemy study every model
        process = load_process(row.document, version, kept(row.public_holidays))
        _parsed[version, checksum] = process
    days = added_days(session).days
    return _with_days(process, days) if days else process


@lru_cache(maxsize=64)
def _with_days(process: Process, days: tuple[AddedDay, ...]) -> Process:
    return with_days(process, days)


def live_process(session: Session) -> Process:
    return process_of(session, live_version(session))


def ensure_live(session: Session, now: datetime) -> Process:
    """The live process; in a fresh install the shipped one becomes it."""
    version = _newest(session)
    if not version:
        version = publish(session, shipped_document(), "the product", now, "As shipped")
    return process_of(session, version)


def live_document(session: Session) -> tuple[int, str]:
    """The newest version and its document. Raises Invalid when none is published yet."""
    row = session.get_one(ProcessVersionRow, live_version(session))
    return row.version, row.document


def publish(session: Session, document: str, name: str, now: datetime, note: str = "") -> int:
    """Publish a document as the next version and return its number: the operator's command line,
    and the first start.

    Publishing the live document again changes nothing, unless other public holidays are known by
    now. Raises ProcessErrors, which name the
    lines, for a document that is not valid.
    """
    newest = _newest(session)
    checksum = hashlib.sha256(document.encode()).hexdigest()
    process = load_process(document, newest + 1)
    holidays = to_keep(place for spec in process.calendars for place in spec.public_holidays)
    if newest:
        live = session.get_one(ProcessVersionRow, newest)
        if (live.checksum, live.public_holidays) == (checksum, holidays):
            return int(newest)
    session.add(
        ProcessVersionRow(
            version=newest + 1,
            document=document,
            checksum=checksum,
            note=note[:300],
            published_at=now,
            published_by=name,
            public_holidays=holidays,
        )
    )
    session.flush()
    return newest + 1

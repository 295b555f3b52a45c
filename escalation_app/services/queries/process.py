"""The live version of the process as a document to read, for staff and for customers."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.process import Process
from escalation_app.models import ProcessVersionRow
from escalation_app.services.process_text import Readers, process_sections
from escalation_app.services.process_versions import live_version, process_of
from escalation_app.services.tables import columns
from escalation_app.views.process import ProcessDocument, ProcessSection
from escalation_app.views.words import iso

_VERSIONS: Any = columns(ProcessVersionRow)


def readers_of(actor: Actor) -> Readers:
    """Which document the actor reads."""
    return Readers.STAFF if actor.is_staff else Readers.CUSTOMERS


def process_document(session: Session, actor: Actor, now: datetime) -> ProcessDocument:
    """What is live now. Who published it, and their words, are for staff."""
    require(actor, Permission.PROCESS_SEE)
    readers = readers_of(actor)
    version = live_version(session)
    process = process_of(session, version)
    row = session.execute(
        select(_VERSIONS.c.published_at, _VERSIONS.c.published_by, _VERSIONS.c.note).where(
            _VERSIONS.c.version == version
        )
    ).one()
    is_staff = readers is Readers.STAFF
    return ProcessDocument(
        name=process.name if is_staff else "How we help you",
        version=version,
        published_at=iso(row.published_at),
        published_by=row.published_by if is_staff else "",
        note=row.note if is_staff else "",
        sections=_sections(process, now.date(), readers),
    )


@lru_cache(maxsize=4)
def _sections(process: Process, today: date, readers: Readers) -> tuple[ProcessSection, ...]:
    return process_sections(process, today, readers)

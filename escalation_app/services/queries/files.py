"""The files that go with messages, as the conversation shows them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.attachments import IMAGES, size_words
from escalation_app.models import AttachmentRow
from escalation_app.routes import attachment_url
from escalation_app.services.tables import columns
from escalation_app.views.common import FileChip

_FILES: Any = columns(AttachmentRow)


def files_of(session: Session, message_ids: Iterable[int]) -> dict[int, tuple[FileChip, ...]]:
    """By message, the files that go with it. The caller may read the messages."""
    wanted = sorted(set(message_ids))
    if not wanted:
        return {}
    found: dict[int, list[FileChip]] = {}
    rows = session.execute(
        select(_FILES).where(_FILES.c.message_id.in_(wanted)).order_by(_FILES.c.id)
    )
    for row in rows:
        chip = FileChip(
            key=row.key,
            url=attachment_url(row.key),
            name=row.name,
            size=size_words(row.size),
            is_image=row.media_type in IMAGES,
        )
        found.setdefault(row.message_id, []).append(chip)
    return {key: tuple(chips) for key, chips in found.items()}

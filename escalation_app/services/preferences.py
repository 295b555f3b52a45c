"""What people have set about their notices, read and heeded where rows are written."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.orm import Session

from escalation_app.domain.preferences import (
    NoticeGroup,
    NoticePreference,
    Pace,
    QuietChoice,
)
from escalation_app.domain.process import Delivery
from escalation_app.domain.quiet import QuietHours
from escalation_app.models import NoticePreferenceRow
from escalation_app.services.tables import columns, in_lists

_PREFERENCES: Any = columns(NoticePreferenceRow)
_MUTED: Any = (_PREFERENCES.c.muted_in_app, _PREFERENCES.c.muted_email)
A_MINUTE = timedelta(minutes=1)


def preferences_of(session: Session, ids: Iterable[int]) -> dict[int, NoticePreference]:
    """What these people have set; who has set nothing is not in it."""
    return {
        row.person_id: _preference(row)
        for some in in_lists(sorted(set(ids)))
        for row in session.execute(select(_PREFERENCES).where(_PREFERENCES.c.person_id.in_(some)))
    }


def muted_kinds(session: Session) -> dict[tuple[int, Delivery], frozenset[str]]:
    """The kinds of event of which people want no message by a way; only those who want none of
    something are in it."""
    found: dict[tuple[int, Delivery], frozenset[str]] = {}
    some = or_(*(cast(column, Text) != "[]" for column in _MUTED))
    for row in session.execute(select(_PREFERENCES).where(some)):
        preference = _preference(row)
        for way in Delivery:
            if kinds := preference.muted_kinds(way):
                found[row.person_id, way] = kinds
    return found


def _preference(row: Any) -> NoticePreference:
    return NoticePreference(
        _groups(row.muted_in_app),
        _groups(row.muted_email),
        Pace(row.pace),
        QuietChoice(row.quiet),
        QuietHours(row.quiet_from_min * A_MINUTE, row.quiet_to_min * A_MINUTE, row.quiet_weekends),
    )


def _groups(keys: Iterable[str]) -> frozenset[NoticeGroup]:
    """The groups that are still known."""
    known: Mapping[str, NoticeGroup] = {group.value: group for group in NoticeGroup}
    return frozenset(known[key] for key in keys if key in known)

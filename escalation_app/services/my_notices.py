"""What people set about their notices: each for themselves alone."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.domain.errors import Invalid, NotAllowed
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.preferences import (
    NOTHING_SET,
    NoticeGroup,
    NoticePreference,
    Pace,
    QuietChoice,
)
from escalation_app.domain.process import Delivery
from escalation_app.domain.quiet import QuietHours
from escalation_app.models import NoticePreferenceRow, PersonRow
from escalation_app.services.preferences import A_MINUTE, preferences_of
from escalation_app.services.tables import columns
from escalation_app.services.unit_of_work import UnitOfWork

_PEOPLE: Any = columns(PersonRow)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def my_preference(session: Session, actor: Actor) -> NoticePreference:
    """What somebody has set for themselves. Raises NotAllowed for who is no person."""
    require(actor, Permission.SIGNED_IN)
    if actor.person_id is None:
        raise NotAllowed
    return preferences_of(session, [actor.person_id]).get(actor.person_id, NOTHING_SET)


def tell_me(
    uow: UnitOfWork, group: NoticeGroup, way: Delivery, *, is_told: bool
) -> NoticePreference:
    """Turn a group of notices on or off for a way. Like all of these it returns what is set."""
    mine = _locked(uow)
    muted = mine.muted(way) - {group} if is_told else mine.muted(way) | {group}
    name = "muted_in_app" if way is Delivery.IN_APP else "muted_email"
    return _keep(uow, replace(mine, **{name: muted}))


def mail_me(uow: UnitOfWork, pace: Pace) -> NoticePreference:
    """Get e-mail at once, once an hour, or not at all."""
    return _keep(uow, replace(_locked(uow), pace=pace))


def be_quiet(uow: UnitOfWork, choice: QuietChoice) -> NoticePreference:
    """Choose whose quiet hours count."""
    return _keep(uow, replace(_locked(uow), quiet=choice))


def set_quiet_hours(
    uow: UnitOfWork,
    *,
    starts: str | None = None,
    ends: str | None = None,
    weekends: bool | None = None,
) -> NoticePreference:
    """Change one's own quiet hours; times as `22:00`. Raises Invalid for what is no time of day,
    and for hours that would never end."""
    mine = _locked(uow)
    own = mine.own
    try:
        hours = QuietHours(
            own.starts if starts is None else _time(starts),
            own.ends if ends is None else _time(ends),
            own.weekends if weekends is None else weekends,
        )
    except ValueError as wrong:
        raise Invalid(str(wrong)) from wrong
    return _keep(uow, replace(mine, own=hours))


def time_text(at: timedelta) -> str:
    """A time of day as it is written: `22:00`."""
    hours, minutes = divmod(at // A_MINUTE, 60)
    return f"{hours:02}:{minutes:02}"


def hours_text(hours: QuietHours) -> str:
    """Quiet hours as they are read: `22:00 to 07:00, and all weekend`."""
    said = f"{time_text(hours.starts)} to {time_text(hours.ends)}"
    return f"{said}, and all weekend" if hours.weekends else said


def _time(text: str) -> timedelta:
    found = _TIME.fullmatch(text)
    if found is None:
        raise Invalid("That is no time of day such as 22:00.")
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def _locked(uow: UnitOfWork) -> NoticePreference:
    """One's own, held so that two clicks do not overwrite each other."""
    mine = uow.actor.person_id
    uow.session.execute(select(_PEOPLE.c.id).where(_PEOPLE.c.id == mine).with_for_update())
    return my_preference(uow.session, uow.actor)


def _keep(uow: UnitOfWork, preference: NoticePreference) -> NoticePreference:
    own = preference.own
    uow.session.merge(
        NoticePreferenceRow(
            person_id=uow.actor.person_id or 0,
            muted_in_app=sorted(preference.muted_in_app),
            muted_email=sorted(preference.muted_email),
            pace=preference.pace,
            quiet=preference.quiet,
            quiet_from_min=own.starts // A_MINUTE,
            quiet_to_min=own.ends // A_MINUTE,
            quiet_weekends=own.weekends,
        )
    )
    uow.session.flush()
    return preference

"""Until when somebody puts a ticket off, in the words they choose and their own zone."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from escalation_app.domain.errors import Invalid

MORNING = 9
"""The hour at which a day begins for whom a ticket comes back."""


class Until(StrEnum):
    ANSWER = "answer"
    HOUR = "hour"
    HOURS = "hours"
    TOMORROW = "tomorrow"
    MONDAY = "monday"


UNTIL_NAMES: dict[Until, str] = {
    Until.ANSWER: "Until the customer answers",
    Until.HOUR: "For an hour",
    Until.HOURS: "For four hours",
    Until.TOMORROW: "Until tomorrow, 09:00",
    Until.MONDAY: "Until Monday, 09:00",
}


def instant_of(until: Until, now: datetime, zone: str) -> datetime | None:
    """The instant (UTC) that is meant; None until the customer answers."""
    here = now.astimezone(_zone(zone))
    morning = here.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    match until:
        case Until.ANSWER:
            return None
        case Until.HOUR:
            return now + timedelta(hours=1)
        case Until.HOURS:
            return now + timedelta(hours=4)
        case Until.TOMORROW:
            return (morning + timedelta(days=1)).astimezone(UTC)
        case Until.MONDAY:
            return (morning + timedelta(days=7 - here.weekday())).astimezone(UTC)


def local_instant(text: str, zone: str) -> datetime:
    """The instant (UTC) of a local time such as `2026-03-02T09:00`. Raises Invalid for anything
    else."""
    try:
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 (the zone comes next)
    except ValueError:
        raise Invalid("Choose a day and a time.") from None
    return at.replace(tzinfo=_zone(zone)).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")

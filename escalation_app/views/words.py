"""Lengths and instants in words."""

from datetime import UTC, datetime

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def iso(at: datetime | None) -> str:
    """An aware instant as UTC text for a view; ``""`` for none.

    Raises ValueError for a naive datetime.
    """
    if at is None:
        return ""
    if at.tzinfo is None:
        raise ValueError("a view takes aware instants only")
    return at.astimezone(UTC).isoformat()


def duration_words(seconds: int) -> str:
    """A length in at most two units, rounded down: ``"42s"``, ``"9m"``, ``"1h 06m"``, ``"1d 3h"``;
    from ten days on in days alone.

    The sign is ignored. The browser has the same function (``durationWords`` in
    ``assets/elements.js``); one table of cases tests both.
    """
    rest = abs(int(seconds))
    if rest < MINUTE:
        return f"{rest}s"
    if rest < HOUR:
        return f"{rest // MINUTE}m"
    if rest < DAY:
        hours, minutes = rest // HOUR, rest % HOUR // MINUTE
        return f"{hours}h {minutes:02d}m" if minutes else f"{hours}h"
    days, hours = rest // DAY, rest % DAY // HOUR
    return f"{days}d {hours}h" if hours and days < 10 else f"{days}d"


def time_left_words(state: str, seconds_left: int, reason: str = "", tail: str = "") -> str:
    """What a time-left badge says. ``seconds_left`` is negative when over or met late.

    ``reason`` is why a paused clock stands still, or why there is no clock at all; ``tail`` follows
    "left" (``"to acknowledge"``).
    """
    length = duration_words(seconds_left)
    match state:
        case "running" if seconds_left < 0:
            return f"{length} over"
        case "running" if seconds_left == 0:
            return "due now"
        case "running":
            return f"{length} left {tail}".strip()
        case "paused":
            return f"paused: {reason}" if reason else "paused"
        case "overpaused":
            return f"{length} over, paused"
        case "met":
            return "met"
        case "late":
            return f"met {length} late"
        case "none":
            return reason or "no target"
        case _:
            return ""


def as_sentence(text: str) -> str:
    """Something people wrote, with a full stop where it has no end yet, so that more can follow."""
    text = text.rstrip()
    return text if not text or text[-1] in ".!?…:" else f"{text}."

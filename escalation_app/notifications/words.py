"""What the words of all messages are made of."""

from collections.abc import Mapping
from datetime import datetime, timedelta

Data = Mapping[str, object]
"""The data of an event."""
Words = tuple[str, str]
"""A headline and a text."""

METRICS = {
    "first_response": "first answer",
    "next_reply": "next answer",
    "next_update": "next update",
    "resolution": "resolution",
    "team": "time in the team",
    "triage": "decision about the request",
    "obligation": "obligation",
    "promise": "promise",
}


def span_words(length: timedelta) -> str:
    """A length as people say it, in its two largest units: "2 h 10 min"."""
    seconds = max(int(length.total_seconds()), 0)
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for name, size in units:
        if seconds >= size and len(parts) < 2:
            parts.append(f"{seconds // size} {name}")
            seconds %= size
    return " ".join(parts) or "0 s"


def part(data: Data, key: str, default: str = "") -> str:
    """What stands under a key, as text."""
    value = data.get(key)
    return default if value is None or value == "" else str(value)


def instant_words(data: Data, key: str) -> str:
    """An instant as people read it."""
    try:
        at = datetime.fromisoformat(part(data, key))
    except ValueError:
        return "then"
    return f"{at:%d %b %Y, %H:%M} UTC"


def metric_of(data: Data) -> str:
    """What a clock measures, in words."""
    return METRICS.get(part(data, "metric"), "promise")


def reason(data: Data, key: str = "why") -> str:
    """A reason as one more sentence; "" without one."""
    given = part(data, key)
    return f" Reason: {given}" if given else ""

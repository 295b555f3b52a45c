"""What people are told, in one place: a headline and one or two sentences for each kind of event.

Customers read plain words made for them, never a reason, a note or a name of somebody else.
"""

from datetime import timedelta
from typing import Literal

from escalation_app.notifications.customer_texts import CUSTOMER, PUBLIC_DATA, customer_news
from escalation_app.notifications.staff_texts import STAFF, staff_news
from escalation_app.notifications.words import Data, Words, part, span_words

Audience = Literal["staff", "customer"]

DIGEST = "digest"
"""The kind of a message that collects others which came late."""


def notice_text(
    kind: str, data: Data, reference: str, subject: str, audience: Audience
) -> tuple[str, str]:
    """The headline and the text of a message about an event of `kind`.

    `data` is the event's. For a customer nothing of it is used but what is public. A kind that
    nobody knows any more still gets words.
    """
    if kind == DIGEST:
        return _digest(data, audience)
    if audience == "customer":
        words = CUSTOMER.get(kind, customer_news)
    else:
        words = STAFF.get(kind, staff_news)
    title, text = words(data)
    return title, f"{text}\n{reference}: {subject}" if text else f"{reference}: {subject}"


def public_data(kind: str, data: Data) -> dict[str, object]:
    """The part of an event's data that a customer may ever be sent."""
    return {key: data[key] for key in PUBLIC_DATA.get(kind, ()) if key in data}


# Digests --------------------------------------------------------------------------------------


def _digest(data: Data, audience: Audience) -> Words:
    """`items` are lines made by `digest_line` for `data`'s own audience, at most a few dozen;
    `count` is how many there were; `late_s` is by how many seconds the latest of them was late,
    if all of them were."""
    count = data.get("count", 0)
    given = data.get("items")
    items: list[object] = list(given) if isinstance(given, list) else []  # type: ignore[reportUnknownArgumentType]
    lines = [str(item) for item in items]
    if isinstance(count, int) and count > len(lines):
        lines.append(f"and {count - len(lines)} more")
    if audience == "customer":
        told = f"There are {count} pieces of news for you."
        is_theirs = data.get("audience") == "customer"
        return "News about your tickets", "\n".join(lines) if is_theirs else told
    things = "1 thing" if count == 1 else f"{count} things"
    if not part(data, "late_s"):
        return f"{things} for you", "\n".join(lines)
    late = span_words(timedelta(seconds=float(part(data, "late_s"))))
    return f"{things} late by up to {late}", "\n".join(lines)


def digest_line(kind: str, data: Data, reference: str, subject: str, audience: Audience) -> str:
    """One line of a digest. `data` is the message's own: `late_s` is by how many seconds it was
    late, if it was."""
    title, _ = notice_text(kind, data, reference, "", audience)
    line = f"{reference} {subject[:80]}: {title}"
    if not part(data, "late_s"):
        return line
    return f"{line}, late by {span_words(timedelta(seconds=float(part(data, 'late_s'))))}"

"""Naming a colleague in an internal note: "@S. Iyer"."""

import re
from collections.abc import Iterable, Mapping

_BEFORE = frozenset(" \t\n([{\"'“,;:/-")
"""What may stand before the sign: it is no mention within a word, such as an address."""


def mentioned(text: str, people: Mapping[int, str]) -> tuple[int, ...]:
    """The people whom a text names behind an @, each once and in the order of the text. People of
    the same name are all meant."""
    by_name: dict[str, list[int]] = {}
    for key, name in people.items():
        by_name.setdefault(name.casefold(), []).append(key)
    found = (part for part, is_mention in parts_of(text, people.values()) if is_mention)
    return tuple(dict.fromkeys(key for part in found for key in by_name[part[1:].casefold()]))


def parts_of(text: str, names: Iterable[str]) -> list[tuple[str, bool]]:
    """The text in parts, and of each whether it is a mention: the sign with one of the names, of
    which the longest counts. Of letters that differ in more than their case, such as i and ı, the
    pattern takes some for the same; they are not."""
    longest = sorted({name for name in names if name}, key=len, reverse=True)
    meant = {name.casefold() for name in longest}
    if not longest or "@" not in text:
        return [(text, False)]
    known = re.compile("@(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)", re.IGNORECASE)
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in known.finditer(text):
        if match.start() and text[match.start() - 1] not in _BEFORE:
            continue
        if match.group()[1:].casefold() not in meant:
            continue
        if match.start() > end:
            parts.append((text[end : match.start()], False))
        parts.append((match.group(), True))
        end = match.end()
    if end < len(text):
        parts.append((text[end:], False))
    return parts

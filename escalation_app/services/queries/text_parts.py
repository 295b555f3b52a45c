"""What somebody wrote in pieces: plain words, names of colleagues, and links."""

import re
from collections.abc import Callable, Iterable

from escalation_app.domain.mentions import parts_of
from escalation_app.routes import ticket_url
from escalation_app.views.common import TextPart

_LINK = re.compile(
    r"(?P<outside>https?://[^\s<>\"]*[^\s<>\"'.,;:!?)\]])|(?<![\w/-])(?P<ticket>T-\d{1,12})(?![\w-])"
)
"""An address up to the sign that ends its sentence, or a ticket's reference by itself."""


def text_parts(
    body: str,
    named: frozenset[str] = frozenset(),
    *,
    url_of: Callable[[str], str] = ticket_url,
) -> tuple[TextPart, ...]:
    """The pieces of a text; none when it is plain words alone. `url_of` a ticket's reference is its
    page, "" where there is none for the reader."""
    parts = [
        part
        for text, is_mention in parts_of(body, named)
        for part in ([TextPart(text, True)] if is_mention else _linked(text, url_of))
    ]
    return tuple(parts) if any(part.is_mention or part.url for part in parts) else ()


def references_in(text: str) -> frozenset[str]:
    """The references of tickets that a text names."""
    return frozenset(found["ticket"] for found in _LINK.finditer(text) if found["ticket"])


def _linked(text: str, url_of: Callable[[str], str]) -> Iterable[TextPart]:
    end = 0
    for match in _LINK.finditer(text):
        is_outside = match["outside"] is not None
        url = match.group() if is_outside else url_of(match.group())
        if not url:
            continue
        if match.start() > end:
            yield TextPart(text[end : match.start()])
        yield TextPart(match.group(), url=url, is_outside=is_outside)
        end = match.end()
    if end < len(text):
        yield TextPart(text[end:])

"""What somebody wrote in pieces: plain words, names of colleagues, and links."""

import re
from collections.abc import Iterable

from escalation_app.domain.mentions import parts_of
from escalation_app.routes import ticket_url
from escalation_app.views.common import TextPart

_LINK = re.compile(
    r"(?P<outside>https?://[^\s<>\"]*[^\s<>\"'.,;:!?)\]])|(?<![\w/-])(?P<ticket>T-\d{1,12})(?![\w-])"
)
"""An address up to the sign that ends its sentence, or a ticket's reference by itself."""


def text_parts(
    body: str, named: frozenset[str] = frozenset(), *, links_tickets: bool = True
) -> tuple[TextPart, ...]:
    """The pieces of a text; none when it is plain words alone. `links_tickets`: a reference leads
    to the ticket as people of ours see it."""
    parts = [
        part
        for text, is_mention in parts_of(body, named)
        for part in ([TextPart(text, True)] if is_mention else _linked(text, links_tickets))
    ]
    return tuple(parts) if any(part.is_mention or part.url for part in parts) else ()


def _linked(text: str, links_tickets: bool) -> Iterable[TextPart]:
    end = 0
    for match in _LINK.finditer(text):
        is_outside = match["outside"] is not None
        if not is_outside and not links_tickets:
            continue
        if match.start() > end:
            yield TextPart(text[end : match.start()])
        url = match.group() if is_outside else ticket_url(match.group())
        yield TextPart(match.group(), url=url, is_outside=is_outside)
        end = match.end()
    if end < len(text):
        yield TextPart(text[end:])

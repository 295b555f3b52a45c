"""The replies and macros of a process document."""

from collections.abc import Mapping

from escalation_app.domain.errors import Invalid
from escalation_app.domain.replies import (
    MACRO_STATUSES,
    Macro,
    Placeholder,
    ReplyTemplate,
    Stage,
    Tone,
    unknown_placeholders,
)
from escalation_app.domain.tags import tag_of
from escalation_app.services.document_reader import DocumentReader
from escalation_app.services.document_tree import Node

LONGEST_PARAGRAPH = 600
_STAGES = {stage.value: stage for stage in Stage}
_TONES = {tone.value: tone for tone in Tone}
_STATUSES = {status.value: status for status in MACRO_STATUSES}


def read_replies(reader: DocumentReader, node: Node | None) -> tuple[ReplyTemplate, ...]:
    """The templates; a placeholder that does not exist is a mistake."""
    replies: list[ReplyTemplate] = []
    for key, item in ({} if node is None else reader.keyed(node)).items():
        parts = reader.table(item, "name stage tone text")
        paragraphs = [_paragraph(reader, part) for part in reader.items(parts.get("text"))]
        replies.append(
            ReplyTemplate(
                key=key,
                name=reader.text(parts.get("name")),
                stage=reader.choice(parts.get("stage"), _STAGES, "stage") or Stage.UPDATE,
                tone=reader.choice(parts.get("tone"), _TONES, "tone") or Tone.PLAIN,
                text="\n\n".join(paragraphs),
            )
        )
    return tuple(replies)


def _paragraph(reader: DocumentReader, node: Node) -> str:
    text = reader.text(node, LONGEST_PARAGRAPH)
    for wrong in unknown_placeholders(text):
        known = ", ".join(f"{{{name}}}" for name in Placeholder)
        reader.fail(node, f"{wrong[:40]!r} is no placeholder; known: {known}.")
    return text


def _tag(reader: DocumentReader, node: Node) -> str:
    try:
        return tag_of(reader.text(node))
    except Invalid as wrong:
        reader.fail(node, str(wrong))
        return ""


def read_macros(
    reader: DocumentReader, node: Node | None, replies: Mapping[str, str]
) -> tuple[Macro, ...]:
    """The macros, each of which does something."""
    macros: list[Macro] = []
    for key, item in ({} if node is None else reader.keyed(node)).items():
        parts = reader.table(item, "name", "reply status take tags resolve")
        macro = Macro(
            key=key,
            name=reader.text(parts.get("name")),
            reply=reader.choice(parts.get("reply"), replies, "reply") or "",
            status=reader.choice(parts.get("status"), _STATUSES, "status that a macro can set"),
            takes=reader.yes(parts.get("take")),
            tags=frozenset(_tag(reader, part) for part in reader.items(parts.get("tags"))),
            resolves=reader.yes(parts.get("resolve")),
        )
        if not parts.keys() & {"reply", "status", "take", "tags", "resolve"}:
            reader.fail(
                item, "A macro has a reply, a status, tags, 'take: true' or 'resolve: true'."
            )
        if macro.resolves and macro.status is not None:
            reader.fail(item, "A macro that resolves the ticket sets no other status.")
        macros.append(macro)
    return tuple(macros)

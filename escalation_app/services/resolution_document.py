"""Reads what must hold before an escalated ticket is resolved."""

from datetime import timedelta

from escalation_app.domain.process import ResolutionRules
from escalation_app.services.document_reader import DocumentReader
from escalation_app.services.document_tree import Node

LONGEST_CRITERION = 200
_A_DAY = timedelta(days=1)


def read_resolution(reader: DocumentReader, node: Node | None) -> ResolutionRules | None:
    """The rules; None when the document has none."""
    if node is None:
        return None
    parts = reader.table(node, "criteria causes", "remind_before")
    return ResolutionRules(
        criteria={
            key: reader.text(text, LONGEST_CRITERION)
            for key, text in reader.keyed(parts.get("criteria")).items()
        },
        causes={key: reader.text(text) for key, text in reader.keyed(parts.get("causes")).items()},
        remind_before=reader.length(parts.get("remind_before")) or _A_DAY,
    )

"""The fields of a ticket in plain English."""

from collections.abc import Iterable, Iterator, Mapping

from escalation_app.domain.fields import (
    CustomersMay,
    FieldCondition,
    FieldKind,
    FieldMoment,
    FieldSpec,
)
from escalation_app.domain.process import Process
from escalation_app.services.process_names import CHANNEL_NAMES
from escalation_app.views.process import ProcessSection, ProcessTableRow

_KINDS: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "text",
    FieldKind.NUMBER: "number",
    FieldKind.DATE: "date",
    FieldKind.CHOICE: "one of",
    FieldKind.YES_NO: "yes or no",
}
_CUSTOMERS: Mapping[CustomersMay, str] = {
    CustomersMay.NOTHING: "do not see it",
    CustomersMay.SEE: "see it",
    CustomersMay.FILL: "fill it in when they open a ticket",
}
_REQUIRED: Mapping[FieldMoment | None, str] = {
    None: "no",
    FieldMoment.OPENING: "when a ticket is opened",
    FieldMoment.RESOLVING: "before a ticket is resolved",
}


def field_section(process: Process) -> Iterator[ProcessSection]:
    """What is filled in about a ticket; nothing when the process defines no fields."""
    if process.fields:
        yield ProcessSection(
            key="fields",
            title="Fields of a ticket",
            paragraphs=("People of ours fill these in at the side of a ticket.",),
            head=("Field", "What it holds", "Customers", "Must be filled in"),
            rows=tuple(_row(spec) for spec in process.fields),
        )


def field_conditions_in_words(
    process: Process, conditions: Iterable[FieldCondition]
) -> Iterator[tuple[str, list[str]]]:
    """For each condition which field it is about, and what may stand there."""
    specs = {spec.key: spec for spec in process.fields}
    for one in conditions:
        spec = specs[one.key]
        if one.kind is FieldKind.TEXT:
            yield f"where “{spec.label}” speaks of", [f"“{word}”" for word in one.values]
        elif one.values:
            yield f"where “{spec.label}” is", [f"“{spec.words_of(key)}”" for key in one.values]
        else:
            yield f"where “{spec.label}” is", [_between(spec, one)]


def _between(spec: FieldSpec, one: FieldCondition) -> str:
    least, most = spec.words_of(one.least), spec.words_of(one.most)
    if not most:
        return f"{least} or later" if one.kind is FieldKind.DATE else f"{least} or more"
    if not least:
        return f"{most} or earlier" if one.kind is FieldKind.DATE else f"{most} or less"
    return f"from {least} to {most}"


def _row(spec: FieldSpec) -> ProcessTableRow:
    holds = _KINDS[spec.kind]
    if spec.kind is FieldKind.CHOICE:
        holds = f"one of {', '.join(spec.choices.values())}"
    about = f"; only about {', '.join(spec.natures)}" if spec.natures else ""
    if spec.tool:
        about += f"; on tiers that have the {CHANNEL_NAMES[spec.tool]}"
    cells = (spec.label, f"{holds}{about}", _CUSTOMERS[spec.customers], _REQUIRED[spec.required])
    return ProcessTableRow(cells)

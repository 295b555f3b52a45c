"""Reads the fields of a ticket that a process document defines, and what it asks of them."""

from collections.abc import Mapping

from escalation_app.domain.errors import Invalid
from escalation_app.domain.fields import (
    CustomersMay,
    FieldCondition,
    FieldKind,
    FieldMoment,
    FieldSpec,
)
from escalation_app.services.document_reader import DocumentReader
from escalation_app.services.document_tree import Node, Sequence, Table

MOST_FIELDS = 30
_RANGED = (FieldKind.NUMBER, FieldKind.DATE)
_KINDS = {kind.value: kind for kind in FieldKind}
_MOMENTS = {moment.value: moment for moment in FieldMoment}
_CUSTOMERS = {may.value: may for may in CustomersMay}


def read_fields(
    reader: DocumentReader, node: Node | None, tools: Mapping[str, str]
) -> tuple[FieldSpec, ...]:
    """The fields in the document's order; `tools` are those that a tier has. A choice has choices
    and nothing else has; only what customers fill in, whatever the ticket is about, can be required
    at the opening."""
    specs = [
        _field(reader, key, item, tools)
        for key, item in ({} if node is None else reader.keyed(node)).items()
    ]
    if node is not None and len(specs) > MOST_FIELDS:
        reader.fail(node, f"A ticket has at most {MOST_FIELDS} fields.")
    labels: set[str] = set()
    for spec in specs:
        if spec.label.casefold() in labels:
            reader.fail_at(f"fields.{spec.key}.label", "Another field has this label.")
        labels.add(spec.label.casefold())
    return tuple(specs)


def _field(reader: DocumentReader, key: str, node: Node, tools: Mapping[str, str]) -> FieldSpec:
    parts = reader.table(node, "label kind", "choices required customers natures tool hint")
    kind = reader.choice(parts.get("kind"), _KINDS, "kind of field")
    natures = parts.get("natures")
    spec = FieldSpec(
        key=key,
        label=reader.text(parts.get("label"), 60),
        kind=kind or FieldKind.TEXT,
        choices={
            each: reader.text(name) for each, name in reader.keyed(parts.get("choices")).items()
        },
        required=reader.choice(parts.get("required"), _MOMENTS, "moment"),
        customers=reader.choice(parts.get("customers"), _CUSTOMERS, "right of customers")
        or CustomersMay.NOTHING,
        natures=()
        if natures is None
        else reader.distinct(natures, lambda word: reader.text(word, 40) or None),
        hint=reader.text(parts.get("hint"), 120),
        tool=reader.choice(parts.get("tool"), tools, "tool of a tier") or "",
    )
    if (kind is FieldKind.CHOICE) != ("choices" in parts) and kind is not None:
        reader.fail(node, "A field of the kind 'choice' has choices, and no other has.")
    if spec.required is FieldMoment.OPENING and (
        spec.customers is not CustomersMay.FILL or spec.natures
    ):
        reader.fail_at(
            f"fields.{key}.required",
            "Who opens a ticket could not fill it in: 'opening' needs 'customers: fill' and no"
            " 'natures'.",
        )
    elif spec.customers is CustomersMay.FILL and spec.tool:
        reader.fail_at(
            f"fields.{key}.tool",
            "The tool of a tier is for people of ours, so customers cannot fill this in.",
        )
    elif spec.customers is CustomersMay.FILL and spec.natures:
        reader.fail_at(
            f"fields.{key}.natures",
            "A new ticket has no category yet, so customers cannot fill this in.",
        )
    return spec


def read_field_conditions(
    reader: DocumentReader, node: Node | None, specs: Mapping[str, FieldSpec]
) -> tuple[FieldCondition, ...]:
    """What must stand in fields that the same document defines, by their keys: a list of the
    choices or of words, or `from` and `to` of a number or a date."""
    if node is None:
        return ()
    found: list[FieldCondition] = []
    for key, item in reader.keyed(node).items():
        spec = specs.get(key)
        if spec is None:
            known = ", ".join(specs) or "none is defined"
            reader.fail(item, f"{key!r} is no field of this process; known: {known}.")
        elif spec.kind in _RANGED:
            found.append(_range(reader, item, spec))
        else:
            found.append(FieldCondition(key, spec.kind, _values(reader, item, spec)))
    return tuple(found)


def _values(reader: DocumentReader, node: Node, spec: FieldSpec) -> tuple[str, ...]:
    if not isinstance(node, Sequence):
        what = "of its choices" if spec.options else "of words that stand in it"
        reader.fail(node, f"“{spec.label}” is of the kind {spec.kind.value!r}: a list {what}.")
        return ()
    if spec.options:
        return reader.choices(node, {key: key for key in spec.options}, f"choice of {spec.key!r}")
    return reader.distinct(node, lambda item: reader.text(item, 60) or None)


def _range(reader: DocumentReader, node: Node, spec: FieldSpec) -> FieldCondition:
    if not isinstance(node, Table) or not node.entries:
        reader.fail(
            node,
            f"“{spec.label}” is of the kind {spec.kind.value!r}: give 'from', 'to' or both.",
        )
        return FieldCondition(spec.key, spec.kind)
    parts = reader.table(node, "", "from to")
    least, most = (_end(reader, parts.get(name), spec) for name in ("from", "to"))
    condition = FieldCondition(spec.key, spec.kind, (), least, most)
    if least and most and not condition.holds(least):
        reader.fail(node, "Nothing can fulfil this: 'from' lies behind 'to'.")
    return condition


def _end(reader: DocumentReader, node: Node | None, spec: FieldSpec) -> str:
    if node is None:
        return ""
    try:
        return spec.value_of(reader.text(node))
    except Invalid as wrong:
        reader.fail(node, str(wrong))
        return ""

"""Reads the fields of a ticket that a process document defines."""

from escalation_app.domain.fields import CustomersMay, FieldKind, FieldMoment, FieldSpec
from escalation_app.services.document_reader import DocumentReader
from escalation_app.services.document_tree import Node

MOST_FIELDS = 30
_KINDS = {kind.value: kind for kind in FieldKind}
_MOMENTS = {moment.value: moment for moment in FieldMoment}
_CUSTOMERS = {may.value: may for may in CustomersMay}


def read_fields(reader: DocumentReader, node: Node | None) -> tuple[FieldSpec, ...]:
    """The fields in the document's order. A choice has choices and nothing else has; only what
    customers fill in, whatever the ticket is about, can be required at the opening."""
    specs = [
        _field(reader, key, item)
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


def _field(reader: DocumentReader, key: str, node: Node) -> FieldSpec:
    parts = reader.table(node, "label kind", "choices required customers natures hint")
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
    elif spec.customers is CustomersMay.FILL and spec.natures:
        reader.fail_at(
            f"fields.{key}.natures",
            "A new ticket has no category yet, so customers cannot fill this in.",
        )
    return spec

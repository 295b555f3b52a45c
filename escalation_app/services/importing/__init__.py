"""Logs of other desks become tickets with their whole history; `log.import_log` is the way in."""

from escalation_app.services.importing.log import ImportOrder, ImportReport, import_log
from escalation_app.services.importing.mapping import (
    Mapping,
    MappingErrors,
    load_mapping,
    shipped_mappings,
)

__all__ = [
    "ImportOrder",
    "ImportReport",
    "Mapping",
    "MappingErrors",
    "import_log",
    "load_mapping",
    "shipped_mappings",
]

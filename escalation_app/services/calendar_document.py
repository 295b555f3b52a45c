"""The calendars of the process document: zones, weekly hours, holidays and days of their own."""

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

from escalation_app.domain.calendar_spec import (
    CalendarSpec,
    CutOut,
    Holiday,
    PublicHolidays,
    SpecialDay,
)
from escalation_app.domain.wall_time import Span
from escalation_app.services.document_reader import DocumentReader
from escalation_app.services.document_tree import Node, Sequence, Table, Text
from escalation_app.services.public_holidays import (
    FIRST_YEAR,
    LAST_YEAR,
    UnknownRegion,
    place_key,
    public_holidays,
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_SPAN = re.compile(r"([0-9]{2}:[0-9]{2}) ?- ?([0-9]{2}:[0-9]{2})")

Known = Mapping[str, PublicHolidays]
"""Public holidays that need not be looked up, by the key of their place."""


def read_calendars(
    reader: DocumentReader, node: Node | None, known: Known
) -> tuple[CalendarSpec, ...]:
    """The calendars in the order of the document; `known` are those of a published version."""
    calendars: list[CalendarSpec] = []
    for key, item in reader.keyed(node).items():
        always = item.entries.get("always") if isinstance(item, Table) else None
        if reader.yes(always):
            parts = reader.table(item, "name zone always")
        else:
            parts = reader.table(
                item,
                "name zone hours",
                "always public_holidays worked_holidays holidays special_days cutouts",
            )
        public = _public_holidays(reader, parts.get("public_holidays"), known)
        calendars.append(
            CalendarSpec(
                key=key,
                name=reader.text(parts.get("name")),
                zone=_zone(reader, parts.get("zone")),
                hours=_week(reader, parts.get("hours")),
                holidays=_holidays(reader, parts.get("holidays")),
                special_days=tuple(
                    SpecialDay(*day) for day in _dated(reader, parts.get("special_days"))
                ),
                cutouts=tuple(CutOut(*day) for day in _dated(reader, parts.get("cutouts"))),
                always="hours" not in parts and "always" in parts,
                public_holidays=public,
                worked_holidays=_worked_holidays(reader, parts.get("worked_holidays"), public),
            )
        )
    return tuple(calendars)


def _zone(reader: DocumentReader, node: Node | None) -> str:
    zone = reader.text(node)
    if node is not None and zone:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            reader.fail(node, f"{zone!r} is not a time zone such as Europe/London.")
    return zone


def _week(reader: DocumentReader, node: Node | None) -> dict[int, tuple[Span, ...]]:
    days = reader.table(node, "", " ".join(WEEKDAYS))
    return {WEEKDAYS.index(day): _spans(reader, hours) for day, hours in days.items()}


def _spans(reader: DocumentReader, node: Node | None) -> tuple[Span, ...]:
    spans = reader.distinct(node, lambda item: _span(reader, item))
    ordered = sorted(spans, key=lambda span: span.opens)
    if node and any(later.opens < earlier.ends for earlier, later in pairwise(ordered)):
        reader.fail(node, "These hours overlap.")
    return tuple(ordered)


def _span(reader: DocumentReader, node: Node) -> Span | None:
    found = _SPAN.fullmatch(node.text) if isinstance(node, Text) else None
    try:
        if found is not None and found[1] != found[2]:
            return Span.between(found[1], found[2])
    except ValueError:
        pass
    reader.fail(node, "This must be a span of hours such as 09:00-12:30; 24:00 may end it.")
    return None


def _public_holidays(
    reader: DocumentReader, node: Node | None, known: Known
) -> tuple[PublicHolidays, ...]:
    """One place, or a list of them."""
    places = node.items if isinstance(node, Sequence) else [node] if node else []
    found: dict[str, PublicHolidays] = {}
    for place in places:
        parts = reader.table(place, "country", "region")
        country, region = reader.text(parts.get("country")), reader.text(parts.get("region"))
        if not country or ("region" in parts and not region):
            continue
        try:
            one = known.get(place_key(country, region)) or public_holidays(country, region)
        except UnknownRegion as unknown:
            reader.fail(parts.get("region", parts["country"]), str(unknown))
            continue
        if found.setdefault(place_key(one.country, one.region), one) is not one:
            reader.fail(place, "This stands twice in the list.")
    return tuple(found.values())


def _worked_holidays(
    reader: DocumentReader, node: Node | None, public: tuple[PublicHolidays, ...]
) -> frozenset[date]:
    """Dates of public holidays on which the usual hours hold."""
    known = {day.on for place in public for day in place.days}

    def worked(item: Node) -> date | None:
        on = reader.day(item.text if isinstance(item, Text) else "", item, "This")
        if on is not None and on not in known:
            years = f"the years {FIRST_YEAR} to {LAST_YEAR} are known"
            reader.fail(item, f"No public holiday of this calendar is on that day; {years}.")
        return on

    return frozenset(reader.distinct(node, worked))


def _holidays(reader: DocumentReader, node: Node | None) -> tuple[Holiday, ...]:
    holidays: list[Holiday] = []
    for text, item in _days(reader, node):
        on = reader.day(text, item)
        if on is not None:
            holidays.append(Holiday(on, reader.text(item)))
    return tuple(sorted(holidays, key=lambda holiday: holiday.on))


def _dated(reader: DocumentReader, node: Node | None) -> list[tuple[date, str, tuple[Span, ...]]]:
    days: list[tuple[date, str, tuple[Span, ...]]] = []
    for text, item in _days(reader, node):
        on = reader.day(text, item)
        parts = reader.table(item, "name hours")
        name, hours = reader.text(parts.get("name")), _spans(reader, parts.get("hours"))
        if on is not None:
            days.append((on, name, hours))
    return sorted(days)


def _days(reader: DocumentReader, node: Node | None) -> list[tuple[str, Node]]:
    if node is None:
        return []
    if not isinstance(node, Table):
        reader.fail(node, "This must be a mapping from dates such as 2026-12-25.")
        return []
    return list(node.entries.items())

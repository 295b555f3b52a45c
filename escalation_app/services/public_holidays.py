"""Public holidays by country and region, as the `holidays` library knows them.

They are looked up when a document is checked or published, and kept with the published version:
a newer library never moves a clock by itself, and no start pays for loading it (0.7 s). The shipped
process has its own in a file beside it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from escalation_app.domain.calendar_spec import Holiday, PublicHolidays

FIRST_YEAR = 2010
LAST_YEAR = 2049
"""The years whose public holidays a process knows."""

_LANGUAGES = ("en_GB", "en_US")
_MOST_NAMED = 20
_WORD = re.compile(r"[A-Z][a-z]+|[A-Z]+(?![a-z])")

Kept = dict[str, dict[str, Any]]


class UnknownRegion(ValueError):
    """No public holidays are known for this country or region; the text says what is near."""


def public_holidays(country: str, region: str = "") -> PublicHolidays:
    """Those of a country, or of one region of it, for FIRST_YEAR to LAST_YEAR.

    `country` is an ISO 3166 code such as GB, `region` one of the library's codes or names for it,
    such as ENG or England. Raises UnknownRegion.
    """
    shipped = _shipped().get(place_key(country, region))
    return shipped or _looked_up(country, region)


def place_key(country: str, region: str) -> str:
    """`GB/ENG`, or `GB` for a whole country."""
    return f"{country}/{region}" if region else country


def to_keep(every: Iterable[PublicHolidays]) -> Kept:
    """As plain values, to be kept with a published version."""
    return {
        place_key(one.country, one.region): {
            "name": one.name,
            "days": {
                name: [day.on.isoformat() for day in days]
                for name, days in groupby(
                    sorted(one.days, key=lambda day: (day.name, day.on)), key=lambda day: day.name
                )
            },
        }
        for one in every
    }


def kept(values: Mapping[str, Mapping[str, Any]]) -> dict[str, PublicHolidays]:
    """What `to_keep` made plain, by the key of its place."""
    return {key: _kept(key, one) for key, one in values.items()}


def _kept(key: str, values: Mapping[str, Any]) -> PublicHolidays:
    country, _, region = key.partition("/")
    named: dict[str, list[str]] = values["days"]
    days = [Holiday(date.fromisoformat(on), name) for name, dates in named.items() for on in dates]
    return _made(country, region, values["name"], days)


def _made(country: str, region: str, name: str, days: Iterable[Holiday]) -> PublicHolidays:
    return PublicHolidays(
        country, region, name, tuple(sorted(days, key=lambda day: (day.on, day.name)))
    )


@cache
def _shipped() -> dict[str, PublicHolidays]:
    text = files("escalation_app").joinpath("process", "public_holidays.json").read_text("utf-8")
    return kept(json.loads(text))


@cache
def _looked_up(country: str, region: str) -> PublicHolidays:
    import holidays  # loads every country, which is for those who ask alone

    code, country_name = _country(country)
    known: type[holidays.HolidayBase] = getattr(holidays, code).get_entity()
    part, part_name = _region(known, region, country_name) if region else ("", "")
    spoken = known.supported_languages or (known.default_language,)
    language = next((each for each in _LANGUAGES if each in spoken), known.default_language)
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    found = holidays.country_holidays(code, part or None, years, language=language)
    name = f"{part_name}, {country_name}" if part else country_name
    return _made(code, part, name, (Holiday(on, called) for on, called in found.items()))


def _country(wanted: str) -> tuple[str, str]:
    """The two-letter code and the English name of a country, by any code or its name."""
    from holidays.registry import COUNTRIES

    names: dict[str, tuple[str, str]] = {}
    for title, code, *more in COUNTRIES.values():
        name = " ".join(_WORD.findall(title)).replace(" And ", " and ").replace(" Of ", " of ")
        for spelling in (code, name, *(other for other in more if other.isupper())):
            names[spelling.casefold()] = (code, name)
    if wanted.casefold() in names:
        return names[wanted.casefold()]
    near = get_close_matches(wanted.casefold(), names, 5, 0.5)
    said = ", ".join(dict.fromkeys("{} ({})".format(*names[each]) for each in near))
    raise UnknownRegion(
        f"No public holidays are known for the country {wanted[:40]!r}"
        + (f"; near it: {said}." if said else "; write its two-letter code, such as GB.")
    )


def _region(known: object, wanted: str, country: str) -> tuple[str, str]:
    """The code and the name of a region of that country, by either."""
    codes: tuple[str, ...] = getattr(known, "subdivisions", ())
    aliases: dict[str, str] = getattr(known, "subdivisions_aliases", {})
    named = {code: alias for alias, code in sorted(aliases.items(), key=lambda one: len(one[0]))}
    found = {code.casefold(): code for code in codes}
    found |= {alias.casefold(): code for alias, code in aliases.items()}
    code = found.get(wanted.casefold())
    if code is not None:
        return code, named.get(code, code)
    near = [found[each] for each in get_close_matches(wanted.casefold(), found, 5, 0.5)]
    shown = dict.fromkeys(near or codes[:_MOST_NAMED])
    said = ", ".join(f"{code} ({named[code]})" if code in named else code for code in shown)
    about = "near it" if near else "some of them" if len(codes) > _MOST_NAMED else "known"
    raise UnknownRegion(
        f"{country} has no region {wanted[:40]!r}"
        + (f"; {about}: {said}." if said else "; its holidays are the same everywhere.")
    )

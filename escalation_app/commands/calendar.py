"""`escalation calendar`: the opening hours of the live process, and why so much time counted."""

import argparse
from datetime import date, datetime
from zoneinfo import ZoneInfo

from escalation_app.clock import utc_now
from escalation_app.db import database
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.process import CalendarSpec, Process
from escalation_app.migrations import migrate
from escalation_app.services.calendar_text import open_details, open_words
from escalation_app.services.process_text import calendar_sentences
from escalation_app.services.process_versions import live_process
from escalation_app.settings import OperatorError, settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done with calendars."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="list the calendars of the live process")
    showing = actions.add_parser("show", help="print a calendar's week and its exceptions")
    showing.add_argument("key")
    explaining = actions.add_parser("explain", help="say how the time between two instants counts")
    explaining.add_argument("key")
    when = "such as 2026-03-27T16:00, in the calendar's local time unless an offset follows"
    explaining.add_argument("--from", dest="start", required=True, help=when)
    explaining.add_argument("--to", dest="end", required=True, help=when)
    explaining.add_argument("--each-day", action="store_true", help="print a line for every date")


def run(arguments: argparse.Namespace) -> int:
    """Do it; raises OperatorError with what to change."""
    migrate(settings().database_url)
    try:
        with database().reading() as session:
            process = live_process(session)
    except BusinessError as refusal:
        raise OperatorError(str(refusal)) from refusal
    match arguments.action:
        case "list":
            _list(process)
        case "show":
            _show(_spec(process, arguments.key), utc_now().date())
        case _:
            spec = _spec(process, arguments.key)
            _explain(process, spec, arguments)
    return 0


def _list(process: Process) -> None:
    for spec in process.calendars:
        print(f"{spec.key:20} {spec.zone:20} {spec.name}")


def _show(spec: CalendarSpec, today: date) -> None:
    print("\n".join(calendar_sentences(spec, today)))


def _explain(process: Process, spec: CalendarSpec, arguments: argparse.Namespace) -> None:
    calendar = process.calendar(spec.key)
    start, end = _instant(arguments.start, spec.zone), _instant(arguments.end, spec.zone)
    try:
        lines = open_details(calendar, start, end, folds=not arguments.each_day)
    except ValueError as error:
        raise OperatorError(f"{str(error).capitalize()}.") from error
    width = max((len(line.label) for line in lines), default=0)
    for line in lines:
        print(f"{line.label:{width}}  {line.value}")
    amount = open_words(calendar.elapsed(start, end))
    print(
        f"Open {amount} from {_local(start, spec.zone)} to {_local(end, spec.zone)}, {spec.zone}."
    )


def _spec(process: Process, key: str) -> CalendarSpec:
    for spec in process.calendars:
        if spec.key == key:
            return spec
    known = ", ".join(spec.key for spec in process.calendars)
    raise OperatorError(f"There is no calendar {key}; there are: {known}.")


def _instant(text: str, zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise OperatorError(f"{text} is no instant such as 2026-03-27T16:00.") from error
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M}"

"""`escalation calendar`: the opening hours of the live process, the days added to them, and why so
much time counted."""

import argparse
from datetime import date, datetime
from zoneinfo import ZoneInfo

from escalation_app.clock import utc_now
from escalation_app.commands.operator import operator
from escalation_app.db import database
from escalation_app.domain.calendar_days import AddedDay, DayKind
from escalation_app.domain.calendar_spec import CalendarSpec
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.process import Process
from escalation_app.domain.wall_time import Span
from escalation_app.engine.recounts import recounts
from escalation_app.migrations import migrate
from escalation_app.services.calendar_days import add_day, remove_day
from escalation_app.services.calendar_text import open_details, open_words
from escalation_app.services.calendar_words import calendar_sentences
from escalation_app.services.process_versions import live_process
from escalation_app.services.unit_of_work import unit_of_work
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
    adding = actions.add_parser("add-day", help="close a date, or give it other hours")
    adding.add_argument("key")
    adding.add_argument("on", metavar="DATE", help="such as 2026-12-24")
    adding.add_argument("--name", required=True, help="what people call the day")
    what = adding.add_mutually_exclusive_group(required=True)
    what.add_argument("--closed", action="store_true", help="no hours on that date")
    what.add_argument("--hours", nargs="+", metavar="SPAN", help="such as 09:00-12:00 13:00-15:00")
    what.add_argument("--cut-out", nargs="+", metavar="SPAN", help="hours that do not count")
    removing = actions.add_parser("remove-day", help="take an added date away again")
    removing.add_argument("key")
    removing.add_argument("on", metavar="DATE", help="such as 2026-12-24")


def run(arguments: argparse.Namespace) -> int:
    """Do it; raises OperatorError with what to change."""
    migrate(settings().database_url)
    try:
        if arguments.action in ("add-day", "remove-day"):
            _change(arguments)
            return 0
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


def _change(arguments: argparse.Namespace) -> None:
    """Change the days, then let the clocks of open tickets follow; if that is cut short, the
    engine goes on with it."""
    on = _date(arguments.on)
    with unit_of_work(operator()) as uow:
        if arguments.action == "remove-day":
            remove_day(uow, arguments.key, on)
        else:
            add_day(uow, _day(arguments, on))
    done = "taken out of" if arguments.action == "remove-day" else "added to"
    print(f"{on} was {done} {arguments.key}.")
    tickets = sum(recounts(database()))
    if tickets:
        print(f"The clocks of {tickets} open tickets in this calendar were counted again.")


def _day(arguments: argparse.Namespace, on: date) -> AddedDay:
    kind, spans = DayKind.CLOSED, ()
    if not arguments.closed:
        kind = DayKind.HOURS if arguments.hours else DayKind.CUT_OUT
        spans = arguments.hours or arguments.cut_out
    return AddedDay(arguments.key, on, kind, arguments.name, tuple(_span(text) for text in spans))


def _span(text: str) -> Span:
    opens, _, closes = text.partition("-")
    try:
        return Span.between(opens.strip(), closes.strip())
    except ValueError as error:
        raise OperatorError(f"{text} is no span of hours such as 09:00-12:30.") from error


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise OperatorError(f"{text} is no date such as 2026-12-24.") from error


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

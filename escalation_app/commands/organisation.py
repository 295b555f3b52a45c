"""`escalation organisation`: the customers' organisations and the plans they have."""

import argparse
from zoneinfo import available_timezones

from sqlalchemy import select

from escalation_app.clock import utc_now
from escalation_app.db import database
from escalation_app.migrations import migrate
from escalation_app.models import OrganisationRow
from escalation_app.services.people import add_organisation
from escalation_app.services.process_versions import ensure_live
from escalation_app.services.tables import columns
from escalation_app.settings import OperatorError, settings

_ORGANISATIONS = columns(OrganisationRow)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done with organisations."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add a customer's organisation")
    add.add_argument("key", help="a short name that stays, such as acme")
    add.add_argument("--name", required=True)
    add.add_argument("--plan", help="a plan of the live process, by its key")
    add.add_argument("--zone", default="UTC", help="such as Europe/Berlin")
    actions.add_parser("list", help="list them with their plans")


def run(arguments: argparse.Namespace) -> int:
    """Do it; raises OperatorError with what to change."""
    migrate(settings().database_url)
    _add(arguments) if arguments.action == "add" else _list()
    return 0


def _add(arguments: argparse.Namespace) -> None:
    key, name = arguments.key.strip().lower(), " ".join(arguments.name.split())
    if not key or not name or len(key) > 120 or len(name) > 200:
        raise OperatorError("An organisation needs a key (120 characters) and a name (200).")
    if arguments.zone not in available_timezones():
        raise OperatorError(f"{arguments.zone} is no time zone; Europe/Berlin is one.")
    with database().writing() as session:
        process = ensure_live(session, utc_now())
        plans = [plan.key for plan in process.plans]
        plan = arguments.plan or process.default_plan
        if plan not in plans:
            raise OperatorError(f"There is no plan {plan}; there are: {', '.join(plans)}.")
        known = session.execute(
            select(_ORGANISATIONS.c.id).where(_ORGANISATIONS.c.key == key)
        ).scalar_one_or_none()
        if known is not None:
            raise OperatorError(f"There is an organisation {key} already.")
        add_organisation(session, key, name, plan, arguments.zone)
    print(f"Added {name} ({key}), plan {plan}.")


def _list() -> None:
    with database().reading() as session:
        rows = session.execute(select(_ORGANISATIONS).order_by(_ORGANISATIONS.c.key)).all()
    for row in rows:
        print(f"{row.key:20} {row.plan:12} {row.zone:20} {row.name}")
    if not rows:
        print("There is no organisation yet.")

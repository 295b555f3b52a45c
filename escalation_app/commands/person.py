"""`escalation person`: how an install gets its first people, and how one is kept out."""

import argparse
import getpass
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.db import database
from escalation_app.domain.errors import BusinessError
from escalation_app.domain.permissions import STAFF_ROLES, Role
from escalation_app.migrations import migrate
from escalation_app.models import OrganisationRow, PersonRoleRow, PersonRow
from escalation_app.services import identity
from escalation_app.services.passwords import check_password, hash_password
from escalation_app.services.people import NewPerson, add_person
from escalation_app.services.tables import columns
from escalation_app.settings import OperatorError, settings

_PEOPLE: Any = columns(PersonRow)
_ROLES: Any = columns(PersonRoleRow)
_ORGANISATIONS: Any = columns(OrganisationRow)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done to people."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add somebody; asks for a password")
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.add_argument(
        "--role", action="append", required=True, choices=list(Role), help="may be repeated"
    )
    add.add_argument("--organisation", help="a customer's organisation, by its key")
    add.add_argument("--team", default="", help="a staff member's team, by its key")
    add.add_argument("--tier", type=int, default=0)
    add.add_argument("--lead", action="store_true", help="leads the team")
    add.add_argument(
        "--skill",
        action="append",
        default=[],
        help="what they know, in a word of a ticket's subject or category; may be repeated",
    )
    add.add_argument("--zone", default="UTC", help="such as Europe/Berlin")
    actions.add_parser("list", help="list everybody, with their roles")
    disable = actions.add_parser("disable", help="keep somebody out, and end their sessions")
    disable.add_argument("email")
    password = actions.add_parser("password", help="set a password, and end the sessions")
    password.add_argument("email")
    for action in (add, password):
        action.add_argument(
            "--password-stdin", action="store_true", help="read the password from stdin"
        )


def run(arguments: argparse.Namespace) -> int:
    """Do it; raises OperatorError with what to change."""
    actions: dict[str, Callable[[argparse.Namespace], None]] = {
        "add": _add,
        "list": _list,
        "disable": _disable,
        "password": _set_password,
    }
    migrate(settings().database_url)
    try:
        actions[arguments.action](arguments)
    except BusinessError as refusal:
        raise OperatorError(str(refusal)) from refusal
    return 0


def _add(arguments: argparse.Namespace) -> None:
    email = arguments.email.strip().lower()
    roles = frozenset(Role(role) for role in arguments.role)
    if "@" not in email:
        raise OperatorError(f"{email} is no e-mail address.")
    if bool(roles & STAFF_ROLES) == bool(arguments.organisation):
        raise OperatorError("Customers have an --organisation, staff have none.")
    password = _ask_password(arguments.password_stdin)
    check_password(password, email, arguments.name)
    password_hash = hash_password(password)
    with database().writing() as session:
        if _find(session, email) is not None:
            raise OperatorError(f"There is somebody with the address {email} already.")
        person = NewPerson(
            key=email,
            email=email,
            name=arguments.name,
            roles=roles,
            organisation_id=_organisation(session, arguments.organisation),
            team=arguments.team,
            tier=arguments.tier,
            is_team_lead=arguments.lead,
            skills=tuple(arguments.skill),
            zone=arguments.zone,
            password_hash=password_hash,
        )
        add_person(session, person, utc_now())
    print(f"Added {arguments.name} <{email}>: {', '.join(sorted(roles))}.")


def _list(arguments: argparse.Namespace) -> None:
    with database().reading() as session:
        held: dict[int, list[str]] = {}
        for row in session.execute(select(_ROLES.c.person_id, _ROLES.c.role)):
            held.setdefault(row.person_id, []).append(row.role)
        for row in session.execute(
            select(_PEOPLE.c.id, _PEOPLE.c.email, _PEOPLE.c.name, _PEOPLE.c.is_active).order_by(
                _PEOPLE.c.email
            )
        ):
            roles = ", ".join(sorted(held.get(row.id, [])))
            print(f"{row.email}\t{row.name}\t{roles}\t{'active' if row.is_active else 'disabled'}")


def _disable(arguments: argparse.Namespace) -> None:
    with database().writing() as session:
        identity.disable(session, _known(session, arguments.email), utc_now())
    print(f"{arguments.email} is disabled and signed out everywhere.")


def _set_password(arguments: argparse.Namespace) -> None:
    password = _ask_password(arguments.password_stdin)
    with database().writing() as session:
        person_id = _known(session, arguments.email)
        identity.set_password(session, person_id, password, utc_now())
    print(f"{arguments.email} has a new password and is signed out everywhere.")


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise OperatorError("These are two different passwords. Nothing was changed.")
    return password


def _find(session: Session, email: str) -> int | None:
    return session.execute(
        select(_PEOPLE.c.id).where(_PEOPLE.c.email == email.strip().lower())
    ).scalar_one_or_none()


def _known(session: Session, email: str) -> int:
    person_id = _find(session, email)
    if person_id is None:
        raise OperatorError(f"Nobody has the address {email}.")
    return person_id


def _organisation(session: Session, key: str | None) -> int | None:
    if key is None:
        return None
    found = session.execute(
        select(_ORGANISATIONS.c.id).where(_ORGANISATIONS.c.key == key)
    ).scalar_one_or_none()
    if found is None:
        keys = session.execute(select(_ORGANISATIONS.c.key).order_by(_ORGANISATIONS.c.key))
        known = ", ".join(keys.scalars()) or "none yet"
        raise OperatorError(f"There is no organisation {key}; there are: {known}.")
    return int(found)

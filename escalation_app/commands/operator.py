"""Who runs a command: whoever may write the database may do what an admin may."""

import getpass

from escalation_app.domain.permissions import Actor, ActorKind, Role


def operator() -> Actor:
    """The person at the command line, as the machine knows them."""
    return Actor(ActorKind.PERSON, operator_name(), roles=frozenset({Role.ADMIN}))


def operator_name() -> str:
    """A name for the record."""
    try:
        return f"{getpass.getuser()}, on the command line"
    except (KeyError, OSError):
        return "the command line"

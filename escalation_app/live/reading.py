"""Reading what scopes show now, one after the other, for the length of a slice."""

import logging
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from time import perf_counter

from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.permissions import Actor
from escalation_app.live.shown import Client, Payload, Scope
from escalation_app.services.identity import standing_sessions

log = logging.getLogger(__name__)

SLICE = 0.025
"""Seconds of reading after which what was read is handed out and the rest waits for its turn."""


@dataclass(slots=True)
class Loaded:
    """What scopes show, and how many seconds reading each took; those that could not be read; the
    clients who are to be given what was read, and the sessions of theirs that stand."""

    payloads: dict[Hashable, Payload] = field(default_factory=dict[Hashable, Payload])
    took: dict[Hashable, float] = field(default_factory=dict[Hashable, float])
    failed: set[Hashable] = field(default_factory=set[Hashable])
    asked: list[Client] = field(default_factory=list[Client])
    standing: dict[str, Actor] = field(default_factory=dict[str, Actor])


def load(session: Session, due: dict[Hashable, Scope], clients: Iterable[Client]) -> Loaded:
    """Read the first of the scopes, for the length of a slice."""
    found = Loaded()
    begun = until = perf_counter()
    for key, scope in due.items():
        try:
            found.payloads[key] = scope.watch.load(session)
        except Exception:
            log.exception("Reading for %r failed", key)
            session.rollback()
            found.failed.add(key)
        since, until = until, perf_counter()
        found.took[key] = until - since
        if until - begun > SLICE:
            break
    found.asked = [client for client in clients if client.shows(found.payloads)]
    found.standing = standing(session, found.asked)
    return found


def standing(session: Session, clients: Iterable[Client]) -> dict[str, Actor]:
    return standing_sessions(session, {client.session_hash for client in clients}, utc_now())

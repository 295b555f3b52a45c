"""The cases that wait for the reader."""

from datetime import datetime

from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor, Permission
from escalation_app.routes import ticket_url
from escalation_app.services.queries.listed_cases import ListedCase, listed_cases
from escalation_app.services.queries.record import reason_words
from escalation_app.views.frame import NeedsYou

AT_MOST = 3
"""Cases above the boards; the list has them all."""


def needs_you(session: Session, actor: Actor, now: datetime) -> tuple[NeedsYou, ...]:
    """The first AT_MOST of what stands under "Needs you now" on the list of escalations, the most
    urgent first; none for who does not see that list."""
    if not actor.may(Permission.ESCALATION_SEE):
        return ()
    cases = [one for one in listed_cases(session, actor, now) if one.rights.needs_reader]
    return tuple(_need(one, is_first=number == 0) for number, one in enumerate(cases[:AT_MOST]))


def _need(case_: ListedCase, *, is_first: bool) -> NeedsYou:
    """With a button to acknowledge it, or with a way to the request that waits for an answer."""
    row = case_.row
    why = "Asked for an escalation." if case_.rights.triage else reason_words(row.reason)
    return NeedsYou(
        key=row.reference,
        time_left=case_.time_left,
        which=row.reference,
        title=row.subject,
        text=f"{row.customer}. {why}",
        url=ticket_url(row.reference),
        action="" if case_.rights.triage else "acknowledge",
        action_label="" if case_.rights.triage else "Acknowledge",
        is_first=is_first,
    )

"""What the dialog that resolves an escalated ticket asks for, and what is known already."""

from sqlalchemy.orm import Session

from escalation_app.domain.errors import Invalid
from escalation_app.domain.permissions import Actor, Permission, require
from escalation_app.domain.resolution import NOTHING_NOTED, SIDE_NAMES, rules_for
from escalation_app.domain.wall_time import zone_of
from escalation_app.services.criteria import noted_before, resolution_of
from escalation_app.services.people import load_roster
from escalation_app.services.queries.articles import ticket_articles
from escalation_app.services.queries.seen_ticket import see_ticket
from escalation_app.services.queries.solving import what_resolving_ends
from escalation_app.views.common import Choice
from escalation_app.views.ticket_dialogs import CriterionView, ResolutionForm

NOT_CHOSEN = Choice("", "Choose one")


def resolution_form(session: Session, actor: Actor, reference: str) -> ResolutionForm:
    """The criteria with those that hold ticked, and the choices.

    Raises NotFound, NotAllowed, and Invalid for a ticket that is held to nothing.
    """
    seen = see_ticket(session, actor, reference)
    require(actor, Permission.TICKET_RESOLVE, seen.ticket)
    rules = rules_for(seen.ticket, seen.process)
    if rules is None:
        raise Invalid("This ticket is not escalated any more. Open the dialog again.")
    noted = resolution_of(session, seen.ticket)
    if noted == NOTHING_NOTED:
        noted = noted_before(session, seen.ticket)
    staff = load_roster(session).staff.values()
    due_at, owner = noted.prevention_due_at, noted.prevention_owner_id
    return ResolutionForm(
        criteria=tuple(
            CriterionView(key, text, key in noted.held) for key, text in rules.criteria.items()
        ),
        categories=(NOT_CHOSEN, *(Choice(key, name) for key, name in rules.causes.items())),
        sides=(NOT_CHOSEN, *(Choice(side.value, name) for side, name in SIDE_NAMES.items())),
        people=(
            Choice("", "Nobody yet"),
            *(
                Choice(str(one.id), one.name)
                for one in sorted(staff, key=lambda member: member.name)
            ),
        ),
        effects=tuple(what_resolving_ends(session, seen.ticket)),
        can_draft=ticket_articles(session, actor, reference).can_draft,
        cause=noted.cause,
        side=noted.side,
        category=noted.category,
        prevention=noted.prevention,
        prevention_owner="" if owner is None else str(owner),
        prevention_on=""
        if due_at is None
        else due_at.astimezone(zone_of(actor.zone)).date().isoformat(),
    )

"""What the demo's managers do with cases: call, acknowledge, end."""

from datetime import timedelta

from escalation_app.demo import phrases
from escalation_app.demo.beside import A_CALL
from escalation_app.demo.chance import (
    ESCALATED,
    UNACKNOWLEDGED,
    Chance,
    Choice,
    bounded,
    share_of,
)
from escalation_app.demo.scene import TIME_TO_CALL, Scene, Seen
from escalation_app.domain.contacts import ContactKind, contact_kinds
from escalation_app.domain.permissions import Permission
from escalation_app.models import PersonRow
from escalation_app.services import escalations, tickets
from escalation_app.services.contacts import NewContact, log_contact
from escalation_app.services.unit_of_work import UnitOfWork


def call(chance: Chance, scene: Scene) -> Choice | None:
    """The manager who owes it calls the customer and writes down what was said."""
    now = scene.now
    owed = [
        each
        for each in (*scene.open, *scene.visited)
        if each.caller_id in scene.people and share_of(each.call, now) > TIME_TO_CALL
    ]
    ticket = max(owed, key=lambda each: share_of(each.call, now), default=None)
    if ticket is None or ticket.caller_id is None:
        return None
    text = chance.rng.choice(phrases.CALLS)
    weight = bounded(4 * share_of(ticket.call, now) ** 2, 0.1, 6)
    return Choice("call", weight, ticket.caller_id, lambda uow: _calling(uow, ticket, text))


def _calling(uow: UnitOfWork, seen: Seen, said: str) -> object:
    """A call that was just ended; a message where the ticket's tier has no phone."""
    ticket = tickets.seen(uow, seen.reference, Permission.CONTACT_LOG)
    if ContactKind.CALL not in contact_kinds(ticket, uow.desk.process_of(ticket.process_version)):
        return tickets.send_message(uow, seen.reference, said)
    whom = uow.session.get_one(PersonRow, ticket.requester_id).name
    began_at = max(uow.now - A_CALL, ticket.created_at)
    minutes = A_CALL // timedelta(minutes=1)
    call = NewContact(ContactKind.CALL, whom, began_at, minutes, said, is_public=True)
    return log_contact(uow, seen.reference, call)


def acknowledge(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(
        scene.open,
        lambda each: each.is_escalated and not each.is_acknowledged,
        by=lambda each: each.acknowledgement_is_due(scene.now),
    )
    if ticket is None:
        return None
    told = chance.told(scene, ticket)
    is_near = ticket.is_about_to_escalate(scene.now)
    is_taken = ticket.manager_id is None and not is_near and chance.rng.random() < 0.6
    takes_it = is_taken or (told is None and not is_near)
    who = chance.manager(scene, ticket) if takes_it else told
    if who is None:
        return None

    def do(uow: UnitOfWork) -> object:
        if takes_it:
            escalations.assign_case(uow, ticket.reference, who)
        return escalations.acknowledge(uow, ticket.reference)

    weight = bounded(0.8 * (scene.unacknowledged / UNACKNOWLEDGED) ** 2, 0.1, 4)
    return Choice("acknowledge", weight, who, do)


def settle(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(
        scene.open,
        lambda each: (
            each.is_acknowledged
            and each.call is None
            and not each.is_left_to_run
            and each.share(scene.now) < 0.7
            and not each.is_about_to_escalate(scene.now)
            and not scene.is_held(each)
        ),
        by=lambda each: (scene.now - (each.escalated_at or scene.now)).total_seconds(),
    )
    manager = chance.manager(scene, ticket)
    if ticket is None or manager is None:
        return None
    reason = chance.rng.choice(phrases.SETTLED)
    return Choice(
        "settle",
        bounded(0.5 * (scene.escalated / ESCALATED) ** 4, 0, 3),
        manager,
        lambda uow: escalations.deescalate(uow, ticket.reference, reason),
    )

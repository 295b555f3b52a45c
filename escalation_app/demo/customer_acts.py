"""What the demo's customers do: open, answer, ask again, ask for a manager."""

from escalation_app.demo import phrases
from escalation_app.demo.chance import (
    HANDS_OFF,
    SHAPE,
    WAITING,
    Chance,
    Choice,
    bounded,
    quiet_for,
    room_for_cases,
    saying,
    told,
)
from escalation_app.demo.scene import (
    BY_KEY,
    Scene,
)
from escalation_app.demo.stories import Details, stories_for
from escalation_app.domain.tickets import Status
from escalation_app.services import escalations, tickets
from escalation_app.services.unit_of_work import UnitOfWork


def open(chance: Chance, scene: Scene) -> Choice | None:
    customers = scene.customers
    if not customers:
        return None
    customer = chance.rng.choice(customers)
    organisation = BY_KEY[customer.organisation]
    is_first_rate = organisation.plan == "enterprise"
    weights = (8, 40, 34, 18) if is_first_rate else (4, 18, 49, 29)
    severity = chance.rng.choices((1, 2, 3, 4), weights)[0]
    story = chance.rng.choice(stories_for(organisation, severity))
    impact, urgency = chance.rng.choice(scene.impacts[severity])
    channel = chance.rng.choice(("portal", "portal", "portal", "email", "phone"))

    def do(uow: UnitOfWork) -> object:
        tell = Details.of(organisation, uow.now).tell
        process = uow.desk.process_of(uow.process_version)
        device = {"device": tell("{site}")} if process.ticket_field("device") else {}
        return tickets.open_ticket(
            uow,
            tickets.NewTicket(
                subject=tell(story.subject),
                description=tell(story.report),
                impact=impact,
                urgency=urgency,
                channel=channel,
                category=story.category,
                fields=device,
            ),
        )

    missing = sum(SHAPE.values()) - sum(scene.by_tier.values())
    return Choice("open", bounded(1.6 + missing / 5, 0.2, 5), customer.id, do)


def answer(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(
        [*scene.open, *scene.visited],
        lambda each: each.status is Status.WAITING_CUSTOMER and each.requester_id in scene.people,
        by=quiet_for(scene),
    )
    if ticket is None:
        return None
    text = told(ticket, lambda story: story.answer, "Since this morning.")
    return Choice(
        "answer",
        1.1 * (scene.waiting / WAITING) ** 2,
        ticket.requester_id,
        saying(ticket, text),
    )


def nudge(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(
        [*scene.open, *scene.visited],
        lambda each: (
            each.status is Status.OPEN
            and not each.customer_spoke_last
            and each.requester_id in scene.people
        ),
    )
    if ticket is None:
        return None
    text = chance.rng.choice(phrases.CUSTOMER_NUDGES)
    return Choice(
        "nudge",
        0.5,
        ticket.requester_id,
        saying(ticket, text),
    )


def request(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(
        scene.open,
        lambda each: (
            not each.is_escalated
            and each.status is Status.OPEN
            and scene.now - each.created_at > HANDS_OFF
        ),
        by=lambda each: each.share(scene.now),
    )
    if ticket is None:
        return None
    reason = chance.rng.choice(phrases.CUSTOMER_REASONS)
    return Choice(
        "request",
        0.15 * room_for_cases(scene),
        ticket.requester_id,
        lambda uow: escalations.request_escalation(uow, ticket.reference, reason),
    )

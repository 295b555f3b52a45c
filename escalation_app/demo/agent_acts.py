"""What the demo's agents do with tickets: answer, keep told, wait, hand up, resolve."""

from collections.abc import Mapping, Sequence

from escalation_app.demo import phrases
from escalation_app.demo.chance import (
    HANDS_OFF,
    OVER,
    SHAPE,
    UNANSWERED,
    WAITING,
    Chance,
    Choice,
    Doing,
    bounded,
    is_in_work,
    quiet_for,
    room_for_cases,
    saying,
    share_of,
    told,
)
from escalation_app.demo.scene import (
    RUNS_UNTIL,
    Scene,
    Seen,
)
from escalation_app.demo.scripts import DEPARTMENTS, TOLD_BY
from escalation_app.domain.clocks import Metric
from escalation_app.domain.resolution import CauseSide, Resolution, rules_for
from escalation_app.domain.tickets import EscalationKind, Status
from escalation_app.services import escalations, resolution, tickets
from escalation_app.services.store import load_ticket
from escalation_app.services.unit_of_work import UnitOfWork

_ENDS_WAITING: Mapping[str, Sequence[str]] = {
    Metric.FIRST_RESPONSE: phrases.FIRST_REPLIES,
    **TOLD_BY,
}
"""What is written when these clocks are over."""


def answer_first(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(
        scene.open,
        lambda each: each.metric == "first_response" and not each.is_about_to_escalate(scene.now),
        by=lambda each: each.share(scene.now),
    )
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    text = chance.rng.choice(phrases.FIRST_REPLIES)

    def do(uow: UnitOfWork) -> object:
        if ticket.assignee_id is None:
            tickets.take(uow, ticket.reference)
        return tickets.send_message(uow, ticket.reference, text)

    weight = bounded(1.8 * (scene.unanswered / UNANSWERED) ** 3, 0.1, 12)
    return Choice("answer_first", weight, agent, do)


def reply(chance: Chance, scene: Scene) -> Choice | None:
    def is_waited_for(each: Seen) -> bool:
        return (
            each.status is Status.OPEN
            and each.customer_spoke_last
            and each.metric != "first_response"
        )

    long_ago = scene.now - HANDS_OFF
    of_visitors = [each for each in scene.visited if each.contact_at < long_ago]
    ticket = chance.pick([*scene.open, *of_visitors], is_waited_for, by=quiet_for(scene))
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    text = chance.rng.choice(phrases.UPDATES)
    return Choice("reply", 1.6, agent, saying(ticket, text))


def keep_told(chance: Chance, scene: Scene) -> Choice | None:
    """Whoever has it writes before the time to the next reply or update is over."""
    now = scene.now
    waiting = [each for each in scene.open if each.waits_for_word(now)]
    ticket = max(waiting, key=lambda each: share_of(each.word, now), default=None)
    agent = chance.agent(scene, ticket)
    if ticket is None or ticket.word is None or agent is None:
        return None
    text = chance.rng.choice(TOLD_BY[ticket.word.metric])
    soon = sum(share_of(each.word, now) > 0.7 for each in waiting)
    weight = bounded(0.3 + 0.5 * soon, 0.3, 8)
    return Choice("keep_told", weight, agent, saying(ticket, text))


def ask(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(scene.open, lambda each: is_in_work(each, scene.now))
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    text = told(ticket, lambda story: story.question, "Could you tell us when it began?")

    def do(uow: UnitOfWork) -> object:
        tickets.send_message(uow, ticket.reference, text)
        return tickets.set_status(uow, ticket.reference, Status.WAITING_CUSTOMER)

    return Choice("ask", bounded(2 - scene.waiting / WAITING, 0.05, 2), agent, do)


def note(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(scene.open, lambda each: each.status is Status.OPEN)
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    text = told(ticket, lambda story: story.note, chance.rng.choice(phrases.NOTES))
    return Choice("note", 0.4, agent, lambda uow: _noting(uow, ticket, text))


def _noting(uow: UnitOfWork, seen: Seen, text: str) -> object:
    """A note about what was found out, and what of it belongs into a field."""
    ticket = tickets.write_note(uow, seen.reference, text)
    process = uow.desk.process_of(ticket.process_version)
    if ticket.filled.get("version") or process.ticket_field("version") is None:
        return ticket
    return tickets.fill_fields(uow, seen.reference, {"version": seen.details.v}, {})


def wait_for_supplier(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(scene.open, lambda each: is_in_work(each, scene.now))
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    text = chance.rng.choice(phrases.WAITS_FOR_SUPPLIER)

    def do(uow: UnitOfWork) -> object:
        tickets.write_note(uow, ticket.reference, text)
        return tickets.set_status(uow, ticket.reference, Status.WAITING_SUPPLIER)

    return Choice("wait_for_supplier", 0.12, agent, do)


def go_on(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(
        scene.open,
        lambda each: each.status is Status.WAITING_SUPPLIER,
        by=quiet_for(scene),
    )
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    return Choice(
        "go_on", 0.15, agent, lambda uow: tickets.set_status(uow, ticket.reference, Status.OPEN)
    )


def rescue(chance: Chance, scene: Scene) -> Choice | None:
    """When too much is over, what has been over longest is answered or resolved."""
    if scene.over <= OVER:
        return None
    ticket = chance.pick(
        scene.open,
        lambda each: (
            each.is_over(scene.now)
            and each.status is not Status.WAITING_CUSTOMER
            and (each.metric in _ENDS_WAITING or not scene.is_held(each))
        ),
        by=lambda each: (scene.now - (each.due_at or scene.now)).total_seconds(),
    )
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    texts = _ENDS_WAITING.get(ticket.metric)
    do = _resolving(ticket) if texts is None else saying(ticket, chance.rng.choice(texts))
    return Choice("rescue", 0.8 * (scene.over - OVER), agent, do)


def resolve(chance: Chance, scene: Scene, tier: int) -> Choice | None:
    ticket = chance.pick(
        scene.open,
        lambda each: (
            each.tier == tier
            and is_in_work(each, scene.now)
            and scene.now - each.created_at > HANDS_OFF
            and not (each.is_left_to_run and each.share(scene.now) < RUNS_UNTIL)
            and not scene.is_held(each)
        ),
        by=lambda each: each.share(scene.now),
    )
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    fullness = scene.by_tier.get(tier, 0) / SHAPE[tier]
    weight = {1: 1.0, 2: 0.4, 3: 0.2, 4: 0.08}[tier] * fullness**8
    return Choice(f"resolve_{tier}", bounded(weight, 0, 4), agent, _resolving(ticket))


def hand_up(chance: Chance, scene: Scene, tier: int) -> Choice | None:
    ticket = chance.pick(
        scene.open,
        lambda each: (
            each.tier == tier and is_in_work(each, scene.now) and each.severity <= 4 - tier // 2
        ),
    )
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    reason = chance.rng.choice(phrases.NEEDS_SKILL)
    room = SHAPE[tier + 1] / max(scene.by_tier.get(tier + 1, 0), 1)
    weight = {1: 0.35, 2: 0.2, 3: 0.06}[tier] * room**8
    return Choice(
        f"hand_up_{tier}",
        bounded(weight, 0, 3),
        agent,
        lambda uow: escalations.escalate(uow, ticket.reference, EscalationKind.FUNCTIONAL, reason),
    )


def pass_on(chance: Chance, scene: Scene, tier: int) -> Choice | None:
    """The lead of a tier gives a ticket to the department that knows it."""
    lead, departments = DEPARTMENTS[tier]
    by_key = {person.key: person.id for person in scene.people.values()}
    ticket = chance.pick(
        scene.open,
        lambda each: (
            each.tier == tier
            and each.category in departments
            and each.assignee_id != by_key.get(departments[each.category])
            and is_in_work(each, scene.now)
        ),
    )
    if ticket is None or lead not in by_key:
        return None
    to = by_key.get(departments[ticket.category])
    if to is None:
        return None
    return Choice(
        "pass_on", 0.1, by_key[lead], lambda uow: tickets.assign(uow, ticket.reference, to)
    )


def ask_manager(chance: Chance, scene: Scene) -> Choice | None:
    ticket = chance.pick(
        scene.open, lambda each: not each.is_escalated and is_in_work(each, scene.now)
    )
    agent = chance.agent(scene, ticket)
    if ticket is None or agent is None:
        return None
    reason = chance.rng.choice(phrases.NEEDS_AUTHORITY)
    return Choice(
        "ask_manager",
        0.08 * room_for_cases(scene),
        agent,
        lambda uow: escalations.escalate(
            uow, ticket.reference, EscalationKind.HIERARCHICAL, reason
        ),
    )


def _resolving(ticket: Seen) -> Doing:
    fix = told(ticket, lambda story: story.fix, "The cause is found and taken away.")

    def resolve(uow: UnitOfWork) -> object:
        found = load_ticket(uow.session, ticket.id)
        rules = rules_for(found, uow.desk.process_of(found.process_version))
        if rules is not None:
            solved = Resolution(
                held=frozenset(rules.criteria),
                cause=fix,
                side=CauseSide.BUSINESS,
                category=next(iter(rules.causes)),
            )
            resolution.note_resolution(uow, ticket.reference, solved)
        return tickets.resolve(uow, ticket.reference, fix)

    return resolve

"""The filters of a queue: what can be chosen, and what is set, as chips."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation_app.domain.permissions import Actor
from escalation_app.domain.process import Process
from escalation_app.domain.tickets import OPEN_STATUSES, Status
from escalation_app.models import OrganisationRow, PersonRow
from escalation_app.services.queries.common import once
from escalation_app.services.queries.queue_counts import TAGGED
from escalation_app.services.queries.queue_filter import (
    AGES,
    CLOCKS,
    ME,
    NOBODY,
    QueueFilter,
)
from escalation_app.services.queries.queue_rail import tier_name
from escalation_app.services.queries.scope import TICKETS, scope_key, visible
from escalation_app.services.tables import columns
from escalation_app.views.common import Choice
from escalation_app.views.queue import FilterChip, FilterField

MOST_TAGS = 40
"""Tags that are proposed: those on the most open tickets."""
MOST_CUSTOMERS = 12
"""Customers that are proposed for what was written."""

_PEOPLE: Any = columns(PersonRow)
_ORGANISATIONS: Any = columns(OrganisationRow)


def filter_fields(
    session: Session, actor: Actor, wanted: QueueFilter, process: Process
) -> tuple[FilterField, ...]:
    """The filters that can be set, with their choices."""
    tiers = [Choice(str(tier.level), tier.name) for tier in process.tiers]
    teams = [Choice(team.key, team.name) for team in process.teams if wanted.tier in (0, team.tier)]
    severities = [Choice(str(one.level), f"{one.key} {one.name}") for one in process.severities]
    statuses = [
        Choice(one.value, process.status_name(one.value).capitalize()) for one in _statuses(wanted)
    ]
    plans = [Choice(plan.key, plan.name) for plan in process.plans]
    clocks = [Choice(key, name.capitalize()) for key, name in CLOCKS.items()]
    ages = [Choice(str(days), _age(days)) for days in AGES]
    return (
        FilterField("tier", "Tier", tuple(tiers), str(wanted.tier or "")),
        FilterField("team", "Team", tuple(teams), wanted.team),
        FilterField("assignee", "Assignee", assignees(session, wanted), wanted.assignee),
        FilterField("clock", "Clock", tuple(clocks), wanted.clock),
        FilterField("age", "Open for", tuple(ages), str(wanted.age or "")),
        FilterField("plan", "Plan", tuple(plans), wanted.plan),
        _several("severity", "Severity", severities, wanted),
        _several("status", "Status", statuses, wanted),
        _several("tag", "Tag", tags_in_use(session, actor, wanted), wanted),
        _several("field", "Field", _filled(process), wanted),
    )


def _filled(process: Process) -> Iterator[Choice]:
    """What can stand in the fields that one chooses for."""
    for spec in process.fields:
        for key, name in spec.options.items():
            yield Choice(f"{spec.key}:{key}", f"{spec.label}: {name}")


def _several(key: str, label: str, choices: Iterable[Choice], wanted: QueueFilter) -> FilterField:
    chosen = wanted.values(key)
    marked = tuple(
        Choice(one.value, one.label, one.hint, is_chosen=one.value in chosen) for one in choices
    )
    return FilterField(key, label, marked, ",".join(chosen), "several")


def _statuses(wanted: QueueFilter) -> list[Status]:
    is_solved = wanted.view == "solved"
    return [one for one in Status if (one in OPEN_STATUSES) is not is_solved]


def _age(days: int) -> str:
    return "a day and more" if days == 1 else f"{days} days and more"


def assignees(session: Session, wanted: QueueFilter) -> tuple[Choice, ...]:
    """Oneself, nobody, and the people on teams; those of the tier that is shown."""
    people = once(
        session,
        ("people on teams",),
        lambda: session.execute(
            select(_PEOPLE.c.key, _PEOPLE.c.name, _PEOPLE.c.tier)
            .where(_PEOPLE.c.team != "", _PEOPLE.c.is_active.is_(True))
            .order_by(_PEOPLE.c.name)
        ).all(),
    )
    fitting = [
        Choice(row.key, row.name)
        for row in people
        if wanted.tier in (0, row.tier) or row.key == wanted.assignee
    ]
    return (Choice(ME, "Me"), Choice(NOBODY, "Nobody"), *fitting)


def tags_in_use(
    session: Session, actor: Actor, wanted: QueueFilter | None = None
) -> tuple[Choice, ...]:
    """The tags on the most open tickets, with those that are asked for, by name."""
    used = once(session, ("tags", scope_key(actor)), lambda: _tags(session, actor))
    most = sorted(used, key=lambda tag: (-used[tag], tag))[:MOST_TAGS]
    names = {*most, *(() if wanted is None else wanted.values("tag"))}
    return tuple(Choice(tag, tag, str(used.get(tag, 0))) for tag in sorted(names))


def _tags(session: Session, actor: Actor) -> dict[str, int]:
    rows = session.execute(
        select(TICKETS.c.tags, func.count().label("tickets"))
        .where(TICKETS.c.is_open.is_(True), TAGGED, visible(actor))
        .group_by(TICKETS.c.tags)
    )
    found: dict[str, int] = {}
    for row in rows:
        for tag in row.tags.split():
            found[tag] = found.get(tag, 0) + row.tickets
    return found


def customers_called(session: Session, actor: Actor, text: str) -> tuple[Choice, ...]:
    """Customers whose name holds a text, as choices; those that are called so come first."""
    del actor  # every one of ours sees all customers; who does not has no queue
    written = text.strip()
    name: Any = _ORGANISATIONS.c.name
    rows = session.execute(
        select(_ORGANISATIONS.c.key, name)
        .where(name.icontains(written, autoescape=True))
        .order_by(func.lower(name) != written.lower(), name)
        .limit(MOST_CUSTOMERS)
    )
    return tuple(Choice(row.key, row.name) for row in rows)


# What is set -----------------------------------------------------------------------------------


def chips(session: Session, wanted: QueueFilter, process: Process) -> tuple[FilterChip, ...]:
    """The filters that are set, each with its key, by which it is taken away."""
    found: list[FilterChip] = []
    if wanted.tier and wanted.view != "mine":
        name = tier_name(process, wanted.tier)
        found.append(FilterChip("tier", "Tier", name.removeprefix("Tier ")))
    if wanted.team:
        teams = {team.key: team.name for team in process.teams}
        found.append(FilterChip("team", "Team", teams.get(wanted.team, wanted.team)))
    if wanted.assignee:
        known = {one.value: one.label for one in assignees(session, wanted)}
        name = known.get(wanted.assignee, wanted.assignee)
        found.append(FilterChip("assignee", "Assignee", name.lower() if name == "Me" else name))
    if wanted.clock:
        found.append(FilterChip("clock", "Clock", CLOCKS[wanted.clock]))
    if wanted.severity:
        keys = {str(one.level): f"{one.key} {one.name}" for one in process.severities}
        found.append(_joined("severity", "Severity", wanted, keys))
    if wanted.status:
        keys = {one.value: process.status_name(one.value).lower() for one in Status}
        found.append(_joined("status", "Status", wanted, keys))
    if wanted.age:
        found.append(FilterChip("age", "Open for", _age(wanted.age)))
    if wanted.plan:
        plans = {plan.key: plan.name for plan in process.plans}
        found.append(FilterChip("plan", "Plan", plans.get(wanted.plan, wanted.plan)))
    if wanted.customer:
        found.append(FilterChip("customer", "Customer", _customer(session, wanted.customer)))
    if wanted.tag:
        found.append(_joined("tag", "Tag", wanted, {}))
    if wanted.field:
        names = {one.value: one.label for one in _filled(process)}
        found.append(_joined("field", "Field", wanted, names))
    if wanted.within:
        when = "this hour" if wanted.within == 1 else f"in {wanted.within} hours at most"
        found.append(FilterChip("within", "Breaks", when))
    if wanted.search:
        found.append(FilterChip("search", "Search", wanted.search))
    return tuple(found)


def _joined(key: str, label: str, wanted: QueueFilter, names: dict[str, str]) -> FilterChip:
    return FilterChip(key, label, ", ".join(names.get(one, one) for one in wanted.values(key)))


def _customer(session: Session, key: str) -> str:
    name = session.execute(
        select(_ORGANISATIONS.c.name).where(_ORGANISATIONS.c.key == key)
    ).scalar_one_or_none()
    return name or key

"""The process in plain English, section by section, made from the version that is live."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from escalation_app.domain.process import Process
from escalation_app.domain.replies import Macro
from escalation_app.services.calendar_words import calendar_sentences
from escalation_app.services.field_text import field_section
from escalation_app.services.notice_text import channel_sections, notice_section, quiet_sections
from escalation_app.services.path_text import escalation_section, path_section, playbook_sections
from escalation_app.services.process_for_customers import sections_for_customers
from escalation_app.services.process_names import (
    CHANNEL_NAMES,
)
from escalation_app.services.process_words import (
    length_in_words,
    listed,
    table_rows,
)
from escalation_app.services.promise_text import plans_section, severities_section
from escalation_app.services.tool_text import tools_in_words
from escalation_app.views.process import ProcessSection


class Readers(StrEnum):
    """Who a document is made for."""

    STAFF = "staff"
    CUSTOMERS = "customers"


def process_sections(
    process: Process, today: date, readers: Readers = Readers.STAFF
) -> tuple[ProcessSection, ...]:
    """The process as sections to read; `key` is stable and fit for an anchor. Of the public
    holidays, those of the year from `today` are named."""
    if readers is Readers.CUSTOMERS:
        return sections_for_customers(process, today)
    return _for_staff(process, today)


def _for_staff(process: Process, today: date) -> tuple[ProcessSection, ...]:
    return (
        _tiers(process),
        severities_section(process),
        plans_section(process),
        _calendars(process, today),
        escalation_section(),
        *(path_section(process, path) for path in process.paths),
        *playbook_sections(process),
        *_replies(process),
        notice_section(process),
        *quiet_sections(process),
        *channel_sections(process),
        *_resolution(process),
        *field_section(process),
        _closing(process),
    )


def _tiers(process: Process) -> ProcessSection:
    departments = {department.key: department.name for department in process.departments}
    rows = [
        (
            tier.name,
            tier.job,
            listed(CHANNEL_NAMES[channel] for channel in tier.channels),
            process.team(tier.team).name,
            str(tier.volume_target),
        )
        for tier in process.tiers
    ]
    teams = [
        f"{team.name}: {process.tier(team.tier).name}, department {departments[team.department]}."
        for team in process.teams
    ]
    return ProcessSection(
        key="tiers",
        title="Tiers, teams and channels",
        paragraphs=(
            (
                "A ticket starts at the first tier and moves up when a skill or authority is "
                "missing or a promise is at risk. It goes to its own department's team on the "
                "next tier, or to that tier's own team if there is none."
            ),
            *tools_in_words(process),
        ),
        head=("Tier", "Job", "Its tools", "Its own team", "Open tickets at most"),
        rows=table_rows(rows),
        points=tuple(teams),
    )


def _calendars(process: Process, today: date) -> ProcessSection:
    return ProcessSection(
        key="calendars",
        title="Calendars",
        paragraphs=("Promised times and working delays count only while a calendar is open.",),
        points=tuple(" ".join(calendar_sentences(spec, today)) for spec in process.calendars),
    )


def _replies(process: Process) -> Iterator[ProcessSection]:
    if process.replies:
        yield ProcessSection(
            key="replies",
            title="Replies",
            paragraphs=("Written once, filled in for a ticket, changed before they are sent.",),
            points=tuple(
                f"{reply.name} ({reply.stage.replace('_', ' ')}, {reply.tone}): "
                + " ".join(reply.text.split())
                for reply in process.replies
            ),
        )
    if process.macros:
        yield ProcessSection(
            key="macros",
            title="Macros",
            paragraphs=("Several acts in one, shown before they happen.",),
            points=tuple(_macro(process, macro) for macro in process.macros),
        )


def _macro(process: Process, macro: Macro) -> str:
    replies = {reply.key: reply.name for reply in process.replies}
    acts = ["takes the ticket"] if macro.takes else []
    acts += [f"tags it {listed(sorted(macro.tags), 'and')}"] if macro.tags else []
    acts += [f"sends “{replies[macro.reply]}”"] if macro.reply else []
    if macro.status is not None:
        acts.append(f"sets the status “{process.status_name(macro.status.value)}”")
    acts += ["resolves it once what resolving asks for holds"] if macro.resolves else []
    return f"{macro.name}: {listed(acts, 'and')}."


def _resolution(process: Process) -> Iterator[ProcessSection]:
    rules = process.resolution
    if rules is None:
        return
    yield ProcessSection(
        key="resolution",
        title="Before an escalated ticket is resolved",
        paragraphs=(
            "Each of these must hold, and a person of ours says so. The root cause is written "
            "down with whose side it was on, and the customer gets a closing message.",
            f"Root causes are one of: {listed(rules.causes.values(), 'or').lower()}.",
            "What keeps it from coming back has an owner, who is reminded "
            f"{length_in_words(rules.remind_before)} before its date and once it is late.",
        ),
        points=tuple(rules.criteria.values()),
    )


def _closing(process: Process) -> ProcessSection:
    after = length_in_words(process.close_after)
    names = listed((f"“{name}”" for name in process.statuses.values()), "or")
    return ProcessSection(
        key="closing",
        title="Statuses and closing",
        paragraphs=(
            f"A ticket is {names}.",
            (
                f"A resolved ticket is closed {after} after its resolution. Until then it can be "
                "reopened."
            ),
        ),
    )

"""Who is told what by which ways, in sentences."""

from collections.abc import Iterator
from datetime import timedelta

from escalation_app.domain.events import EventKind
from escalation_app.domain.process import Process
from escalation_app.services.process_names import (
    AUDIENCE_NAMES,
    CHANNEL_KIND_NAMES,
    DELIVERY_NAMES,
    EVENT_NAMES,
)
from escalation_app.services.process_words import (
    listed,
    table_rows,
)
from escalation_app.views.process import ProcessSection


def notice_section(process: Process) -> ProcessSection:
    """Who is told of what."""
    rows = [
        (
            EVENT_NAMES[EventKind(rule.on)],
            listed(
                (
                    *(AUDIENCE_NAMES[who] for who in rule.to),
                    *(_channel_name(process, key) for key in rule.posts),
                )
            ),
            listed(
                (
                    *(DELIVERY_NAMES[way] for way in rule.channels),
                    *(("as a post",) if rule.posts else ()),
                )
            )
            + (", always" if rule.is_forced or rule.on in process.must_reach else ""),
        )
        for rule in process.rules
    ]
    return ProcessSection(
        key="notices",
        title="Who is told what",
        paragraphs=("Nobody is told of what they did themselves.",),
        head=("When", "Who is told", "How"),
        rows=table_rows(rows),
        points=tuple(_always(process)),
    )


def _always(process: Process) -> Iterator[str]:
    if process.must_reach or any(rule.is_forced for rule in process.rules):
        yield (
            "Always means that it goes out at once: nobody can turn it off, have it collected, or "
            "keep it waiting in quiet hours."
        )
    for key in sorted(process.must_reach - {rule.on for rule in process.rules}):
        yield f"It holds for this as well, should somebody be told: {EVENT_NAMES[EventKind(key)]}."


def quiet_sections(process: Process) -> Iterator[ProcessSection]:
    """The quiet hours, if there are any."""
    if process.quiet is None:
        return
    hours = process.quiet.hours
    said = [
        (
            f"From {_wall_time(hours.starts)} to {_wall_time(hours.ends)} in their own time"
            f"{', and all weekend,' if hours.weekends else ''} people of ours get no e-mail. What "
            "came meanwhile arrives as one message when the quiet time ends. A notice in the app "
            "is there at once: it makes no noise."
        ),
        "Everybody can set other hours, or none, under My notices.",
    ]
    if process.quiet.exempt:
        levels = listed((process.severity(one).key for one in sorted(process.quiet.exempt)), "or")
        said.append(f"What is about a ticket of severity {levels} never waits.")
    yield ProcessSection(key="quiet", title="Quiet hours", paragraphs=tuple(said))


def _wall_time(at: timedelta) -> str:
    hours, minutes = divmod(int(at / timedelta(minutes=1)), 60)
    return f"{hours:02}:{minutes:02}"


def channel_sections(process: Process) -> Iterator[ProcessSection]:
    """The channels that are posted to, if there are any."""
    if not process.channels:
        return
    yield ProcessSection(
        key="channels",
        title="Channels",
        paragraphs=(
            "Places that many people of ours read. The rules and the paths say what is posted.",
        ),
        points=tuple(
            f"{channel.name}, {CHANNEL_KIND_NAMES[channel.kind]}: "
            + ("with" if channel.quotes else "without")
            + " the customers’ own words."
            for channel in process.channels
        ),
    )


def _channel_name(process: Process, key: str) -> str:
    channel = process.channel(key)
    return key if channel is None else channel.name

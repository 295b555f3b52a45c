"""What somebody is told, how and when, and what of it they can change: their own page."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from escalation_app.domain.events import EventKind
from escalation_app.domain.path_spec import Audience
from escalation_app.domain.permissions import Actor
from escalation_app.domain.preferences import (
    GROUP_OF,
    NoticeGroup,
    NoticePreference,
    Pace,
    QuietChoice,
)
from escalation_app.domain.process import Delivery, NotificationRule, Process
from escalation_app.models import PersonRow
from escalation_app.services.my_notices import hours_text, my_preference, time_text
from escalation_app.services.process_names import EVENT_NAMES
from escalation_app.services.process_versions import live_process
from escalation_app.services.queries.record import listed
from escalation_app.views.common import Choice
from escalation_app.views.my_notices import MyNotices, NoticeChoice, NoticeWay

_FOR_STAFF: Mapping[NoticeGroup, tuple[str, str]] = {
    NoticeGroup.TICKETS: ("Tickets", "One is opened, resolved, reopened or closed."),
    NoticeGroup.CONVERSATION: ("Messages", "A customer or a colleague writes."),
    NoticeGroup.HANDLING: ("Handling", "A ticket gets an owner, a status or a severity."),
    NoticeGroup.PROMISES: ("Promised times", "One runs low or is broken."),
    NoticeGroup.ESCALATIONS: ("Escalations", "One starts, moves on, reaches you or ends."),
    NoticeGroup.COMMITMENTS: ("Obligations", "Something is owed or promised, done or let go."),
}
_FOR_CUSTOMERS: Mapping[NoticeGroup, tuple[str, str]] = {
    NoticeGroup.TICKETS: ("Your tickets", "One has arrived, is solved, taken up again or closed."),
    NoticeGroup.CONVERSATION: ("Answers", "We write to you."),
    NoticeGroup.HANDLING: ("Progress", "Somebody takes your ticket up, or its status changes."),
    NoticeGroup.PROMISES: ("Promised times", "We have not kept one."),
    NoticeGroup.ESCALATIONS: ("Escalation", "Your ticket moves up, or a manager takes it."),
    NoticeGroup.COMMITMENTS: ("Promises", "We promise you something, or have kept it."),
}
_PACES: Mapping[Pace, tuple[str, str]] = {
    Pace.AT_ONCE: ("At once", "Each message by itself."),
    Pace.HOURLY: ("Once an hour", "What has come by the full hour, as one message."),
    Pace.OFF: ("Not at all", "You still find everything in the app."),
}


def my_notices(session: Session, actor: Actor) -> MyNotices:
    """The page of somebody's own settings. Raises NotAllowed for who is no person."""
    preference = my_preference(session, actor)
    person = session.get_one(PersonRow, actor.person_id)
    process = live_process(session)
    return MyNotices(
        groups=tuple(_groups(process, preference, is_staff=actor.is_staff)),
        email=person.email,
        pace=preference.pace.value,
        paces=tuple(Choice(pace.value, *words) for pace, words in _PACES.items()),
        quiet=_choice(process, preference, is_staff=actor.is_staff).value,
        quiet_choices=tuple(_quiet_choices(process, preference, is_staff=actor.is_staff)),
        starts=time_text(preference.own.starts),
        ends=time_text(preference.own.ends),
        has_weekends=preference.own.weekends,
        zone=_zone_name(person.zone),
        never_waits=_never_waits(process),
    )


def _groups(
    process: Process, preference: NoticePreference, *, is_staff: bool
) -> list[NoticeChoice]:
    """The groups of which the process tells somebody like them at all."""
    names = _FOR_STAFF if is_staff else _FOR_CUSTOMERS
    found: list[NoticeChoice] = []
    for group, (name, what) in names.items():
        rules = [rule for rule in process.rules if _concerns(rule, group, is_staff=is_staff)]
        if rules:
            ways = tuple(_way(process, rules, way, group, preference) for way in Delivery)
            found.append(NoticeChoice(group.value, name, what, ways, _always(process, rules)))
    return found


def _concerns(rule: NotificationRule, group: NoticeGroup, *, is_staff: bool) -> bool:
    """Whether a rule tells people of ours, or customers, of something in the group."""
    if GROUP_OF.get(EventKind(rule.on)) is not group:
        return False
    return any((who is Audience.REQUESTER) is not is_staff for who in rule.to)


def _way(
    process: Process,
    rules: list[NotificationRule],
    way: Delivery,
    group: NoticeGroup,
    preference: NoticePreference,
) -> NoticeWay:
    by_it = [rule for rule in rules if way in rule.channels]
    return NoticeWay(
        key=way.value,
        is_used=bool(by_it),
        is_forced=bool(by_it) and all(_is_forced(process, rule) for rule in by_it),
        is_told=group not in preference.muted(way),
    )


def _is_forced(process: Process, rule: NotificationRule) -> bool:
    return rule.is_forced or rule.on in process.must_reach


def _always(process: Process, rules: list[NotificationRule]) -> str:
    """What of a group reaches people whatever they set, as a sentence."""
    kinds = dict.fromkeys(rule.on for rule in rules if _is_forced(process, rule))
    names = [EVENT_NAMES[EventKind(kind)] for kind in kinds]
    said = listed(name[0].lower() + name[1:] for name in names)
    return f"You are always told when {said}." if said else ""


def _choice(process: Process, preference: NoticePreference, *, is_staff: bool) -> QuietChoice:
    """What is chosen, of what can be: where the process says nothing, that is none."""
    is_offered = is_staff and process.quiet is not None
    if preference.quiet is QuietChoice.PROCESS and not is_offered:
        return QuietChoice.NONE
    return preference.quiet


def _quiet_choices(
    process: Process, preference: NoticePreference, *, is_staff: bool
) -> list[Choice]:
    choices = [
        Choice(QuietChoice.OWN.value, "Hours of my own", hours_text(preference.own)),
        Choice(QuietChoice.NONE.value, "None", "E-mail comes at any time."),
    ]
    if is_staff and process.quiet is not None:
        hours = hours_text(process.quiet.hours)
        choices.insert(0, Choice(QuietChoice.PROCESS.value, "Those of the process", hours))
    return choices


def _never_waits(process: Process) -> str:
    exempt = sorted(process.quiet.exempt) if process.quiet else []
    keys = [process.severity(level).key for level in exempt]
    return " or ".join(keys) if len(keys) < 3 else f"{', '.join(keys[:-1])} or {keys[-1]}"


def _zone_name(zone: str) -> str:
    """The zone that counts for somebody: UTC where nobody knows the one that is stored."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"
    return zone

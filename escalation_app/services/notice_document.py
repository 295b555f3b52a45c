"""The parts of the process document that say who is told, where, and when nobody is disturbed."""

import re
from collections.abc import Mapping
from datetime import timedelta

from escalation_app.domain.events import NEVER_TOLD, PUBLIC_EVENTS, EventKind
from escalation_app.domain.path_spec import Audience
from escalation_app.domain.process import ChannelKind, ChannelSpec, Delivery, NotificationRule
from escalation_app.domain.quiet import QuietHours, QuietRule
from escalation_app.services.document_reader import DocumentReader
from escalation_app.services.document_tree import Node, Table, Text

_AUDIENCES = {audience.value: audience for audience in Audience}
_DELIVERIES = {delivery.value: delivery for delivery in Delivery}
_KINDS = {kind.value: kind.value for kind in EventKind if kind not in NEVER_TOLD}
_CHANNEL_KINDS = {kind.value: kind for kind in ChannelKind}
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def read_channels(reader: DocumentReader, node: Node | None) -> tuple[ChannelSpec, ...]:
    """The places that many people read; none when the section is missing."""
    channels: list[ChannelSpec] = []
    for key, item in reader.keyed(node).items():
        parts = reader.table(item, "kind name", "quotes")
        kind = reader.choice(parts.get("kind"), _CHANNEL_KINDS, "kind of channel")
        name = reader.text(parts.get("name"))
        quotes = reader.yes(parts.get("quotes"))
        channels.append(ChannelSpec(key, kind or ChannelKind.WEBHOOK, name, quotes))
    return tuple(channels)


def read_quiet_hours(
    reader: DocumentReader, node: Node | None, levels: Mapping[str, int]
) -> QuietRule | None:
    """The quiet hours of people of ours; None when the section is missing."""
    if node is None:
        return None
    parts = reader.table(node, "from to", "weekends except")
    starts, ends = (_time(reader, parts.get(key)) for key in ("from", "to"))
    weekends = reader.yes(parts.get("weekends"))
    exempt = reader.distinct(
        parts.get("except"),
        lambda item: reader.choice(item, levels, "severity"),
        may_be_empty=True,
    )
    if starts is None or ends is None:
        return None
    if starts == ends:
        reader.fail(node, "Quiet hours must end at another time than they start.")
        return None
    return QuietRule(QuietHours(starts, ends, weekends), frozenset(exempt))


def _time(reader: DocumentReader, node: Node | None) -> timedelta | None:
    if node is None:
        return None
    found = _TIME.fullmatch(node.text) if isinstance(node, Text) else None
    if found is None:
        reader.fail(node, "This must be a time of day such as 22:00.")
        return None
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def read_must_reach(reader: DocumentReader, node: Node | None) -> frozenset[str]:
    """The kinds of event that no setting of a person silences or delays."""
    return frozenset(
        reader.distinct(node, lambda item: reader.choice(item, _KINDS, "event"), may_be_empty=True)
    )


def read_rules(
    reader: DocumentReader, node: Node | None, channels: Mapping[str, str]
) -> tuple[NotificationRule, ...]:
    """Who is told what; `channels` has the keys that a rule may post to."""
    return tuple(_rule(reader, item, channels) for item in reader.items(node, may_be_empty=True))


def _rule(reader: DocumentReader, item: Node, channels: Mapping[str, str]) -> NotificationRule:
    posts_only = isinstance(item, Table) and "post" in item.entries and "to" not in item.entries
    needed = "on" if posts_only else "on to channels"
    parts = reader.table(item, needed, "post forced" if not posts_only else "post")
    kind = reader.choice(parts.get("on"), _KINDS, "event") or ""
    to = reader.choices(parts.get("to"), _AUDIENCES, "audience")
    if Audience.REQUESTER in to and kind and kind not in PUBLIC_EVENTS:
        reader.fail(item, f"The event {kind!r} is internal; the requester is not told of it.")
    return NotificationRule(
        on=kind,
        to=to,
        channels=reader.choices(parts.get("channels"), _DELIVERIES, "channel"),
        posts=reader.choices(parts.get("post"), channels, "channel of the process"),
        is_forced=reader.yes(parts.get("forced")),
    )

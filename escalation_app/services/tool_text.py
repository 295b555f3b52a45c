"""What the tools of a tier allow, in plain English."""

from collections.abc import Iterator

from escalation_app.domain.clocks import Metric
from escalation_app.domain.process import Process

_WAITS = {
    Metric.FIRST_RESPONSE: "the first response",
    Metric.NEXT_REPLY: "the wait for a reply",
    Metric.NEXT_UPDATE: "the wait for the next update",
}


def tools_in_words(process: Process) -> Iterator[str]:
    """What a tier's tools are for, and what a spoken word ends."""
    yield (
        "Who works a ticket reaches its customer with the tools of the ticket's tier: written "
        "answers need the portal, e-mail or chat, calls and meetings need the phone, and visits "
        "face to face. A field can belong to the tiers with one tool."
    )
    ended = [words for metric, words in _WAITS.items() if metric in process.contacts_end]
    if not ended:
        yield "A call, a meeting or a visit is logged and ends none of the customer's waits."
        return
    yield (
        f"A call, a meeting or a visit that is logged and reached the customer ends "
        f"{' and '.join(ended)}."
    )

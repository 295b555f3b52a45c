"""Merging, linking, splitting, and ending an escalation."""

from dataclasses import dataclass

from escalation_app.views.common import Sentence


@dataclass(frozen=True, slots=True)
class TicketChoice:
    """A ticket that could be chosen. ``text``: whose it is and where it stands, or why not."""

    value: str = ""
    title: str = ""
    text: str = ""
    is_disabled: bool = False
    is_suggested: bool = False


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What merging would do: to the ticket that ends, and to the one that stays. ``refusal`` says
    why it cannot be; ``message`` is what the customer would read."""

    into: str = ""
    refusal: str = ""
    goes: tuple[Sentence, ...] = ()
    stays: tuple[Sentence, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class EscalationTurn:
    """What ending an escalation (``kind`` "end") or taking it up again ("again") would do; without
    a kind neither can be. ``message`` is what the customer would read, "" where the tier does not
    write; ``ended_because`` why the last one had ended. ``version`` is the ticket's revision."""

    ref: str = ""
    subject: str = ""
    customer: str = ""
    version: int = 0
    kind: str = ""
    effects: tuple[Sentence, ...] = ()
    message: str = ""
    ended_because: str = ""


@dataclass(frozen=True, slots=True)
class SplitMessage:
    """Something a customer wrote."""

    key: str = ""
    who: str = ""
    at: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class SplitForm:
    """What the dialog that splits a ticket offers. ``told`` is what the customer would read, with
    ``{ref}`` for the new ticket."""

    messages: tuple[SplitMessage, ...] = ()
    told: str = ""

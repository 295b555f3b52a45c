"""Business errors: typed, and each with a text that is safe to show to the person who caused it."""

from collections.abc import Sequence


class BusinessError(Exception):
    """A refusal a person can understand. `str(error)` is shown as it is."""


class NotFound(BusinessError):
    """Unknown and invisible objects give this same answer."""

    def __init__(self, what: str = "That") -> None:
        super().__init__(f"{what} does not exist, or is not open to you.")


class NotAllowed(BusinessError):
    """The person is known, the object visible, the action not theirs to take."""

    def __init__(self, text: str = "You may not do that.") -> None:
        super().__init__(text)


class Invalid(BusinessError):
    """The input cannot be accepted; the text says what to change."""


class Stale(BusinessError):
    """Somebody changed the object since it was read; nothing was overwritten."""

    def __init__(self, what: str = "This ticket") -> None:
        super().__init__(f"{what} changed while you were working on it. Nothing was overwritten.")


class Overtaken(BusinessError):
    """What was written is older than something that matters to it; it was not sent."""

    def __init__(self, changes: Sequence[str]) -> None:
        """`changes` are parts of a sentence: "N. Diaz wrote"."""
        super().__init__(
            f"Not sent yet: since you began, {'; '.join(changes)}. Your text is kept."
            " Read what is new, then change it or send it anyway."
        )


class Doubtful(BusinessError):
    """What is asked for can be had, but much speaks against it; a reason given lets it happen.
    `doubts` are sentences."""

    def __init__(self, doubts: tuple[str, ...]) -> None:
        super().__init__(" ".join(doubts))
        self.doubts = doubts


class SignInRefused(BusinessError):
    """Unknown account, wrong password or disabled: always the same words."""

    def __init__(self, text: str = "That address and password do not match.") -> None:
        super().__init__(text)

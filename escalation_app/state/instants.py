"""Days and times that people choose in a browser, which sends them as instants."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from escalation_app.domain.errors import Invalid
from escalation_app.state.arguments import Length

At = Annotated[str, Length(40)]
"""An instant in ISO 8601, as ``<instant-field>`` sends it."""
A_QUARTER = timedelta(minutes=15)


def instant_of(text: str) -> datetime:
    """The instant, in UTC. Raises Invalid for what is none, and for one without a zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 2000 <= at.year <= 2200:
        raise Invalid("Choose a day and a time.")
    return at.astimezone(UTC)


def next_quarter(at: datetime) -> datetime:
    """The next full quarter of an hour from an instant on."""
    over = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - over + (A_QUARTER if over else timedelta(0))


def key_of(text: str, what: str) -> int:
    """A key that was chosen from a list. Raises Invalid for anything else."""
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"Choose {what} from the list.")
    return int(text)

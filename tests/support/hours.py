"""The shipped process with one plan in office hours, for tests of calendars."""

import re

from escalation_app.services.process_document import shipped_document


def office_document() -> str:
    """The shipped document, in which the basic plan counts in the hours of the London office."""
    text = shipped_document()
    start = text.index("  basic:\n    name: Basic support")
    end = text.index("\n\n", start)
    policy = text[start:end].replace("calendar: always", "calendar: london_office")
    policy = re.sub(r"\b([0-9])d\b", lambda days: f"{24 * int(days[1])}h", policy)
    return text[:start] + policy + text[end:]

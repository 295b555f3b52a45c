"""What escalates by itself while somebody looks at the demo, and when."""

from dataclasses import dataclass

from escalation_app.domain.clocks import Metric

BASIC, PRO, ENTERPRISE = "basic", "pro", "enterprise"


@dataclass(frozen=True, slots=True)
class Mark:
    """A clock's share that falls `after` the start of the demo, on a ticket of `tier`: there its
    path takes a step that boards show."""

    after: int
    plan: str
    severity: int
    share: int
    tier: int
    metric: Metric = Metric.RESOLUTION


MARKS = (
    Mark(25, ENTERPRISE, 1, 90, 1),  # to tier 2
    Mark(50, PRO, 2, 90, 2),  # a manager takes the case
    Mark(85, BASIC, 3, 100, 1),  # to tier 2
    Mark(130, ENTERPRISE, 1, 75, 2),  # a manager
    Mark(180, PRO, 2, 100, 1, Metric.FIRST_RESPONSE),  # a manager
    Mark(235, ENTERPRISE, 2, 100, 2),  # to tier 3
    Mark(285, PRO, 3, 100, 1),  # to tier 2
    Mark(340, BASIC, 2, 90, 1),  # a manager
    Mark(395, ENTERPRISE, 1, 90, 2),  # to tier 3
    Mark(450, ENTERPRISE, 2, 100, 1, Metric.FIRST_RESPONSE),  # a manager
    Mark(500, PRO, 2, 90, 2),  # a manager
    Mark(555, ENTERPRISE, 1, 90, 3),  # to management
    Mark(610, ENTERPRISE, 3, 100, 1),  # to tier 2
    Mark(665, PRO, 1, 75, 2),  # a manager
    Mark(720, BASIC, 2, 100, 2),  # to tier 3
    Mark(775, PRO, 3, 100, 1),  # to tier 2
    Mark(830, ENTERPRISE, 1, 75, 2),  # a manager
    Mark(885, ENTERPRISE, 2, 90, 1),  # a manager
    Mark(980, PRO, 3, 100, 1),  # to tier 2
    Mark(1110, ENTERPRISE, 1, 75, 1),  # a manager
    Mark(1260, BASIC, 2, 90, 2),  # a manager
    Mark(1420, ENTERPRISE, 3, 100, 1),  # to tier 2
    Mark(1590, PRO, 2, 90, 1),  # a manager
    Mark(1750, ENTERPRISE, 1, 90, 2),  # to tier 3
    Mark(1930, BASIC, 3, 100, 1),  # to tier 2
    Mark(2110, PRO, 2, 90, 2),  # a manager
)
"""What escalates by itself in the first minutes: one a minute for a quarter of an hour, then one
every two or three, while what the simulator leaves to break comes up."""

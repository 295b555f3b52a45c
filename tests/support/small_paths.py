"""Small processes made by hand: a few promised times, and paths of a step or two."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from escalation_app.domain.actions import StepAction
from escalation_app.domain.calendar_spec import CalendarSpec
from escalation_app.domain.clocks import Clock, Metric, Threshold
from escalation_app.domain.path_spec import (
    Audience,
    DelayAnchor,
    EscalationPath,
    PathStep,
    ShareAnchor,
)
from escalation_app.domain.process import Process
from escalation_app.domain.wall_time import Span
from tests.support.casework import Casework, shipped

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
A_MOMENT = timedelta(microseconds=1)
"""A breach is due this much after the due instant."""
NINE_TO_FIVE = CalendarSpec(
    "nine_to_five",
    "Nine to five",
    "Etc/UTC",
    dict.fromkeys(range(5), (Span.between("09:00", "17:00"),)),
)


def promising(
    *paths: EscalationPath,
    calendar: str = "always",
    warnings: tuple[Threshold, ...] = (),
    in_full: bool = False,
    **targets: timedelta,
) -> Process:
    """A process with these paths that promises every plan these times for severity 1, twice as
    much for severity 2, and so on; a first response in 1 h and a resolution in 8 h unless said
    otherwise."""
    times = {"first_response": HOUR, "resolution": 8 * HOUR} | targets
    policies = [
        replace(
            policy,
            calendar=calendar,
            warnings=warnings,
            reopens_in_full=in_full,
            targets={
                level: {Metric(name): level * time for name, time in times.items()}
                for level in policy.targets
            },
        )
        for policy in shipped().policies
    ]
    calendars = (*shipped().calendars, NINE_TO_FIVE)
    return replace(shipped(), calendars=calendars, policies=tuple(policies), paths=paths)


def path(*steps: PathStep, metric: Metric = Metric.RESOLUTION, **parts: Any) -> EscalationPath:
    """A path for every severity, called `path` and with a weight of 10 unless said otherwise."""
    return EscalationPath(
        **{
            "key": "path",
            "name": "Path",
            "severities": (1, 2, 3, 4),
            "metrics": (metric,),
            "weight": 10,
            "calendar": "always",
            "steps": steps,
        }
        | parts
    )


def step(
    key: str,
    anchor: ShareAnchor | DelayAnchor,
    action: StepAction = StepAction.NOTIFY,
    audience: tuple[Audience, ...] = (Audience.TEAM_LEAD,),
    **parts: Any,
) -> PathStep:
    """A step that tells the team lead unless said otherwise."""
    return PathStep(key, key.capitalize(), anchor, action, audience, f"{key} happens.", **parts)


def at(
    share: int = 100, metric: Metric = Metric.RESOLUTION, offset: timedelta = timedelta(0)
) -> ShareAnchor:
    return ShareAnchor(metric, share, offset)


def after(*, working: bool = False, **length: float) -> DelayAnchor:
    return DelayAnchor(timedelta(**length), working)


def clock(work: Casework, metric: Metric, cycle: int | None = None) -> Clock:
    """The clock of the metric's latest cycle, or of the one given; it must be there."""
    ticket = work.ticket
    found = ticket.clock(metric) if cycle is None else ticket.clock_of(metric, cycle)
    assert found is not None
    return found

"""The kinds of step an escalation path can take, and what each of them needs to be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class StepAction(StrEnum):
    """What a step does. Whatever it does, it also tells its audience."""

    NOTIFY = "notify"
    REASSIGN_NEXT_TIER = "reassign_next_tier"
    ASSIGN_MANAGER = "assign_manager"
    TELL_EXECUTIVE = "tell_executive"
    RAISE_SEVERITY = "raise_severity"
    REASSIGN_TEAM = "reassign_team"
    REACH_OUT = "reach_out"
    GIVE_TASK = "give_task"
    CREATE_OBLIGATIONS = "create_obligations"
    POST = "post"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """How a kind of step is named to people, and what the process document must give it: whom it
    tells, and the entries of its own."""

    action: StepAction
    name: str
    needs_audience: bool
    needs: tuple[str, ...] = ()


ACTIONS: Mapping[StepAction, ActionSpec] = MappingProxyType(
    {
        spec.action: spec
        for spec in (
            ActionSpec(StepAction.NOTIFY, "Tell people", needs_audience=True),
            ActionSpec(StepAction.REASSIGN_NEXT_TIER, "Move to the next tier", False),
            ActionSpec(StepAction.ASSIGN_MANAGER, "Give the case to a manager", False),
            ActionSpec(StepAction.TELL_EXECUTIVE, "Tell an executive", needs_audience=True),
            ActionSpec(StepAction.RAISE_SEVERITY, "Raise the severity by one level", False),
            ActionSpec(StepAction.REASSIGN_TEAM, "Move to another team", False, ("team",)),
            ActionSpec(
                StepAction.REACH_OUT, "A manager calls the customer", False, ("task", "within")
            ),
            ActionSpec(
                StepAction.GIVE_TASK, "Give one person a priority task", True, ("task", "within")
            ),
            ActionSpec(StepAction.CREATE_OBLIGATIONS, "Oblige people", True, ("task", "within")),
            ActionSpec(StepAction.POST, "Post to a channel", False, ("post",)),
        )
    }
)

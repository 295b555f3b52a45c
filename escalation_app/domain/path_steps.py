"""What a step of a path does, whom it tells, and what came of it."""

from escalation_app.domain.actions import StepAction
from escalation_app.domain.drafts import Draft
from escalation_app.domain.events import EventKind
from escalation_app.domain.moves import (
    bring_in_executive,
    give_to_manager,
    hand_to,
    move_up,
)
from escalation_app.domain.obligations import oblige
from escalation_app.domain.path_spec import EscalationPath, PathStep
from escalation_app.domain.permissions import Role
from escalation_app.domain.process import AROUND_THE_CLOCK, Process
from escalation_app.domain.roster import Roster
from escalation_app.domain.tickets import (
    StepOutcome,
)

HIGHEST_SEVERITY = 1


def passed_on(roster: Roster) -> tuple[int, ...]:
    """Whom a step without a recipient goes to: the managers, else the admins."""
    return roster.present(roster.in_role(Role.MANAGER)) or roster.in_role(Role.ADMIN)


def act(
    draft: Draft, step: PathStep, process: Process, path: EscalationPath
) -> tuple[tuple[int, ...], StepOutcome]:
    """Do what the step says; return whom it told and what came of it. What would tell nobody goes
    to the next level, on record."""
    told, outcome = _done(draft, step, process, path)
    if step.action is StepAction.POST and not step.audience:
        return told, outcome
    if outcome is StepOutcome.NO_RECIPIENT or not told:
        told = each_once(told, passed_on(draft.desk.roster))
    return told, outcome


def _done(
    draft: Draft, step: PathStep, process: Process, path: EscalationPath
) -> tuple[tuple[int, ...], StepOutcome]:
    """Everybody in the audience is told. Of several executives the one with the fewest cases is
    the case's executive from then on."""
    roster = draft.desk.roster
    heard = roster.resolve(step.audience, draft.ticket)
    outcome = StepOutcome.DONE if heard else StepOutcome.NO_RECIPIENT
    match step.action:
        case StepAction.NOTIFY:
            return heard, outcome
        case StepAction.REASSIGN_NEXT_TIER:
            if not move_up(draft, step.name):
                return heard, StepOutcome.NOTHING_ABOVE
            return _now_theirs(draft, heard)
        case StepAction.REASSIGN_TEAM:
            if step.team == draft.ticket.team:
                return heard, StepOutcome.NOTHING_ABOVE
            hand_to(draft, process.team(step.team), step.name)
            return _now_theirs(draft, heard)
        case StepAction.ASSIGN_MANAGER:
            manager = give_to_manager(draft)
            return _found(manager, heard, (manager,))
        case StepAction.REACH_OUT:
            manager = give_to_manager(draft)
            if manager is not None:
                _give(draft, step, process, path, manager, is_call=True)
            return _found(manager, heard, (manager,))
        case StepAction.TELL_EXECUTIVE:
            executive = bring_in_executive(draft)
            return _found(executive, (executive,), heard)
        case StepAction.RAISE_SEVERITY:
            is_highest = draft.ticket.severity <= HIGHEST_SEVERITY
            return heard, StepOutcome.NOTHING_ABOVE if is_highest else outcome
        case StepAction.GIVE_TASK:
            chosen = roster.pick_among(heard)
            if chosen is None:
                return (), StepOutcome.NO_RECIPIENT
            _give(draft, step, process, path, chosen, is_priority=True)
            return (chosen,), StepOutcome.DONE
        case StepAction.CREATE_OBLIGATIONS:
            for person in heard:
                _give(draft, step, process, path, person)
            return heard, outcome
        case StepAction.POST:
            draft.record(EventKind.CHANNEL_POST, channel=step.post, name=step.name, says=step.says)
            return heard, StepOutcome.DONE


def _now_theirs(draft: Draft, heard: tuple[int, ...]) -> tuple[tuple[int, ...], StepOutcome]:
    """The audience and the team that has got the ticket."""
    roster = draft.desk.roster
    told = each_once(heard, roster.present(roster.in_team(draft.ticket.team)))
    return told, StepOutcome.DONE if told else StepOutcome.NO_RECIPIENT


def _found(
    person: int | None, *told: tuple[int | None, ...]
) -> tuple[tuple[int, ...], StepOutcome]:
    """Those who are told, in order; without the person who was to be found, nobody was."""
    everybody = (who for group in told for who in group if who is not None)
    outcome = StepOutcome.NO_RECIPIENT if person is None else StepOutcome.DONE
    return tuple(dict.fromkeys(everybody)), outcome


def _give(
    draft: Draft,
    step: PathStep,
    process: Process,
    path: EscalationPath,
    person: int,
    *,
    is_priority: bool = False,
    is_call: bool = False,
) -> None:
    task = step.task
    assert task is not None
    calendar = process.calendar(path.calendar) if task.working else AROUND_THE_CLOCK
    oblige(
        draft,
        person,
        task.text,
        task.within,
        calendar=calendar,
        is_priority=is_priority,
        is_call=is_call,
        instead_of=draft.desk.roster.place_taken(person, step.audience, draft.ticket),
    )


def each_once(*people: tuple[int, ...]) -> tuple[int, ...]:
    """The people of all the groups, each once, in order."""
    return tuple(dict.fromkeys(person for group in people for person in group))

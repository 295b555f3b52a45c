"""What is said when somebody has answered for an obligation, wherever they did."""

from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.undoing import DutyDone
from escalation_app.services import cases
from escalation_app.state.base import AppState

_SAID = {ObligationState.ACCEPTED: "Accepted: {}", ObligationState.DONE: "Done: {}"}


async def tell_answer(state: AppState, done: DutyDone, said: ObligationState) -> None:
    """Say so in a toast, and offer to take it back where that can be."""
    undo = None if done.ended_path else (cases.take_back_answer, (done,))
    await state.tell(_SAID[said].format(done.was.text), undo=undo)

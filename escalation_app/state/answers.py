"""What is said when somebody has answered for an obligation or an escalation, wherever they did,
with the offer to take it back where that can be."""

from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.undoing import AcknowledgementDone, DutyDone
from escalation_app.services import cases, escalations
from escalation_app.state.base import AppState

_SAID = {ObligationState.ACCEPTED: "Accepted: {}", ObligationState.DONE: "Done: {}"}


async def tell_answer(state: AppState, done: DutyDone, said: ObligationState) -> None:
    """Of an obligation."""
    undo = None if done.ended_path else (cases.take_back_answer, (done,))
    await state.tell(_SAID[said].format(done.was.text), undo=undo)


async def tell_acknowledged(state: AppState, done: AcknowledgementDone | None) -> None:
    """Of an escalation; nothing where it cannot be taken back: the page shows it."""
    if done is not None:
        undo = (escalations.take_back_acknowledgement, (done,))
        await state.tell(f"{done.reference} is acknowledged.", undo=undo)

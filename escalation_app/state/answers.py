"""What is said of an obligation or an escalation with a single click, on whatever page: then it is
shown, said in a toast, and offered to be taken back where that can be."""

from collections.abc import Awaitable, Callable

from escalation_app.domain.commitments import ObligationState
from escalation_app.services import cases, escalations
from escalation_app.state.base import AppState

_SAID = {ObligationState.ACCEPTED: "Accepted: {}", ObligationState.DONE: "Done: {}"}

Show = Callable[[], Awaitable[None]]
"""Reads the page anew."""


async def answer(
    state: AppState, show: Show, reference: str, number: int, said: ObligationState
) -> None:
    """Accept an obligation, or say that it is done."""
    done = await state.call(cases.answer_obligation, reference, number, said)
    await show()
    if done is not None:
        undo = None if done.ended_path else (cases.take_back_answer, (done,))
        await state.tell(_SAID[said].format(done.was.text), undo=undo)


async def acknowledge(state: AppState, show: Show, reference: str) -> None:
    """Say that one has seen an escalation. The page shows that; a toast is there only to take it
    back."""
    done = await state.call(escalations.answer_escalation, reference)
    await show()
    if done is not None:
        undo = (escalations.take_back_acknowledgement, (done,))
        await state.tell(f"{done.reference} is acknowledged.", undo=undo)

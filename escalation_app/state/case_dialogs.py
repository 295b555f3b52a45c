"""The questions of a war room: what to owe, promise, decide, say to the customer, and who leads."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypedDict

import reflex as rx

from escalation_app.clock import utc_now
from escalation_app.domain.commitments import ObligationState
from escalation_app.domain.errors import BusinessError, Doubtful, Invalid
from escalation_app.domain.permissions import Permission
from escalation_app.services import cases, escalations, tickets
from escalation_app.services.cases import MAX_TEXT
from escalation_app.services.queries.case_choices import case_choices
from escalation_app.services.tickets import MAX_REASON
from escalation_app.state.arguments import Length, Text
from escalation_app.state.base import AppState
from escalation_app.state.case import CaseState, Number
from escalation_app.state.guard import allow
from escalation_app.state.instants import At, instant_of, key_of, next_quarter
from escalation_app.state.ticket_dialog import told_in
from escalation_app.views.case import CaseChoices, PromiseLine
from escalation_app.views.words import iso

Key = Annotated[str, Length(15)]
Line = Annotated[str, Length(MAX_TEXT)]
Reason = Annotated[str, Length(MAX_REASON)]
Role = Annotated[str, Length(120)]

TOLD_PROMISED = "We promise you, by {until}: {what}."
TOLD_MOVED = "As agreed with you, there is another time for what we promised. By {until}: {what}."

AHEAD = timedelta(hours=2)
"""What a due time starts with."""


class DutyForm(TypedDict):
    """What somebody is to do."""

    person: Key
    text: Line
    due: At
    role: Role


class ReasonForm(TypedDict):
    """Why something is blocked, or somebody released."""

    reason: Reason


class Override(TypedDict, total=False):
    """Why something doubtful is promised all the same; asked for once there are doubts."""

    override: Line


class Told(TypedDict, total=False):
    """What the customer reads, where they are told: `tells` is then there."""

    tells: Key
    message: Text


class PromiseForm(Override, Told):
    """What is promised, by whom, for when."""

    text: Line
    due: At
    owner: Key


class RenegotiateForm(Override, Told):
    """The other time that the customer agrees to."""

    due: At
    reason: Reason


class DecisionForm(TypedDict):
    """What was decided, why and by whom."""

    text: Line
    why: Line
    by: Key


class LeadersForm(TypedDict):
    """Who owns the case, and who sponsors it ("": nobody yet)."""

    manager: Key
    executive: Key


class UpdateForm(TypedDict):
    """What the customer reads."""

    text: Text


class CaseDialogState(AppState):
    """The dialog that is open over a case. No push changes it."""

    dialog: str = ""
    """oblige, block, release, promise, renegotiate, decide, lead, update, or ""."""
    form: int = 0
    error: str = ""
    doubts: list[str] = []
    """What speaks against the promise as it was last sent."""
    choices: CaseChoices = CaseChoices()
    due: str = ""
    number: int = 0
    subject: str = ""
    """What the open dialog is about: an obligation or a promise."""
    draft: str = ""
    message: str = ""
    """What the customer is proposed to be told of a promise."""

    _since: int = 0
    """The ticket's revision that the word to the customer was written at."""

    @rx.event
    @allow(Permission.CASE_SEE)
    async def close_dialog(self) -> None:
        """Leave the dialog; nothing happens."""
        self._leave()

    def _leave(self) -> None:
        if self.dialog:
            self.dialog = self.error = ""
            self.doubts = []

    @rx.event
    @allow(Permission.OBLIGATION_GIVE)
    async def open_oblige(self) -> None:
        """Ask who is to do what until when."""
        await self._open("oblige", chooses=True)

    @rx.event
    @allow(Permission.OBLIGATION_GIVE)
    async def oblige(self, form: DutyForm) -> None:
        """Give somebody an obligation."""
        await self._close_after(
            lambda: (
                cases.give_obligation,
                key_of(form["person"], "a person"),
                form["text"],
                instant_of(form["due"]),
                form["role"],
            )
        )

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def open_reason(self, dialog: Literal["block", "release"], number: Number) -> None:
        """Ask what blocks it, or why its person is released from it."""
        case_ = await self.get_state(CaseState)
        duty = next((row for row in case_.page.duties if row.number == number), None)
        self.subject = "" if duty is None else duty.text
        await self._open(dialog, number)

    @rx.event
    @allow(Permission.OBLIGATION_UPDATE)
    async def give_reason(self, form: ReasonForm) -> None:
        """Say that an obligation is blocked, or release its person from it."""
        states = {"block": ObligationState.BLOCKED, "release": ObligationState.RELEASED}
        state = states.get(self.dialog)
        if state is not None:
            await self._close_after(
                lambda: (cases.update_obligation, self.number, state, form["reason"])
            )

    @rx.event
    @allow(Permission.PROMISE_MAKE)
    async def open_promise(self) -> None:
        """Ask what is promised for when."""
        await self._propose(TOLD_PROMISED)
        await self._open("promise", chooses=True)

    @rx.event
    @allow(Permission.PROMISE_MAKE)
    async def forget_doubts(self) -> None:
        """Another promise is written than was checked: what spoke against that one is no word
        about this one, which is checked when it is sent."""
        if self.doubts:
            self.doubts = []

    @rx.event
    @allow(Permission.PROMISE_MAKE)
    async def promise(self, form: PromiseForm) -> None:
        """Promise it, or show what speaks against it."""
        await self._close_after(
            lambda: (
                cases.make_promise,
                form["text"],
                instant_of(form["due"]),
                key_of(form["owner"], "a person"),
                form.get("override", ""),
                told_in(form),
            )
        )

    @rx.event
    @allow(Permission.PROMISE_MAKE)
    async def open_renegotiate(self, number: Number) -> None:
        """Ask for the other time, and why."""
        made = await self._promise(number)
        self.subject = "" if made is None else made.text
        await self._propose(TOLD_MOVED.replace("{what}", self.subject.rstrip(".")))
        await self._open("renegotiate", number)

    @rx.event
    @allow(Permission.PROMISE_MAKE)
    async def renegotiate(self, form: RenegotiateForm) -> None:
        """Put another promise in the place of one, or show what speaks against it."""
        await self._close_after(
            lambda: (
                cases.renegotiate_promise,
                self.number,
                instant_of(form["due"]),
                form["reason"],
                form.get("override", ""),
                told_in(form),
            )
        )

    async def _propose(self, message: str) -> None:
        page = (await self.get_state(CaseState)).page
        self.message = message if page.may.can_update else ""

    async def _promise(self, number: int) -> PromiseLine | None:
        case_ = await self.get_state(CaseState)
        return next((line for line in case_.page.promises if line.number == number), None)

    @rx.event
    @allow(Permission.DECISION_RECORD)
    async def open_decide(self) -> None:
        """Ask what was decided."""
        await self._open("decide", chooses=True)

    @rx.event
    @allow(Permission.DECISION_RECORD)
    async def decide(self, form: DecisionForm) -> None:
        """Put a decision on record."""
        await self._close_after(
            lambda: (
                cases.record_decision,
                form["text"],
                form["why"],
                key_of(form["by"], "a person"),
            )
        )

    @rx.event
    @allow(Permission.ESCALATION_ASSIGN)
    async def open_lead(self) -> None:
        """Ask who owns the case and who sponsors it."""
        await self._open("lead", chooses=True)

    @rx.event
    @allow(Permission.ESCALATION_ASSIGN)
    async def lead(self, form: LeadersForm) -> None:
        """Give the case to the manager chosen, and the executive to the case."""
        head = (await self.get_state(CaseState)).page.head
        if form["manager"] != head.owner.key and not await self._close_after(
            lambda: (escalations.assign_case, key_of(form["manager"], "a manager"))
        ):
            return
        if form["executive"] not in ("", head.sponsor.key):
            await self._close_after(
                lambda: (cases.name_sponsor, key_of(form["executive"], "an executive"))
            )
        elif form["manager"] == head.owner.key:
            self.dialog = ""

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def open_update(self) -> None:
        """Show the draft of the next word to the customer, to be edited."""
        page = (await self.get_state(CaseState)).page
        self.draft, self._since = page.cadence.draft, page.head.version
        await self._open("update")

    @rx.event
    @allow(Permission.MESSAGE_SEND)
    async def update_customer(self, form: UpdateForm) -> None:
        """Send it; what has happened since it was begun is said first, once."""
        await self._close_after(lambda: (tickets.send_message, form["text"], self._since))
        self._since = (await self.get_state(CaseState)).page.head.version

    async def _open(self, dialog: str, number: int = 0, *, chooses: bool = False) -> None:
        if chooses:
            case_ = await self.get_state(CaseState)
            found = await self.read(case_choices, case_._reference, utc_now())
            if found is None:
                return
            self.choices = found
        self.dialog = dialog
        self.number = number
        self.error = ""
        self.doubts = []
        self.due = iso(_due(utc_now()))
        self.form += 1

    async def _close_after(self, asked: Callable[[], tuple[Any, ...]]) -> bool:
        """Do what the dialog asks for: a service with its arguments. Close it, or say in it why
        nothing happened; what was written in it stays."""
        if not self.dialog:
            return False  # what was sent twice has been done
        case_ = await self.get_state(CaseState)
        refusal: BusinessError | None
        try:
            service, *args = asked()
            refusal = await case_._try(service, *args)
        except Invalid as error:
            refusal = error
        self.doubts = list(refusal.doubts) if isinstance(refusal, Doubtful) else []
        self.error = "" if refusal is None or self.doubts else str(refusal)
        if refusal is None:
            self.dialog = ""
        await case_._show()
        return refusal is None


def _due(now: datetime) -> datetime:
    return next_quarter(now + AHEAD)

"""Being away: one's own absences and, for who may, those of others."""

from typing import Annotated, TypedDict, cast

import reflex as rx
from sqlalchemy.orm import Session

from escalation_app.clock import utc_now
from escalation_app.domain.errors import Invalid
from escalation_app.domain.permissions import Permission
from escalation_app.live.changes import Change
from escalation_app.services import absences
from escalation_app.services.queries.absences import absence_page
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.frame import keep_live
from escalation_app.state.guard import allow
from escalation_app.state.instants import At, instant_of, key_of, next_quarter
from escalation_app.views.absences import AbsencePage
from escalation_app.views.words import iso

Key = Annotated[str, Length(15)]


class AbsenceForm(TypedDict):
    """Who is away from when until when, and who stands in ("": nobody)."""

    person: Key
    since: At
    until: At
    substitute: Key
    note: Annotated[str, Length(200)]


class AbsenceState(AppState):
    """The page of absences."""

    page: AbsencePage = AbsencePage()
    is_loaded: bool = False
    error: str = ""
    """Why the form was not taken; what was written in it stays."""
    form: int = 0
    now: str = ""

    @rx.event
    @allow(Permission.ABSENCE_SET)
    async def open_page(self) -> None:
        """Read who is away, and keep it live."""
        self.error = ""
        self.now = iso(next_quarter(utc_now()))
        self.form += 1
        await self._show()

    async def _show(self) -> None:
        actor = await self.actor()

        def load(session: Session) -> AbsencePage:
            return absence_page(session, actor, utc_now())

        shown = await self.read(lambda session, _: load(session))
        if shown is not None:
            _put(self, shown)
            keep_live(self, "page", ("absences", actor), load, _apply, _concerns, shown)

    @rx.event
    @allow(Permission.ABSENCE_SET)
    async def set_absence(self, form: AbsenceForm) -> None:
        """Be away, or say so for somebody else."""
        self.error = ""
        try:
            person = key_of(form["person"], "a person")
            since, until = instant_of(form["since"]), instant_of(form["until"])
            stand_in = key_of(form["substitute"], "a person") if form["substitute"] else None
        except Invalid as refusal:
            self.error = str(refusal)
            return
        done = await self.call(absences.set_absence, person, since, until, stand_in, form["note"])
        if done is not None:
            self.form += 1
            await self.tell("Saved", "Steps and obligations go to who stands in, and say so.")
        await self._show()

    @rx.event
    @allow(Permission.ABSENCE_SET)
    async def end(self, key: int) -> None:
        """Be back now, or never be away."""
        # A use case without a result gives None for a refusal too, which is then on the screen.
        await self.call(absences.end_absence, key)
        await self._show()


def _put(state: AbsenceState, shown: AbsencePage) -> None:
    state.page = shown
    state.is_loaded = True


async def _apply(root: rx.State, shown: AbsencePage) -> None:
    _put(cast(AbsenceState, await root.get_state(AbsenceState)), shown)


def _concerns(change: Change) -> bool:
    return change.is_everything or change.touches_absences

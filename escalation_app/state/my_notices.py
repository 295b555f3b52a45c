"""A person's own settings: what they are told, how, and when. Each change is saved at once."""

from typing import Annotated

import reflex as rx

from escalation_app.domain.permissions import Permission
from escalation_app.domain.preferences import NoticeGroup, Pace, QuietChoice
from escalation_app.domain.process import Delivery
from escalation_app.services.my_notices import be_quiet, mail_me, set_quiet_hours, tell_me
from escalation_app.services.queries.my_notices import my_notices
from escalation_app.state.arguments import Length
from escalation_app.state.base import AppState
from escalation_app.state.guard import allow
from escalation_app.views.my_notices import MyNotices

Time = Annotated[str, Length(5)]

_TOLD = {
    (Delivery.IN_APP, True): "are shown in the app",
    (Delivery.IN_APP, False): "are not shown in the app any more",
    (Delivery.EMAIL, True): "come by e-mail",
    (Delivery.EMAIL, False): "do not come by e-mail any more",
}
_PACES = {
    Pace.AT_ONCE: "E-mail comes at once.",
    Pace.HOURLY: "E-mail comes once an hour.",
    Pace.OFF: "No e-mail comes but what must reach you.",
}


class MyNoticesState(AppState):
    """What the person who is signed in has set."""

    mine: MyNotices = MyNotices()
    saved: str = ""
    """What the last change has brought about."""
    is_loaded: bool = False

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def open_page(self) -> None:
        """Read what is set."""
        self.saved = ""
        await self._show()

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def switch(self, group: NoticeGroup, way: Delivery, is_told: bool) -> None:
        """Turn notices of a group on or off for a way."""
        done = await self.call(tell_me, NoticeGroup(group), Delivery(way), is_told=is_told)
        await self._show()
        name = next((one.name for one in self.mine.groups if one.key == group), "These")
        self.saved = f"{name}: they {_TOLD[Delivery(way), is_told]}." if done else ""

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def mail(self, pace: Pace) -> None:
        """Get e-mail at once, once an hour, or not at all."""
        done = await self.call(mail_me, Pace(pace))
        await self._show()
        self.saved = _PACES[Pace(pace)] if done else ""

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def choose_quiet(self, choice: QuietChoice) -> None:
        """Choose whose quiet hours count."""
        done = await self.call(be_quiet, QuietChoice(choice))
        await self._show()
        self.saved = self._quiet_words() if done else ""

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def start_at(self, at: Time) -> None:
        """Set when one's own quiet hours start."""
        await self._set_hours(starts=at)

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def end_at(self, at: Time) -> None:
        """Set when one's own quiet hours end."""
        await self._set_hours(ends=at)

    @rx.event
    @allow(Permission.SIGNED_IN)
    async def rest_at_weekends(self, is_quiet: bool) -> None:
        """Keep the whole weekend quiet, or not."""
        await self._set_hours(weekends=is_quiet)

    async def _set_hours(self, **changes: str | bool) -> None:
        done = await self.call(set_quiet_hours, **changes)  # type: ignore[arg-type]
        await self._show()
        self.saved = self._quiet_words() if done else ""

    def _quiet_words(self) -> str:
        mine = self.mine
        if mine.quiet == QuietChoice.NONE:
            return "No hours are quiet for you."
        if mine.quiet == QuietChoice.PROCESS:
            return "The quiet hours of the process count for you."
        own = next(one.hint for one in mine.quiet_choices if one.value == QuietChoice.OWN)
        return f"It is quiet for you from {own}."

    async def _show(self) -> None:
        shown = await self.read(my_notices)
        if shown is not None:
            self.mine = shown
            self.is_loaded = True

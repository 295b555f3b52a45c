"""The sign-in page, before anybody is signed in."""

import reflex as rx

from escalation_app.routes import SIGN_IN_PROBLEMS, next_page
from escalation_app.settings import settings
from escalation_app.state.base import AppState
from escalation_app.state.guard import open_to_all


class SignInState(AppState):
    """Which way in there is. Unknown until the socket connects: one bundle serves all modes."""

    is_ready: bool = False
    has_seats: bool = False
    problem: str = ""
    next_path: str = ""

    @rx.event
    @open_to_all
    def open_page(self) -> None:
        """Read the page's address: where to go on to, and why the last try failed."""
        query = self.router.url.query_parameters
        self.next_path = next_page(query.get("next", "")) or ""
        self.problem = SIGN_IN_PROBLEMS.get(query.get("problem", ""), "")
        # Whoever has just tried a password wants the form again.
        self.has_seats = settings().is_demo and not self.problem
        self.is_ready = True

    @rx.event
    @open_to_all
    def choose_form(self) -> None:
        """In the demo: sign in with an account of one's own."""
        self.has_seats = False

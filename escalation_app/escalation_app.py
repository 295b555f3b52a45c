"""The composition root: the one place that knows every part."""

import reflex as rx
from starlette.types import ASGIApp

from escalation_app.api.headers import BrowserPolicy
from escalation_app.launcher.same_origin import script_hashes
from escalation_app.settings import settings


def _browser_policy(product: ASGIApp) -> ASGIApp:
    return BrowserPolicy(product, public_url=settings().public_url, script_hashes=script_hashes())


def _index() -> rx.Component:
    return rx.heading("Escalation")


# The last transform is the outermost.
app = rx.App(api_transformer=[_browser_policy])
app.add_page(_index, route="/", title="Escalation")

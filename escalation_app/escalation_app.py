"""The composition root: the one place that knows every part."""

import logging
import secrets

import reflex as rx
from starlette.types import ASGIApp

from escalation_app.api.headers import BrowserPolicy
from escalation_app.launcher.same_origin import script_hashes
from escalation_app.settings import settings

_log = logging.getLogger(__name__)


def _browser_policy(product: ASGIApp) -> ASGIApp:
    return BrowserPolicy(product, public_url=settings().public_url, script_hashes=script_hashes())


def _log_failure(exception: Exception) -> None:
    """Log what no handler caught, with a reference to find it by.

    Reflex's own handler answers with a toast, which the browser would have to evaluate.
    """
    _log.error("event failed, reference %s", secrets.token_hex(4), exc_info=exception)


def _index() -> rx.Component:
    return rx.heading("Escalation")


# The last transform is the outermost.
app = rx.App(api_transformer=[_browser_policy], backend_exception_handler=_log_failure)
app.add_page(_index, route="/", title="Escalation")

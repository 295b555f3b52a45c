"""The composition root: the one place that knows every part."""

import reflex as rx

from escalation_app.api.headers import browser_policy


def index() -> rx.Component:
    return rx.heading("Escalation")


app = rx.App(api_transformer=[browser_policy])
app.add_page(index, route="/", title="Escalation")

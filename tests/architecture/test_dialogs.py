"""A page opens without dialogs: no state with one may be forgotten."""

from escalation_app import escalation_app as product
from escalation_app.state.base import AppState


def test_every_state_with_a_dialog_closes_it_when_a_page_opens():
    assert product.app is not None
    asking = [kind for kind in AppState.get_substates() if "close_dialog" in kind.event_handlers]
    forgotten = [
        kind.__name__
        for kind in asking
        if not issubclass(kind, AppState) or kind._leave is AppState._leave
    ]

    assert len(asking) > 10
    assert forgotten == []

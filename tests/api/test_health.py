from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from escalation_app import db
from escalation_app.api.health import HEALTH_ROUTES
from escalation_app.models import HeartbeatRow
from tests.support.people import House

CLIENT = TestClient(Starlette(routes=list(HEALTH_ROUTES)))


def _beat(house: House) -> None:
    now = house.clock.utc_now()
    with house.database.writing() as session:
        session.add(HeartbeatRow(engine="one", at=now, started_at=now))


def test_ready_means_a_database_and_an_engine_heard_within_ten_seconds(house: House):
    _beat(house)
    house.clock.advance(timedelta(seconds=9))

    answer = CLIENT.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "engine": "ok"})


@pytest.mark.parametrize("was_heard", [True, False])
def test_a_silent_engine_is_named(house: House, was_heard: bool):
    if was_heard:
        _beat(house)
    house.clock.advance(timedelta(seconds=10))

    answer = CLIENT.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "engine": "no heartbeat within 10 seconds"}


def test_a_sign_of_the_future_is_none_of_life(house: House):
    """Its engine died before the clock was set back."""
    _beat(house)
    house.clock.set_to(house.clock.utc_now() - timedelta(hours=1))

    assert CLIENT.get("/readyz").json()["engine"] == "no heartbeat within 10 seconds"


def test_a_database_that_is_gone_is_named(house: House, monkeypatch: pytest.MonkeyPatch):
    nowhere = db.Database("sqlite:////nowhere/at/all.db")
    with monkeypatch.context() as patch:
        patch.setattr(db, "database", lambda: nowhere)

        answer = CLIENT.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"database": "does not answer", "engine": "unknown"}


def test_a_living_process_says_so_whatever_its_parts_do():
    assert CLIENT.get("/healthz").status_code == 200

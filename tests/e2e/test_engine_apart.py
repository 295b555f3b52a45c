"""A process that serves and fires nothing, and an engine beside it."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from escalation_app.db import Database
from escalation_app.models import HeartbeatRow
from escalation_app.services.tables import columns
from tests.support import product as products
from tests.support.engines import engine_of

_BEATS: Any = columns(HeartbeatRow)

NO_ENGINE = {"database": "ok", "engine": "no heartbeat within 10 seconds"}


def _readiness(url: str) -> tuple[int, dict[str, str]]:
    answer = httpx.get(f"{url}/readyz")
    return answer.status_code, answer.json()


def test_with_engine_off_it_is_ready_as_long_as_an_engine_lives_anywhere(tmp_path: Path):
    with products.running(tmp_path, "serve", ENGINE="off") as product:
        alone = _readiness(product.url)
        with engine_of(product.database_url, tmp_path) as engine:
            end = time.monotonic() + 60
            while _readiness(product.url)[0] != 200 and time.monotonic() < end:
                time.sleep(0.1)
            beside = _readiness(product.url)
            engine.send_signal(signal.SIGTERM)
            engine.wait(timeout=20)
        left = _readiness(product.url)

    assert alone == left == (503, NO_ENGINE)
    assert beside == (200, {"database": "ok", "engine": "ok"})


def test_a_process_that_serves_has_an_engine_beside_it_that_outlives_it_by_no_more_than_a_batch(
    tmp_path: Path,
):
    with products.running(tmp_path, "serve") as product:
        engine = _engine_of(product)
        os.kill(engine, signal.SIGKILL)
        end = time.monotonic() + 60
        while _engine_of(product) in (0, engine) and time.monotonic() < end:
            time.sleep(0.05)
        another = _engine_of(product)
        product.process.kill()
        product.process.wait()
        while Path(f"/proc/{another}").exists() and time.monotonic() < end:
            time.sleep(0.05)

    assert another not in (0, engine)
    assert not Path(f"/proc/{another}").exists()
    assert "The engine ended with -9; it is started again" in product.log.read_text()


def _engine_of(product: products.Product) -> int:
    """The process whose heart beat last; 0 before the first has begun."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        database = Database(product.database_url)
        with database.reading() as session:
            newest = select(_BEATS.c.engine).order_by(_BEATS.c.at.desc()).limit(1)
            name = session.execute(newest).scalar()
        database.dispose()
        if name is not None:
            return int(name.rpartition(":")[2])
        time.sleep(0.05)
    return 0

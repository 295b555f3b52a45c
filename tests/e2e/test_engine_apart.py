"""A process that serves and fires nothing, and an engine beside it."""

import signal
import time
from pathlib import Path

import httpx

from tests.support import product as products
from tests.support.engines import engine_of

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

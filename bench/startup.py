"""How long it takes from a bare clone to a working product, and at a later start."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.raw_client import RawClient, state_name

ROOT = Path(__file__).parent.parent
GIVE_UP_AFTER_S = 600
STARTS = 5
SIGN_IN = state_name("sign_in", "sign_in_state")


def run() -> dict[str, float]:
    """Each from the command until the product works: the sign-in page and /readyz answer 200, and
    the page's event is answered over the websocket.

    `cold_demo_s`: `make demo` in a fresh clone, with the packages downloaded or taken from the
    machine's caches. `warm_start_s`: the same command again, which goes on with that demo's data;
    the quickest of STARTS. `warm_serve_s`: `make serve`, its database there, in the same way.
    Raises RuntimeError when nothing is served.
    """
    with tempfile.TemporaryDirectory(prefix="bench-startup-") as folder:
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        port = _free_port()  # the same for all, because each port has a demo of its own
        cold = _until_it_works(clone, "demo", port)
        warm = min(_until_it_works(clone, "demo", port) for _ in range(STARTS))
        _until_it_works(clone, "serve", port)
        serve = min(_until_it_works(clone, "serve", port) for _ in range(STARTS))
        shutil.rmtree(clone)
    return {
        "cold_demo_s": round(cold, 1),
        "warm_start_s": round(warm, 2),
        "warm_serve_s": round(serve, 2),
    }


def _until_it_works(clone: Path, command: str, port: int) -> float:
    url = f"http://localhost:{port}"
    begun = time.monotonic()
    product = subprocess.Popen(
        ["make", command],
        cwd=clone,
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not (_answers(f"{url}/sign-in") and _answers(f"{url}/readyz")):
            if product.poll() is not None:
                raise RuntimeError(f"make {command} ended by itself")
            if time.monotonic() - begun > GIVE_UP_AFTER_S:
                raise RuntimeError(f"make {command} served nothing")
            time.sleep(0.02)
        asyncio.run(_sign_in_page(url))
        return time.monotonic() - begun
    finally:
        os.killpg(product.pid, signal.SIGTERM)
        product.wait()


async def _sign_in_page(url: str) -> None:
    """Open the page as a browser does, and wait until it knows which ways in there are."""
    tab = await RawClient(url, path="/sign-in").open()
    if not tab.shown(SIGN_IN, "is_ready"):
        await tab.until(lambda delta: "is_ready_rx_state_" in delta.get(SIGN_IN, {}))
    await tab.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

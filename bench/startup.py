"""How long it takes from a bare clone to a page, and at the second start."""

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

ROOT = Path(__file__).parent.parent
GIVE_UP_AFTER_S = 600


def run() -> dict[str, float]:
    """`cold_demo_s`: `make demo` in a fresh clone until the sign-in page is served, with the
    packages downloaded or taken from the machine's caches. `warm_start_s`: the same command again.
    Raises RuntimeError when nothing is served.
    """
    with tempfile.TemporaryDirectory(prefix="bench-startup-") as folder:
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        cold = _until_served(clone)
        warm = min(_until_served(clone) for _ in range(3))
        shutil.rmtree(clone)
    return {"cold_demo_s": round(cold, 1), "warm_start_s": round(warm, 2)}


def _until_served(clone: Path) -> float:
    port = _free_port()
    begun = time.monotonic()
    product = subprocess.Popen(
        ["make", "demo"],
        cwd=clone,
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while time.monotonic() - begun < GIVE_UP_AFTER_S:
            if _answers(f"http://localhost:{port}/sign-in"):
                return time.monotonic() - begun
            if product.poll() is not None:
                raise RuntimeError("make demo ended by itself")
            time.sleep(0.05)
        raise RuntimeError("make demo served nothing")
    finally:
        os.killpg(product.pid, signal.SIGTERM)
        product.wait()


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

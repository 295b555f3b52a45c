"""Shows every component in a browser: ``python -m tests.components.gallery``.

A small Reflex application of the components with invented data, for looking at while they are
made; it is no page of the product. It is written and built under a temporary folder, and serves
until it is stopped. ``--shots DIR`` takes pictures of every page instead, both themes, wide and
narrow, with the system's Chromium.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    "queue": "/",
    "ticket": "/ticket",
    "board": "/board",
    "heat": "/heat",
    "escalations": "/escalations",
    "status": "/status",
    "problems": "/problems",
    "admin": "/admin",
    "process": "/process",
    "sheet": "/sheet",
    "dialog": "/dialog",
    "sign-in": "/sign-in",
}
CONFIG = """
import reflex as rx
from reflex_base.plugins.sitemap import SitemapPlugin
config = rx.Config(app_name="gallery", telemetry_enabled=False, show_built_with_reflex=False,
                   disable_plugins=[SitemapPlugin], api_url="http://127.0.0.1:{port}",
                   deploy_url="http://127.0.0.1:{port}")
"""


def build(out: Path, port: int) -> dict[str, str]:
    """Write the application under ``out`` and export it; returns the environment to serve it in."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "gallery").mkdir(exist_ok=True)
    (out / "rxconfig.py").write_text(CONFIG.format(port=port))
    (out / "gallery" / "__init__.py").write_text("")
    (out / "gallery" / "gallery.py").write_text(
        "from tests.components.gallery_app import app\n__all__ = ['app']\n"
    )
    shutil.rmtree(out / "assets", ignore_errors=True)
    shutil.copytree(ROOT / "assets", out / "assets")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(out), str(ROOT)]),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_USE_SYSTEM_BUN": "true",
        "REFLEX_DIR": str(out / ".reflex"),
        "REFLEX_BACKEND_PORT": str(port),
        "REFLEX_FRONTEND_PORT": str(port),
    }
    if "NPM_CONFIG_REGISTRY" not in environment and shutil.which("npm"):
        environment["NPM_CONFIG_REGISTRY"] = subprocess.run(
            ["npm", "config", "get", "registry"], capture_output=True, text=True, check=True
        ).stdout.strip()
    subprocess.run(
        [sys.executable, "-m", "reflex", "export", "--no-zip", "--env", "prod"],
        cwd=out,
        env=environment,
        check=True,
    )
    return environment | {
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "__REFLEX_SKIP_COMPILE": "true",
        "REFLEX_ENV_MODE": "prod",
    }


def serve(out: Path, port: int, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start the server and wait until it answers."""
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "uvicorn", "--factory", "gallery.gallery:app"),
            *("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"),
        ],
        cwd=out,
        env=environment,
    )
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            break
    return server


def shoot(folder: Path, port: int, names: list[str]) -> None:
    """A picture of every page, light and dark, 1440 x 900 and 390 x 844."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for theme in ("light", "dark"):
            for width, height, scale in ((1440, 900, 1), (390, 844, 2)):
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    device_scale_factor=scale,
                    color_scheme=theme,
                )
                context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
                for name in names:
                    page = context.new_page()
                    page.on("console", lambda said, at=name: _report(at, said))
                    page.on("pageerror", lambda error, at=name: print(at, "ERROR", error))
                    page.goto(f"http://127.0.0.1:{port}{PAGES[name]}")
                    page.wait_for_selector("[data-ready=true]", state="attached")
                    page.wait_for_timeout(250)
                    narrow = "-phone" if width < 500 else ""
                    page.screenshot(path=folder / f"{name}-{theme}{narrow}.png")
                    page.close()
                context.close()
        browser.close()


def _report(at: str, said: object) -> None:
    kind = getattr(said, "type", "")
    if kind in {"error", "warning"}:
        print(at, kind, getattr(said, "text", ""))


def main() -> None:
    """Build, serve, and take pictures if asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8120)
    options.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "gallery")
    options.add_argument("--shots", type=Path)
    options.add_argument("--only", nargs="*", default=list(PAGES))
    given = options.parse_args()
    server = serve(given.out, given.port, build(given.out, given.port))
    try:
        if given.shots:
            shoot(given.shots, given.port, given.only)
        else:
            print(f"http://127.0.0.1:{given.port}", flush=True)
            server.wait()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()

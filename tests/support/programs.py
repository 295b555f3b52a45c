"""Finds the programs the tests need beside Python: a PostgreSQL server and a Chromium."""

import os
import shutil
import subprocess
from pathlib import Path

DEBIAN_PACKAGES = {"initdb": "postgresql", "chromium": "chromium"}


def find(program: str) -> Path | None:
    """The path of `initdb` or `chromium` on this machine, None if it has none."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{program}"),
        key=lambda path: float(path.parts[4]),
        reverse=True,
    )
    on_path = shutil.which(program) or (
        shutil.which("google-chrome") if program == "chromium" else None
    )
    return versions[0] if versions else Path(on_path) if on_path else None


def provide(program: str) -> bool:
    """Find a program, or install Debian's package of it if this is root on Debian."""
    if find(program):
        return True
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    package = DEBIAN_PACKAGES[program]
    print(f"{program} is missing: installing {package} ...", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-q"], ["install", "-qy", "--no-install-recommends", package]):
        subprocess.run(["apt-get", *words], env=environment, stdout=subprocess.DEVNULL, check=False)
    return find(program) is not None

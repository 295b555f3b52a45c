"""The built front end: found by what it is made of, built when there is none.

A bundle is a folder named by the hash of everything that goes into it, so a second start finds it
and needs no JavaScript tools, and a stale one is never served.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

from escalation_app import __file__ as package_file
from escalation_app.launcher.environment import frontend_environment
from escalation_app.settings import OperatorError

PACKAGE = Path(package_file).parent
ROOT = PACKAGE.parent
WORKSHOP = ROOT / "build"
"""Everything the build writes stands here, ignored by git."""

WEB = WORKSHOP / "web"
"""Where Reflex works; its packages stay, so that a second build is quicker."""

BUNDLES_KEPT = 3
"""A running server may still read an older one."""

_EXPORT = """
import escalation_app.launcher.server, uvicorn.protocols.websockets.auto
from reflex.reflex import cli
cli()
"""
"""Reflex's command, after an import of what only a server needs, for the sake of its bytecode."""

_NOT_IN_THE_BUNDLE = frozenset({"engine", "migrations", "models", "notifications", "services"})
"""Parts of the package no page and no state class is made of; a change of them needs no build."""


class FrontendBuildError(OperatorError):
    """The front end could not be built; the text says where the log is."""


def bundle() -> Path:
    """The folder of the bundle for the sources as they stand, built first if need be.

    Two processes may call this at once: one builds, the other waits and finds it done.
    Raises FrontendBuildError.
    """
    folder = _folder(_sources_hash())
    if not folder.exists():
        WORKSHOP.mkdir(exist_ok=True)
        with FileLock(WORKSHOP / "frontend.lock"):
            folder = _folder(sources := _sources_hash())
            if not folder.exists():
                _build()
                # The build itself may have written the lock, so its hash is taken after it.
                _keep(folder := _folder(sources))
    os.utime(folder)
    return folder


def _folder(sources: str) -> Path:
    lock = _hash_of(path for path in (ROOT / "reflex.lock").rglob("*") if path.is_file())
    return WORKSHOP / "frontend" / f"{sources}-{lock}"


def _sources_hash() -> str:
    """A hash of what the bundle is made of beside its locked packages."""
    return _hash_of(_sources(), *_framework())


def _hash_of(paths: Iterable[Path], *words: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    for word in sorted(words):
        digest.update(f"{word}\0".encode())
    return digest.hexdigest()[:12]


def _sources() -> Iterator[Path]:
    yield ROOT / "rxconfig.py"
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] not in _NOT_IN_THE_BUNDLE:
            yield path
    yield from (path for path in (ROOT / "assets").rglob("*") if path.is_file())


def _framework() -> Iterator[str]:
    yield f"python {sys.version_info[:2]}"
    reflex = find_spec("reflex")
    assert reflex is not None and reflex.origin is not None
    # Named NAME-VERSION.dist-info: to read what stands in all of them takes ten times as long.
    for installed in Path(reflex.origin).parents[1].glob("reflex*.dist-info"):
        yield installed.name


def _build() -> None:
    """Export the front end into the workshop; raises FrontendBuildError.

    It leaves Python's bytecode too, even where PYTHONDONTWRITEBYTECODE is set, as in most container
    images: to compile all modules anew takes two thirds of every start.
    """
    from compileall import compile_dir

    log_path = WORKSHOP / "frontend.log"
    print("Building the front end, once for these sources ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    with log_path.open("w") as log:
        code = subprocess.run(
            [sys.executable, "-c", _EXPORT, "export", "--no-zip", "--env", "prod"],
            cwd=ROOT,
            env=build_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code or not (WEB / "build" / "client" / "index.html").exists():
        end = "\n".join(log_path.read_text(errors="replace").splitlines()[-15:])
        raise FrontendBuildError(f"The front end could not be built. Log: {log_path}\n{end}")
    tidy_lock(ROOT / "reflex.lock" / "package.json")
    compile_dir(PACKAGE, quiet=2)
    print(f"Built in {time.monotonic() - started:.1f} s.", file=sys.stderr, flush=True)


def tidy_lock(package: Path) -> None:
    """Write the lock in one form: Reflex writes it in one line, or bun in many, as it happens."""
    text = json.dumps(json.loads(package.read_text("utf-8")), indent=2) + "\n"
    if text != package.read_text("utf-8"):
        package.write_text(text, "utf-8")


def build_environment() -> dict[str, str]:
    """The environment of the build: the same bundle comes out whatever the operator has set."""
    ours = {"PORT", "HOST", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ESCALATION_MODE"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= frontend_environment(WEB, WORKSHOP)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["REFLEX_USE_SYSTEM_BUN"] = "true"
    environment["PATH"] = os.pathsep.join(
        [sysconfig.get_path("scripts"), environment.get("PATH", os.defpath)]
    )
    if registry := _npm_registry(environment):
        environment["NPM_CONFIG_REGISTRY"] = registry
    return environment


def _npm_registry(environment: dict[str, str]) -> str | None:
    """The npm registry this machine uses; without a word from us Reflex probes public ones."""
    npm = shutil.which("npm")
    if "NPM_CONFIG_REGISTRY" in environment or npm is None:
        return environment.get("NPM_CONFIG_REGISTRY")
    answer = subprocess.run(
        [npm, "config", "get", "registry"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def _keep(folder: Path) -> None:
    """Copy what the server needs of the build; `folder` appears complete or not at all."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(WEB / "build", part / "build", ignore=shutil.ignore_patterns("server"))
    shutil.copytree(WEB / "backend", part / "backend")
    part.rename(folder)
    _remove_old(folder.parent)


def _remove_old(bundles: Path) -> None:
    by_age = sorted(bundles.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_age[BUNDLES_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)

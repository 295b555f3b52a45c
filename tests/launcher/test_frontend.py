import subprocess
import threading
import time
from importlib.machinery import ModuleSpec
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from escalation_app.launcher import frontend
from escalation_app.launcher.frontend import FrontendBuildError, bundle, tidy_lock


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with one page, whose builds only pretend."""
    package = tmp_path / "escalation_app"
    for folder in (
        package / "pages",
        package / "services",
        tmp_path / "assets",
        tmp_path / "build",
    ):
        folder.mkdir(parents=True)
    (tmp_path / "rxconfig.py").write_text("config = 1")
    (package / "pages" / "queue.py").write_text("page = 1")
    (package / "services" / "tickets.py").write_text("rule = 1")
    (tmp_path / "reflex.lock").mkdir()
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    monkeypatch.setattr(frontend, "PACKAGE", package)
    monkeypatch.setattr(frontend, "WORKSHOP", tmp_path / "build")
    monkeypatch.setattr(frontend, "WEB", tmp_path / "build" / "web")
    return tmp_path


@pytest.fixture
def builds(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """One entry for each build that ran."""
    ran: list[float] = []

    def build() -> None:
        ran.append(time.monotonic())
        time.sleep(0.1)
        (frontend.WEB / "build" / "client").mkdir(parents=True, exist_ok=True)
        (frontend.WEB / "backend").mkdir(exist_ok=True)
        (frontend.WEB / "build" / "client" / "index.html").write_text("<p>")
        (project / "reflex.lock" / "bun.lock").write_text("locked by the build")

    monkeypatch.setattr(frontend, "_build", build)
    return ran


def test_the_same_sources_are_built_once(builds: list[float]):
    first, second = bundle(), bundle()

    assert first == second
    assert len(builds) == 1


@pytest.mark.parametrize("path", ["rxconfig.py", "escalation_app/pages/queue.py", "assets/new.css"])
def test_a_changed_source_is_built_anew(project: Path, builds: list[float], path: str):
    before = bundle()
    (project / path).write_text("changed")

    after = bundle()

    assert after != before
    assert len(builds) == 2


def test_a_change_no_page_is_made_of_needs_no_build(project: Path, builds: list[float]):
    before = bundle()
    (project / "escalation_app" / "services" / "tickets.py").write_text("rule = 2")

    assert bundle() == before


def test_another_version_of_reflex_is_built_anew(
    tmp_path: Path, builds: list[float], monkeypatch: pytest.MonkeyPatch
):
    installed = tmp_path / "site-packages"
    (installed / "reflex_base-0.10.1.dist-info").mkdir(parents=True)
    reflex = ModuleSpec("reflex", None, origin=str(installed / "reflex" / "__init__.py"))
    monkeypatch.setattr(frontend, "find_spec", lambda name: reflex)
    before = bundle()
    (installed / "reflex_base-0.10.1.dist-info").rename(installed / "reflex_base-0.10.2.dist-info")

    assert bundle() != before


def test_two_starts_at_once_build_once(builds: list[float]):
    found: list[Path] = []
    starts = [threading.Thread(target=lambda: found.append(bundle())) for _ in range(2)]

    for start in starts:
        start.start()
    for start in starts:
        start.join()

    assert len(builds) == 1
    assert found[0] == found[1]


def test_old_bundles_go_and_the_newest_stay(project: Path, builds: list[float]):
    for number in range(frontend.BUNDLES_KEPT + 2):
        (project / "rxconfig.py").write_text(f"config = {number}")
        newest = bundle()

    kept = list((project / "build" / "frontend").iterdir())
    assert newest in kept
    assert len(kept) == frontend.BUNDLES_KEPT


def test_a_failed_build_says_where_its_log_is(project: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(words: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        options["stdout"].write("error: no such component\n")
        return subprocess.CompletedProcess(words, returncode=1)

    monkeypatch.setattr(frontend, "_npm_registry", lambda environment: None)
    monkeypatch.setattr(frontend.subprocess, "run", fail)

    with pytest.raises(FrontendBuildError) as raised:
        bundle()

    assert str(project / "build" / "frontend.log") in str(raised.value)
    assert "no such component" in str(raised.value)
    assert not (project / "build" / "frontend").exists()


def test_a_build_leaves_nothing_for_a_start_to_compile(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    """Also where Python is told to leave no bytecode, as in most container images."""
    told: dict[str, str] = {}

    def export(words: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        told.update(options["env"])
        (frontend.WEB / "build" / "client").mkdir(parents=True)
        (frontend.WEB / "build" / "client" / "index.html").write_text("<p>")
        (frontend.WEB / "backend").mkdir()
        (project / "reflex.lock" / "package.json").write_text("{}")
        return subprocess.CompletedProcess(words, returncode=0)

    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(frontend, "_npm_registry", lambda environment: None)
    monkeypatch.setattr(frontend.subprocess, "run", export)

    bundle()

    assert "PYTHONDONTWRITEBYTECODE" not in told
    for source in ("pages/queue.py", "services/tickets.py"):
        assert Path(cache_from_source(str(project / "escalation_app" / source))).exists()


def test_the_operators_settings_do_not_reach_the_build(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(frontend, "_npm_registry", lambda environment: None)
    monkeypatch.setenv("DATABASE_URL", "mysql://wrong")
    monkeypatch.setenv("PUBLIC_URL", "https://help.example.org")

    environment = frontend.build_environment()

    assert "DATABASE_URL" not in environment
    assert "PUBLIC_URL" not in environment


@pytest.mark.parametrize(
    "written", ['{"name": "reflex", "type": "module"}', '{"name":"reflex",\n\n"type":"module"}']
)
def test_the_package_lock_has_one_form_however_it_was_written(tmp_path: Path, written: str):
    lock = tmp_path / "package.json"
    lock.write_text(written)

    tidy_lock(lock)

    assert lock.read_text() == '{\n  "name": "reflex",\n  "type": "module"\n}\n'

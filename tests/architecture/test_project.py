"""What holds across the whole project and no linter checks."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def _project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _direct_requirements() -> Iterator[Requirement]:
    project = _project()
    yield from map(Requirement, project["project"]["dependencies"])
    for extra in project["project"]["optional-dependencies"].values():
        yield from map(Requirement, extra)
    yield from map(Requirement, project["dependency-groups"]["dev"])


def _locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(each.name): str(each.specifier) for each in requirements}


@pytest.mark.parametrize("requirement", list(_direct_requirements()), ids=lambda each: each.name)
def test_the_lock_holds_the_version_that_pyproject_names(requirement: Requirement):
    assert str(requirement.specifier).startswith("==")
    assert _locked()[canonicalize_name(requirement.name)] == str(requirement.specifier)


@pytest.mark.parametrize("name", ["requirements.lock", "reflex.lock/bun.lock"])
def test_a_lock_names_no_place_to_download_from(name: str):
    assert re.findall(r"https?://|file:|@ /", (ROOT / name).read_text()) == []


def test_every_locked_version_is_exact():
    assert [name for name, version in _locked().items() if not version.startswith("==")] == []

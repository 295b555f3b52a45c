"""Rules of the layers that import contracts cannot say."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "escalation_app"


def _modules(folder: str) -> list[Path]:
    return sorted((PACKAGE / folder).rglob("*.py"))


def _imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("module", _modules("domain"), ids=_name)
def test_the_domain_imports_the_standard_library_only(module: Path):
    foreign = {
        name
        for name in _imported(module)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith("escalation_app.domain")
    }

    assert foreign == set()


@pytest.mark.parametrize(
    "module",
    [each for each in _modules("domain") + _modules("services") if each.name != "unit_of_work.py"],
    ids=_name,
)
def test_now_is_an_argument_and_read_only_where_a_unit_of_work_begins(module: Path):
    assert "escalation_app.clock" not in set(_imported(module))


EVALUATED = {"call_script", "call_function", "set_clipboard", "toast"}


@pytest.mark.parametrize("module", _modules("state") + _modules("live"), ids=_name)
def test_the_server_sends_nothing_that_the_browser_would_evaluate(module: Path):
    """Reflex runs these through eval(), which the security policy of the pages forbids."""
    sent = {
        node.attr
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in EVALUATED
    }

    assert sent == set()

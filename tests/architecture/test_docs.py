"""What the documents cite exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CITED = re.compile(r"`(tests/[\w/]+(?:\.py)?)(?:::(\w+))?`")
_LINKED = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def test_every_rule_of_the_engine_names_a_test_that_exists():
    text = (ROOT / "docs" / "engine.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ") and "| rule |" not in line]
    cited = _CITED.findall(text)

    missing = [
        f"{path}::{name}"
        for path, name in cited
        if not (ROOT / path).exists() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]

    assert missing == []
    assert len(rows) > 40
    assert all(_CITED.search(row) for row in rows)


def test_the_documents_link_to_what_exists():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]

    missing = [
        f"{page.name}: {target}"
        for page in pages
        for target in _LINKED.findall(page.read_text())
        if not (page.parent / target).exists()
    ]

    assert missing == []

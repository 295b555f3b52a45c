"""Only services/effects.py applies a decision: nobody else writes the rows that one consists of."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "escalation_app"

ROWS = {
    "TicketRow": "ticket",
    "ClockRow": "clock",
    "EscalationRow": "escalation",
    "PathRunRow": "path_run",
    "PathStepRow": "path_step",
    "EventRow": "event",
    "TimerRow": "timer",
    "MessageRow": "message",
    "ObligationRow": "obligation",
    "PromiseRow": "promise",
    "EscalationRequestRow": "escalation_request",
}
"""The models of what a decision writes, and their tables. What becomes of a message to a person
once it is written (the outbox) is the dispatcher's."""
ANY = "any table"
"""What is written is only known when it runs."""
STATEMENTS = {"insert", "update", "delete"}
IN_BULK = {
    "insert_rows",
    "insert_returning",
    "adding",
    "changing",
    "putting",
    "NewRows",
}
IN_SQL = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+)")

ALLOWED: dict[str, set[str]] = {
    # A timer that failed is put off, one whose ticket is gone is removed: nothing is decided.
    "engine/timers.py": {"timer"},
    # An import is taken back with all its rows, and what it had replaced is put back as it was.
    "services/importing/batches.py": {"ticket", "path_step"},
    # The demo empties its database before it is filled anew.
    "demo/seed.py": {ANY},
}


def _modules() -> Iterator[Path]:
    apart = {PACKAGE / "services" / "effects.py", PACKAGE / "services" / "bulk.py"}
    for module in sorted(PACKAGE.rglob("*.py")):
        if module not in apart and PACKAGE / "migrations" not in module.parents:
            yield module


def _written(source: str) -> set[str]:
    """The tables of decisions that a module's statements write."""
    tree = ast.parse(source)
    tables = dict(ROWS)
    tables.update(
        (target.id, ROWS[model])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
        for model in _names(node.value)
        if isinstance(node.value, ast.Call) and _called(node.value) == "columns" and model in ROWS
    )
    others = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and _called(node.value) == "columns"
    } - set(tables)
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found |= _written_by(node, tables, others)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(IN_SQL.findall(node.value)) & set(ROWS.values())
    return found


def _written_by(call: ast.Call, tables: dict[str, str], others: set[str]) -> set[str]:
    name = _called(call)
    if name in {"add", "add_all", "merge"} and isinstance(call.func, ast.Attribute):
        made = {_called(each) for arg in call.args for each in ast.walk(arg) if _is_call(each)}
        return {ROWS[model] for model in made if model in ROWS}
    is_statement = name in STATEMENTS and isinstance(call.func, ast.Name)
    if not (is_statement or _is_in_bulk(call)) or not call.args:
        return set()
    where = 0 if is_statement or name in {"adding", "changing", "putting", "NewRows"} else 1
    if where >= len(call.args) or name in {"adding", "putting"}:
        return set()
    named = _names(call.args[where])
    if known := {tables[each] for each in named if each in tables}:
        return known
    is_model = any(each.endswith("Row") for each in named)
    return set() if is_model or named & others else {ANY}


def _is_in_bulk(call: ast.Call) -> bool:
    """Whether a function of services/bulk.py is called, by its name or as `bulk.name`."""
    func = call.func
    of_bulk = isinstance(func, ast.Attribute) and _names(func.value) == {"bulk"}
    return _called(call) in IN_BULK and (isinstance(func, ast.Name) or of_bulk)


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call)


def _called(call: ast.AST) -> str:
    func = call.func if isinstance(call, ast.Call) else None
    if isinstance(func, ast.Name):
        return func.id
    return func.attr if isinstance(func, ast.Attribute) else ""


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def test_nothing_but_effects_writes_what_a_decision_consists_of():
    found = {
        str(module.relative_to(PACKAGE)): written
        for module in _modules()
        if (written := _written(module.read_text()))
    }

    assert found == ALLOWED


@pytest.mark.parametrize(
    ("source", "table"),
    [
        ("session.execute(insert(columns(EventRow)).values(kind='x'))", "event"),
        ("_T = columns(TicketRow)\nsession.execute(update(_T).values(tier=2))", "ticket"),
        ("_T: Any = columns(TimerRow)\nsession.execute(delete(_T))", "timer"),
        ("session.add(PathStepRow(run_id=1))", "path_step"),
        ("uow.session.add_all([ClockRow(id=1) for _ in range(2)])", "clock"),
        ("insert_rows(session, columns(EscalationRow), rows)", "escalation"),
        ("_R = columns(PathRunRow)\nadding(NewRows(_R, names, rows), is_sqlite=True)", "path_run"),
        ("insert_rows(session, table, rows)", ANY),
        ("bulk.insert_rows(session, table, rows)", ANY),
        ("session.execute(text('UPDATE ticket SET tier = 2'))", "ticket"),
    ],
)
def test_whoever_else_would_write_it_is_found(source: str, table: str):
    assert _written(source) == {table}


def test_what_is_no_part_of_a_decision_may_be_written_anywhere():
    source = "_P = columns(PersonRow)\nsession.execute(update(_P).values(name='x'))\nseen.add(1)"

    assert _written(source) == set()

import subprocess
import sys

import pytest

from escalation_app import cli
from escalation_app.settings import OperatorError


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        cli.main([name, "--help"])

    assert exit_.value.code == 0
    assert cli.COMMANDS[name].help in capsys.readouterr().out


def test_an_unknown_command_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["dance"])

    assert exit_.value.code == 2
    assert "dance" in capsys.readouterr().err


def test_what_the_operator_can_put_right_is_said_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    class Failing:
        def add_arguments(self, parser: object) -> None: ...

        def run(self, arguments: object) -> int:
            raise OperatorError("The port is in use.")

    monkeypatch.setattr(cli, "_load", lambda name: Failing())

    assert cli.main(["serve"]) == 1
    assert capsys.readouterr().err == "The port is in use.\n"


def test_the_list_of_commands_loads_none_of_them():
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from escalation_app.cli import main\n"
            "try: main(['--help'])\n"
            "except SystemExit: pass\n"
            "print([m for m in sys.modules if m in ('reflex', 'sqlalchemy', 'uvicorn')])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.splitlines()[-1] == "[]"

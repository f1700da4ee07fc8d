"""Commands from outside: found by entry point, checked, and harmless where they are broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Shell

PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "espsh-{name}"
version = "1"
[project.entry-points."espsh.plugins"]
{name} = "{name}_plugin"
[tool.setuptools]
py-modules = ["{name}_plugin"]
"""
GREETER = '''
from typing import Annotated
from espsh.api import TEXT, Arg, Context, command

@command(boards="none")
def greet(ctx: Context, name: Annotated[str, Arg(TEXT, "whom")] = "you") -> None:
    """Greet somebody."""
    ctx.out.text("hello", name)
'''
CLASHING = GREETER.replace("def greet", "def ls")
FAILING = "raise RuntimeError('no such luck')"


def install(tmp_path: Path, name: str, source: str) -> Path:
    """Build a wheel of a plugin and install it into a folder of its own."""
    project, target = tmp_path / name, tmp_path / "site"
    project.mkdir()
    (project / "pyproject.toml").write_text(PYPROJECT.replace("{name}", name))
    (project / f"{name}_plugin.py").write_text(source)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "--target", str(target), str(project)], check=True, capture_output=True)
    return target


def espsh(sh: Shell, site: Path, line: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "espsh", "-c", line]
    env = {**sh.env, "PYTHONPATH": str(site)}
    return subprocess.run(command, env=env, cwd=sh.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_the_shipped_plugin_is_found_by_its_entry_point(board: Shell) -> None:
    assert "usage: i2c" in board("help i2c").out
    assert board("i2c --scl 22").code == 2


def test_a_third_partys_wheel(sh: Shell, tmp_path: Path) -> None:
    site = install(tmp_path, "greeter", GREETER)
    found = espsh(sh, site, "greet Ada; help greet")
    assert found.stdout.splitlines()[:2] == ["hello Ada", "usage: greet [NAME]"]
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "source", "reason"),
    [
        ("clash", CLASHING, "command 'ls' exists already, from espsh.commands.listing"),
        ("fails", FAILING, "no such luck"),
    ],
)
def test_a_broken_plugin_costs_itself_only(sh: Shell, tmp_path: Path, name: str, source: str, reason: str) -> None:
    site = install(tmp_path, name, source)
    found = espsh(sh, site, "help; echo still here")
    assert found.returncode == 0
    assert f"plugin {name} could not be loaded" in found.stderr
    assert reason in found.stderr
    assert found.stdout.endswith("still here\n")

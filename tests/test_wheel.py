"""What is installed: every package of ours."""

from __future__ import annotations

import tomllib
from pathlib import Path

HERE = Path(__file__).parent.parent


def test_every_package_is_in_the_wheel() -> None:
    listed = tomllib.loads((HERE / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {".".join(path.parent.relative_to(HERE).parts) for path in (HERE / "espsh").rglob("__init__.py")}
    assert {name for name in listed if name.startswith("espsh.") or name == "espsh"} == there

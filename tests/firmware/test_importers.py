"""Each foreign package has one importer, so that its exceptions and its cost stay in one place."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import espsh.firmware

FOLDER = Path(espsh.firmware.__file__).parent


def importers(package: str) -> set[str]:
    return {
        path.name
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
        if name.split(".")[0] == package
    }  # fmt: skip


@pytest.mark.parametrize(("package", "allowed"), [("esptool", {"esp.py"}), ("esp_idf_defs", {"table_files.py"})])
def test_who_imports_what(package: str, allowed: set[str]) -> None:
    assert importers(package) <= allowed


def test_what_a_file_holds_is_told_without_esptool() -> None:
    code = "import sys, espsh.firmware.layout, espsh.firmware.checks; print({'esptool', 'rich'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"

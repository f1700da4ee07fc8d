"""The bench of the shell judges by what arrived, and its table says what was missed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import shell


def test_what_arrives_directly_and_through_repl_is_whole(tmp_path: Path) -> None:
    for tool in ("direct", "espsh"):
        row = shell.output(tool, tmp_path)
        assert (row.tool, row.unit) == (tool, "s")
        assert row.value is not None


def test_a_line_that_is_lost_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "PRINT", shell.PRINT.replace("range(", "range(1, "))
    assert shell.output("direct", tmp_path).value is None


def test_the_table_says_what_was_missed() -> None:
    rows = [
        shell.Row("exec 'print(1)'", "espsh", 0.3, "s"),
        shell.Row("exec 'print(1)'", "mpremote", 0.2, "s"),
        shell.Row("exec 'print(1)'", "rshell", 2.0, "s"),
        shell.Row("1 MB of output", "espsh", None, "s"),
    ]
    table = [*shell.goals(rows)]
    assert "| exec 'print(1)', x mpremote | 1.3 | 1.50 | **no** |" in table
    assert "| exec 'print(1)', x rshell | 0.5 | 0.15 | yes |" in table
    assert "| 1 MB of output | whole | damaged | **no** |" in table

"""Editing a board's file with an editor of the host that gets a copy."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.api import Context
from espsh.base.world import World
from espsh.cli import main
from tests.conftest import Result, Shell
from tests.shell.conftest import Tty

Edit = Callable[..., Result]


@pytest.fixture
def edit(board: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    """Edit at a terminal, with Python code for an editor that has ``path`` and what the file held, ``old``."""

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def edit(target: str, code: str = "raise SystemExit('the editor started')") -> Result:
        script = board.write("editor.py", f"import sys, pathlib\npath = pathlib.Path(sys.argv[1])\n"
                                          f"old = path.read_bytes()\n{code}\n")  # fmt: skip
        out, err = Tty(), Tty()
        world = World(Tty(), out, err, {**board.env, "EDITOR": f"{sys.executable} {script}"}, board.folder)
        code_ = main(["-p", board.ports[0], "edit", target], world)
        return Result(code_, out.getvalue().encode(), err.getvalue())

    return edit


def test_a_changed_file_is_written_back(board: Shell, edit: Edit) -> None:
    board.write("a.txt", "old\n")
    board("cp a.txt :")
    result = edit(":a.txt", "path.write_bytes(old + b'new\\n')")
    assert (result.code, result.err) == (0, "esp32:/a.txt is updated\n")
    assert board("cat :a.txt").out == "old\nnew\n"


def test_an_unchanged_file_is_left_alone(board: Shell, edit: Edit) -> None:
    assert edit(":new.txt", "pass").err == ""
    assert board("ls :").lines == []


def test_a_new_file_in_a_directory(board: Shell, edit: Edit) -> None:
    board("mkdir :lib")
    assert edit(":lib/new.py", "path.write_text('x = 1')").code == 0
    assert board("cat :lib/new.py").out == "x = 1"


def test_an_editor_that_fails_writes_nothing_and_loses_nothing(board: Shell, edit: Edit) -> None:
    result = edit(":a.txt", "path.write_text('half'); raise SystemExit(3)")
    assert result.code == 1
    assert "exit code 3" in result.err
    assert Path(result.err.rpartition("kept in ")[2].strip()).read_text() == "half"
    assert board("ls :").lines == []


def test_an_editor_that_removes_the_file(board: Shell, edit: Edit, tmp_path: Path) -> None:
    board.write("a.txt", "old")
    board("cp a.txt :")
    result = edit(":a.txt", "path.unlink()")
    assert result.code == 1
    assert result.err == "edit: the editor left no a.txt\nhint: the board's file is as it was\n"
    assert board("cat :a.txt").out == "old"
    assert not list(tmp_path.glob("espsh-*"))


def test_what_an_editor_leaves_beside_the_copy(board: Shell, edit: Edit, tmp_path: Path) -> None:
    beside = "path.with_name('a.txt~').write_text('mine')"
    assert edit(":a.txt", f"{beside}; path.write_text('new')").code == 0
    assert not list(tmp_path.glob("espsh-*"))
    failed = edit(":a.txt", f"{beside}; raise SystemExit(3)")
    assert Path(failed.err.rpartition("kept in ")[2].strip()).read_text() == "mine"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (":nodir/new", "esp32:/nodir: no such directory"),
        (":nodir/deep/new", "esp32:/nodir/deep: no such directory"),
        (":file/new", "esp32:/file is a file, not a directory"),
        (":nodir/", "esp32:/nodir: no such directory"),
        (":/", "esp32:/ is a directory"),
    ],
)
def test_what_cannot_be_written_back_is_said_before_the_editor_starts(
    board: Shell, edit: Edit, target: str, message: str
) -> None:
    board("touch :file")
    result = edit(target)
    assert (result.code, result.err.splitlines()[0]) == (2, f"edit: {message}")


@pytest.mark.parametrize(
    "meanwhile", ["f = open('a.txt', 'w'); f.write('theirs'); f.close()", "import os; os.remove('a.txt')"]
)
def test_what_changed_on_the_board_meanwhile_is_not_written_over(
    board: Shell, edit: Edit, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    def edit_while_the_board_writes(ctx: Context, argv: list[str]) -> None:
        ctx.board.execute(meanwhile, output=lambda _: None)
        Path(argv[-1]).write_text("mine")

    monkeypatch.setattr("espsh.commands.edit._run", edit_while_the_board_writes)
    board.write("a.txt", "old")
    board("cp a.txt :")
    result = edit(":a.txt")
    assert result.code == 1
    assert "a.txt changed on the board while it was edited" in result.err
    assert Path(result.err.rpartition("kept in ")[2].strip()).read_text() == "mine"
    assert "mine" not in board("cat :a.txt").out

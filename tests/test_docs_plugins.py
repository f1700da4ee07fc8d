"""docs/plugins.md is true: what stands there is loaded and run, and prints what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

import espsh.api
from espsh.core import loading, plugged
from espsh.core.hooks import NAMES
from espsh.core.rows import TABLES
from espsh.diagnose.rules import WEIGHTS
from espsh.testing import Shell, shell_in
from tests.test_plugins import own

PAGE = (Path(__file__).parent.parent / "docs" / "plugins.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BROKEN = """\
from typing import Annotated
from espsh.api import Context, Opt, command

@command(boards="none")
def hello(ctx: Context, *, loud: Annotated[bool, Opt("loud", help="louder")] = False) -> None:
    '''Greet.'''
"""


class Section(NamedTuple):
    title: str
    modules: dict[str, str]
    sessions: list[str]


def sections() -> list[Section]:
    found = []
    for part in PAGE.split("\n## "):
        blocks = BLOCK.findall(part)
        modules = {text.splitlines()[0].removeprefix("# "): text for kind, text in blocks if kind == "python"}
        found.append(Section(part.splitlines()[0], modules, [text for kind, text in blocks if kind == ""]))
    return found


SECTIONS = {section.title: section for section in sections()}
PLUGINS = {name: text for s in SECTIONS.values() for name, text in s.modules.items() if not name.startswith("test_")}


def test_every_module_is_loaded_without_a_word(sh: Shell) -> None:
    for name, text in PLUGINS.items():
        own(sh, name, text)
    found = sh("plugins")
    states = {line.split()[0]: line.split()[2] for line in found.lines[1:]}
    assert found.err == ""
    assert states.keys() > {name.removesuffix(".py") for name in PLUGINS}
    assert set(states.values()) == {"on"}


@pytest.mark.parametrize("title", [title for title, section in SECTIONS.items() if section.sessions])
def test_what_is_typed_prints_what_stands_there(sh: Shell, title: str) -> None:
    for name, text in SECTIONS[title].modules.items():
        own(sh, name, text)
    if "broken" in str(SECTIONS[title].sessions):
        own(sh, "broken.py", BROKEN)
    for session in SECTIONS[title].sessions:
        for typed in session.removeprefix("$ espsh ").split("\n$ espsh "):
            line, _, expected = typed.partition("\n")
            words = [re.sub(r"sim:(\w+)", lambda m: sh.boards.new(m[1]), word) for word in shlex.split(line)]
            done = sh.run(*words)
            assert squeezed(done.err + done.out) == squeezed(expected), line


def squeezed(text: str) -> list[str]:
    """Return the lines with blanks as they matter: how far columns are apart hangs on the folder's name."""
    return [re.sub(r"  +|folder \S*(?=/plugins)", lambda m: "  " if m[0].isspace() else "folder …", line).strip()
            for line in text.strip().splitlines()]  # fmt: skip


def test_the_tests_pass(tmp_path: Path) -> None:
    text = SECTIONS["Tests"].modules["test_hello.py"]
    names: dict[str, object] = {}
    exec(compile(text, "test_hello.py", "exec"), names)
    tests = [item for name, item in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for number, test in enumerate(tests):
        folder = tmp_path / str(number)
        folder.mkdir()
        shell, _ = shell_in(folder)
        own(shell, "hello.py", PLUGINS["hello.py"])
        try:
            test(shell)  # type: ignore[operator]
        finally:
            shell.boards.power_off()


def test_the_hook_is_called(board: Shell, capfd: pytest.CaptureFixture[str]) -> None:
    own(board, "journal.py", PLUGINS["journal.py"])
    board.write("a.py", "x = 1")
    assert board("cp a.py :").code == 0
    assert capfd.readouterr().out.endswith(" gets /a.py: 5 bytes\n")


def test_the_diagnosis_is_made(sh: Shell) -> None:
    own(sh, "sensor.py", PLUGINS["sensor.py"])
    sh.write("boot.log", "rst:0x1 (POWERON_RESET),boot:0x13\nOSError: [Errno 19] BME280\n")
    assert "fix: plug it in again; i2c shows who answers" in sh("diagnose boot.log").out


def test_the_board_is_up(board: Shell) -> None:
    own(board, "uptime.py", PLUGINS["uptime.py"])
    assert re.fullmatch(r"up \d+:\d\d:\d\d\n", board("uptime").out)


def test_the_tables_are_complete() -> None:
    for name in (*NAMES.values(), *TABLES, *WEIGHTS):
        assert f"`{name}" in PAGE or f"{name} =" in PAGE
    assert f"After {loading.LIMIT:g} seconds" in PAGE
    assert f"From {plugged.SLOW:g} second on" in PAGE
    mentioned = re.findall(r"`([A-Z][A-Z_]{3,}|[A-Z]\w+Error)`", PAGE)
    assert {name for name in mentioned if not hasattr(espsh.api, name)} <= {*TABLES, "ESPSH_CONFIG_DIR"}

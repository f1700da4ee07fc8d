"""docs/first-board.md, command for command, on a board with nothing on its flash: it prints what the page shows.

``python -m tests.test_first_board`` writes what is printed today into the page.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from espsh.base.world import World
from espsh.cli import main
from tests.conftest import Shell

PAGE = Path(__file__).parent.parent / "docs" / "first-board.md"
PROMPT = "~/first [attic] > "
QUICK = "&baud=0&latency=0&erase=0&write=0"
MARK = "===== next ====="
# What differs from run to run, from MicroPython to MicroPython, and with the widths of columns.
MASKS = {
    r"\b[0-9a-f]{12}\b|\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b": "ID",
    r"\b\d+(\.\d+)? (B|kB|MB)\b": "SIZE",
    r"\b1\.\d+\.\d+(-preview)?\b": "VERSION",
    r"-0x[0-9a-f]+\b": "-END",
    r" +": " ",
}


class Step(NamedTuple):
    """A command of the page and what it prints."""

    command: str
    shown: str


def files(page: str) -> dict[str, str]:
    return dict(re.findall(r"`(\w+\.py)`:\n\n```python\n(.*?)```", page, re.DOTALL))


def consoles(page: str) -> Iterator[Step]:
    """Yield the steps; those of the host's shell begin with ``$``."""
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        parts = re.split(rf"^({re.escape(PROMPT)}|\$ )(.*)\n", block, flags=re.MULTILINE)
        for sign, command, shown in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            yield Step("$ " * (sign == "$ ") + command, shown)


def masked(text: str) -> list[str]:
    for pattern, word in MASKS.items():
        text = re.sub(pattern, word, text)
    return [line.strip() for line in text.splitlines()]


def prepared(page: str, folder: Path) -> str:
    """Make what the page starts with; return the board's port."""
    for name, text in files(page).items():
        (folder / name).write_text(text)
    firmware, start = (shlex.split(step.command)[1:] for step in consoles(page) if step.command.startswith("$ "))
    assert firmware[0] == "python"
    subprocess.run([sys.executable, *firmware[1:]], cwd=folder, check=True, capture_output=True)
    assert start[:2] == ["espsh", "-p"]
    return start[2]


def printed(page: str, sh: Shell) -> list[Step]:
    """Run the page's session; return its commands with what each printed."""
    board = prepared(page, sh.folder)
    commands = [step.command for step in consoles(page) if not step.command.startswith("$ ")]
    script = sh.write("session.espsh", "".join(f"{command}\necho {MARK}\n" for command in commands))
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    code = main(["-p", board + QUICK, "-f", str(script)], World(io.StringIO(), out, out, sh.env, sh.folder))
    out.flush()
    said = out.buffer.getvalue().decode().replace(QUICK, "").replace(" " * len(QUICK), "")
    assert code == 0, said
    script.unlink()
    return [Step(command, text) for command, text in zip(commands, said.split(f"{MARK}\n"), strict=False)]


def test_the_session_prints_what_the_page_shows(sh: Shell) -> None:
    page = PAGE.read_text(encoding="utf-8")
    expected = [step for step in consoles(page) if not step.command.startswith("$ ")]
    found = printed(page, sh)
    assert [step.command for step in found] == [step.command for step in expected]
    for wanted, got in zip(expected, found, strict=True):
        assert masked(got.shown) == masked(wanted.shown), got.command


def rewritten(page: str, steps: list[Step]) -> str:
    """Return the page with what the commands print now."""
    left = iter(steps)

    def block(match: re.Match[str]) -> str:
        commands = re.findall(rf"^{re.escape(PROMPT)}.*$", match[1], re.MULTILINE)
        return f"```console\n{''.join(f'{line}{chr(10)}{next(left).shown}' for line in commands)}```"

    return re.sub(rf"```console\n({re.escape(PROMPT)}.*?)```", block, page, flags=re.DOTALL)


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        env = {f"ESPSH_{kind}_DIR": folder for kind in ("CONFIG", "STATE", "CACHE")}
        os.environ |= env
        page = PAGE.read_text(encoding="utf-8")
        steps = printed(page, Shell(Path(folder), {**env, "ESPSH_PORT": "none", "HOME": folder}))
        PAGE.write_text(rewritten(page, steps), encoding="utf-8")

"""What commands say on terminals of 80, 60 and 20 columns: nothing wider than the screen, no word cut by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.shell.columns import width_of
from tests.conftest import Result, Shell
from tests.person import Person

At = Callable[[int, str], Result]
LONG = ["boards", "info", "heap", "heap --map", "heap --import app.py", "df", "df -h", "ls", "ls -l", "set", "help",
        "help cp", "help heap", "watch --help", "tree :"]  # fmt: skip


@pytest.fixture
def at(sh: Shell, port: Callable[..., str]) -> Iterator[At]:
    """Run a line at a terminal of so many columns, without colours."""
    person = Person(sh.folder, sh.env)
    person.ports = [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    person.write("app.py", "import math\n\nx = [math.sin(n) for n in range(10)]\n")
    person.write("a_rather_long_name_of_a_file.json", "{}")
    yield lambda columns, line: person.at_terminal(line, TERM="xterm", NO_COLOR="1", COLUMNS=str(columns))


@pytest.mark.parametrize("columns", [80, 60])
def test_nothing_is_wider_than_the_screen(at: At, columns: int) -> None:
    for line in LONG:
        said = at(columns, line)
        assert said.code == 0, said.err
        assert "\x1b" not in said.out
        assert [shown for shown in said.lines if width_of(shown) > columns] == [], line


def test_what_is_said_is_the_same_on_any_screen(at: At) -> None:
    for line in ("help cp", "help heap", "help mip"):
        wide, narrow = (re.sub(r"\s+", " ", at(columns, line).out) for columns in (200, 60))
        assert wide == narrow


def test_boards_spare_what_a_narrow_screen_has_no_room_for(at: At) -> None:
    assert at(500, "boards").lines[0].split() == ["name", "chip", "firmware", "port", "id", "state"]
    assert [line.split() for line in at(60, "boards").lines] == [
        ["name", "chip", "state"], ["*", "attic", "ESP32", "ready"], ["kitchen", "ESP32-C3", "ready"],
    ]  # fmt: skip


def test_on_twenty_columns_a_board_is_lines_of_its_own(at: At) -> None:
    assert at(20, "boards").lines == [
        "*", "name attic", "chip ESP32", "state ready", "", "name kitchen", "chip ESP32-C3", "state ready",
    ]  # fmt: skip


def test_a_file_has_the_form_that_scripts_know(at: At, sh: Shell) -> None:
    assert at(20, "help cp > help.txt; info > info.txt").code == 0
    assert Path(sh.folder, "help.txt").read_text() == at(500, "help cp > help.txt; cat help.txt").out
    assert max(map(len, Path(sh.folder, "info.txt").read_text().splitlines())) > 60

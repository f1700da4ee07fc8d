"""Cells typed at a virtual board, key by key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.shell.history import LineHistory
from tests.conftest import Shell
from tests.shell.test_app import CTRL_C, CTRL_D, ENTER, F3, TAB, UP, Person

Port = Callable[..., str]
ALT_ENTER = "\x1b\r"


class Cells(Person):
    """Types at the cells of one virtual board."""

    def __init__(self, folder: Path, port: str) -> None:
        super().__init__(folder)
        self.port = port

    def cells(self, text: str) -> tuple[str, str]:
        """Return what was printed, and said."""
        _, out, err = self.types(f"py{ENTER}{text}{CTRL_D}", "-p", f"attic={self.port}")
        return out, err


@pytest.fixture
def person(tmp_path: Path, port: Port) -> Cells:
    return Cells(tmp_path, port())


def test_values_and_prints_come_back(person: Cells) -> None:
    out, err = person.cells(f"6 * 7{ENTER}x = 'kept'{ENTER}print(x){ENTER}_{ENTER}")
    assert (out, err) == ("42\nkept\n42\n", "")


def test_a_block_ends_with_a_blank_line_and_is_indented_by_itself(person: Cells) -> None:
    out, _ = person.cells(f"for i in range(2):{ENTER}if i:{ENTER}print(i){ENTER}{ENTER}")
    assert out == "1\n"


def test_alt_enter_runs_what_is_there(person: Cells) -> None:
    assert person.cells(f"for i in range(2): print(i){ALT_ENTER}")[0] == "0\n1\n"


def test_an_exception_is_shown_with_the_cells_lines_and_the_next_cell_runs(person: Cells) -> None:
    out, err = person.cells(f"def f():{ENTER}1/0{ENTER}{ENTER}f(){ENTER}'alive'{ENTER}")
    assert out == "'alive'\n"
    assert "ZeroDivisionError: divide by zero" in err.splitlines()[-1]
    assert "line 2, in f" in err


def test_a_mistake_is_the_boards_to_say(person: Cells) -> None:
    assert "SyntaxError" in person.cells(f"1 +* 2{ENTER}")[1]


def test_tab_completes_what_the_board_has_by_now(person: Cells) -> None:
    out, _ = person.cells(f"import mach{TAB}{ENTER}machine.un{TAB}(){ENTER}answer = 42{ENTER}answ{TAB}{ENTER}")
    assert out.splitlines()[-1] == "42"
    assert out.startswith("b'")


def test_tab_asks_nothing_that_would_run_code(person: Cells) -> None:
    out, _ = person.cells(f"def f():{ENTER}print('ran'){ENTER}{ENTER}f().x{TAB}{CTRL_C}")
    assert "ran" not in out


def test_cells_are_remembered_for_the_board(person: Cells) -> None:
    person.cells(f"x = 1{ENTER}")
    assert person.cells(f"{UP}{ENTER}x + 1{ENTER}")[0] == "2\n"
    (kept,) = Path(person.folder).rglob("cells/*")
    assert list(LineHistory(kept).load_history_strings())[-1] == "x = 1"


def test_f3_opens_cells_and_exit_leaves_them(person: Cells) -> None:
    out = person.types(f"ec{F3}1 + 1{ENTER}exit{ENTER}ho back{ENTER}", "-p", person.port)[1]
    assert out == "2\nback\n"


def test_a_script_has_no_cells(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    told = sh("py")
    assert (told.code, "this needs a terminal" in told.err) == (2, True)

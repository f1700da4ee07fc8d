"""Jobs at a prompt, as a person has them: lines above the one that is typed, leaving, and whose Ctrl-C is whose."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shell.test_app import CTRL_D, ENTER, TAB, Person
from tests.terminal import Terminal

Port = Callable[..., str]
TALK = "import time\nwhile True:\n    print('said by', end=' ')\n    print('the board')\n    time.sleep(0.05)\n"


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


@pytest.mark.parametrize("leaves", [CTRL_D, f"exit{ENTER}"])
def test_leaving_while_a_job_runs_is_asked_once(person: Person, leaves: str) -> None:
    code, out, err = person.types(f"sleep 600 &{ENTER}{leaves}echo on{ENTER}{leaves}{leaves}")
    assert (code, out) == (0, "on\n")
    assert err.count("still at work: [1] sleep 600") == 2


def test_an_exit_code_is_forgotten_by_who_stays(person: Person) -> None:
    assert person.types(f"sleep 600 &{ENTER}exit 3{ENTER}kill %1{ENTER}")[0] == 0
    assert person.types(f"sleep 600 &{ENTER}exit 3{ENTER}exit 4{ENTER}")[0] == 4


def test_leaving_when_all_is_done_is_not_asked(person: Person) -> None:
    _, out, err = person.types(f"echo there &{ENTER}wait{ENTER}", NO_COLOR="1")
    assert out == "[1]: there\n"
    assert "still at work" not in err


def test_tab_knows_the_jobs(person: Person) -> None:
    _, out, err = person.types(f"sleep 600 &{ENTER}kill %{TAB}{ENTER}echo on{ENTER}")
    assert (out, err) == ("on\n", "")


def test_a_dumb_terminal_has_jobs(terminal: Terminal, port: Port) -> None:
    with terminal.running(sys.executable, "-m", "espsh", "-p", f"attic={port()}", TERM="dumb") as process:
        terminal.expect(b"Ctrl-D to leave", b" >")
        terminal.type(b"sleep 600 &\r")
        terminal.expect(b"sleep 600", b" >")
        terminal.type(b"\x04")
        terminal.expect(b"still at work: [1] sleep 600", b" >")
        terminal.type(b"\x04")
        terminal.expect(b"[1] ended  sleep 600")
        assert process.wait(30) == 0


def test_a_job_says_lines_above_the_one_that_is_typed(tmp_path: Path, terminal: Terminal, port: Port) -> None:
    (tmp_path / "talk.py").write_text(TALK)
    ports = ("-p", f"attic={port()}", "-p", f"kitchen={port()}")
    with terminal.running(sys.executable, "-m", "espsh", *ports) as process:
        terminal.expect(b"Ctrl-D to leave", b" >")
        terminal.type(b"run talk.py &\r")
        terminal.expect(b"[1] run talk.py", b"attic\x1b[0m: said by the board")
        terminal.type(b"@kitchen eval 'ty'")
        terminal.expect(b"said by the board", b"said by the board")
        terminal.type(b"+'ped'\r")
        terminal.expect(b"kitchen", b": 'typed'", b"said by the board")
        terminal.type(b"ls :\r")
        terminal.expect(b"attic is held by job 1: run talk.py", b"said by the board")
        terminal.type(b"\x03")  # at the prompt it is the line's
        terminal.expect(b"said by the board", b"said by the board")
        terminal.type(b"fg\r")
        terminal.expect(b"fg", b"said by the board", b"said by the board")
        terminal.type(b"\x03")
        terminal.expect(b"[1] ended", b"fg: interrupted", b" >")
        terminal.type(b"eval 6*7\r")
        terminal.expect(b"42", b" >")
        terminal.type(b"exit\r")
        assert process.wait(30) == 0


def test_a_program_that_has_the_screen_is_not_disturbed(tmp_path: Path, terminal: Terminal, port: Port) -> None:
    (tmp_path / "talk.py").write_text(TALK)
    with terminal.running(sys.executable, "-m", "espsh", "-p", f"attic={port()}") as process:
        terminal.expect(b"Ctrl-D to leave", b" >")
        terminal.type(b"run talk.py &\r")
        terminal.expect(b"said by the board")
        terminal.type(b"!echo bef''ore; sleep 0.4; echo af''ter\r")
        terminal.expect(b"before\r\nafter\r\n", b"said by the board")
        terminal.type(b"kill\r")
        terminal.expect(b"[1] ended")
        terminal.type(b"exit\r")
        assert process.wait(30) == 0

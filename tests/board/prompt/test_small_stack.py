"""What the answer of the command that runs a program tells of the command itself."""

from __future__ import annotations

import pytest

from espsh.board.prompt.small_stack import Damage, command, damage

HEAD = "Traceback (most recent call last):\r\n"
RUNS = next(n for n, line in enumerate(command("exec").decode().split("\n"), 1) if "exec(" in line)
OURS = '  File "<stdin>", line {}, in <module>\r\n'
THEIRS = '  File "<string>", line 1, in <module>\r\n'


def said(*frames: str, last: str = "NameError: name 'x' is not defined") -> bytes:
    return (HEAD + "".join(frames) + last + "\r\n").encode()


@pytest.mark.parametrize("mode", ["exec", "eval"])
def test_the_program_runs_on_one_line_of_the_command(mode: str) -> None:
    lines = command(mode).decode().split("\n")
    assert [number for number, line in enumerate(lines, 1) if "_espsh['code']" in line] == [RUNS]


def test_an_exception_in_the_program_is_its_own() -> None:
    assert damage("NameError", said(OURS.format(RUNS), THEIRS)) is None


def test_a_syntax_error_of_the_program_is_its_own() -> None:
    error = said(OURS.format(RUNS), '  File "<string>", line 3\r\n', last="SyntaxError: invalid syntax")
    assert damage("SyntaxError", error) is None


def test_a_damaged_line_before_the_program_means_that_it_did_not_run() -> None:
    assert damage("NameError", said(OURS.format(RUNS))) == Damage(ran=False)
    assert damage("KeyError", said(OURS.format(RUNS - 1))) == Damage(ran=False)


def test_a_damaged_line_after_the_program_means_that_it_ran() -> None:
    assert damage("KeyError", said(OURS.format(RUNS + 1))) == Damage(ran=True)
    assert damage("NameError", said(OURS.format(RUNS + 2))) == Damage(ran=True)


def test_a_command_that_did_not_compile_did_not_run() -> None:
    error = said(f'  File "<stdin>", line {RUNS + 2}\r\n', last="SyntaxError: invalid syntax")
    assert damage("SyntaxError", error) == Damage(ran=False)


def test_without_its_traceback_an_exception_may_be_of_either() -> None:
    assert damage("NameError", b"") == Damage(ran=True)


def test_no_memory_and_an_exit_are_taken_as_they_are() -> None:
    assert damage("MemoryError", said(OURS.format(RUNS))) is None
    assert damage("SystemExit", b"") is None

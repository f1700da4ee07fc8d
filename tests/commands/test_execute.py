"""Running Python on a board."""

from __future__ import annotations

import pytest

from tests.conftest import Shell


def test_exec_eval_and_the_prompt_line(board: Shell) -> None:
    assert board("exec print('a;b') # not a comment of ours").out == "a;b\n"
    assert board("eval [1, 'a']").out == "[1, 'a']\n"
    assert board(">>> 6*7").out == "42\n"
    assert board(">>> x = 6*7").out == ""
    assert board("exec x = 5\neval x").out == "5\n"


def test_output_is_binary_clean(board: Shell) -> None:
    assert board("exec import sys; sys.stdout.buffer.write(bytes(range(5, 256)))").data.startswith(bytes(range(5, 10)))


def test_an_exception_is_one_line(board: Shell) -> None:
    result = board("exec 1/0")
    assert result.code == 1
    assert result.err.splitlines()[-1] == "exec: ZeroDivisionError: divide by zero (<stdin>, line 1)"
    assert "Traceback" in board("exec 1/0", "--debug").err


def test_run_a_host_file_and_a_board_file(board: Shell) -> None:
    board.write("p.py", "import sys\nprint(sys.argv[1:])\nprint(__name__)\n")
    assert board("run p.py a 'b c'").lines == ["['a', 'b c']", "__main__"]
    assert board("cp p.py :; run :p.py x").lines == ["['x']", "__main__"]
    assert board("run nosuch.py").code == 2


@pytest.mark.parametrize(("code", "exit_code"), [("", 0), ("0", 0), ("3", 1), ("'sorry'", 1)])
def test_a_programs_own_exit(board: Shell, code: str, exit_code: int) -> None:
    board.write("p.py", f"import sys\nprint('before')\nsys.exit({code})\nprint('after')\n")
    result = board("run p.py")
    assert (result.code, result.out) == (exit_code, "before\n")


def test_a_program_that_does_not_compile_runs_not_at_all(board: Shell) -> None:
    board.write("p.py", "print('started')\n" * 50 + "def\n")
    result = board("run p.py")
    assert (result.code, result.out) == (1, "")
    assert "SyntaxError" in result.err


def test_the_repl_with_code_comes_back(board: Shell) -> None:
    assert board("repl ~ import time ~ time.sleep_ms(10) ~ print('late') ~").out == "late\n"
    assert board("repl").code == 2


def test_variables_live_until_a_reset(board: Shell) -> None:
    assert board("exec x = 1\nexec print(x)\nreset\nexec print('x' in globals())").lines == ["1", "False"]


def test_heap_and_clock(board: Shell) -> None:
    assert board("heap").out.startswith("free ")
    assert board("rtc --set; rtc").code == 0
    assert board("date").code == 0

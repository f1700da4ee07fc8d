"""Running Python on a board."""

from __future__ import annotations

from collections.abc import Callable

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


@pytest.mark.parametrize("printed", [b"no end", b"\xff\xfe\x80", b"a\x1b[31mb", b"\xc3"])
def test_a_program_prints_what_it_likes(board: Shell, printed: bytes) -> None:
    board.write("p.py", f"import sys\nsys.stdout.buffer.write({printed!r})\n")
    result = board("run p.py")
    assert (result.code, result.data) == (0, printed)


def test_an_exception_is_one_line(board: Shell) -> None:
    result = board("exec 1/0")
    assert result.code == 1
    assert result.err.splitlines()[-1] == "exec: ZeroDivisionError: divide by zero (<stdin>, line 1)"
    assert "Traceback" in board("exec 1/0", "--debug").err


def test_run_a_host_file_and_a_board_file(board: Shell) -> None:
    board.write("p.py", "import sys\nprint(sys.argv[1:])\nprint(__name__)\n")
    assert board("run p.py a 'b c'").lines == ["['a', 'b c']", "__main__"]
    assert board("run p.py --fast -x -- 3").lines[0] == "['--fast', '-x', '--', '3']"
    assert board("run --mpy p.py --mpy").lines[0] == "['--mpy']"
    assert board("cp p.py :; run :p.py x").lines == ["['x']", "__main__"]
    assert board("run nosuch.py").code == 2


@pytest.mark.parametrize("option", ["", "--mpy "])
@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("print('in')\nif 0:\n    name = input('name? ')\n", True),
        ("print('in')  # no input()\n", False),
        ("def input(text):\n    return text\nprint(input('in'))\n", False),
        ("class Pin:\n    def input(self):\n        return 'in'\nprint(Pin().input())\n", False),
    ],
)
def test_a_program_that_wants_keys_is_told_of(board: Shell, option: str, program: str, told: bool) -> None:
    board.write("sub/p.py", program)
    result = board(f"run {option}sub/p.py")
    assert (result.code, result.out) == (0, "in\n")
    said = "p.py calls input(), and run hands on no keys: repl --inject sub/p.py does\n"
    assert result.err == (said if told else "")


@pytest.mark.parametrize("option", ["", "--mpy "])
def test_what_is_no_text_is_no_program(board: Shell, option: str) -> None:
    board.write("random.py", b"print(1)\n\xff\xfe\n")
    result = board(f"run {option}random.py")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("run: random.py is not UTF-8 text\nhint: ")


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


PROGRAM = """import os, sys
print(__name__, sys.argv, os.listdir("/"), sys.path)
count = 1
def step():
    global count
    count += 1
    return count
def fail():
    raise ValueError("no")
if __name__ == "__main__":
    print(step(), before)
    if len(sys.argv) > 1:
        fail()
"""


def test_a_compiled_program_runs_as_its_source_does(board: Shell) -> None:
    board.write("p.py", PROGRAM)
    after = "\nexec print(count, step(), before, __name__, 'p' in sys.modules, sys.path)"
    plain = board("exec before = 7\nrun p.py" + after)
    compiled = board("exec before = 7\nrun --mpy p.py" + after)
    assert (plain.code, plain.lines[-1][:5]) == (0, "2 3 7")
    assert compiled == plain


@pytest.mark.parametrize("option", ["", "--mpy "])
def test_a_compiled_program_fails_as_its_source_does(board: Shell, option: str) -> None:
    board.write("p.py", PROGRAM)
    result = board(f"exec before = 7\nrun {option}p.py x", "--debug")
    assert (result.code, result.lines[1]) == (1, "2 7")
    assert result.err.splitlines() == [
        "run: ValueError: no (p.py, line 9)",
        "Traceback (most recent call last):",
        '  File "p.py", line 13, in <module>',
        '  File "p.py", line 9, in fail',
        "ValueError: no",
    ]


@pytest.mark.parametrize(("code", "exit_code"), [("", 0), ("0", 0), ("3", 1)])
def test_a_compiled_programs_own_exit(board: Shell, code: str, exit_code: int) -> None:
    board.write("p.py", f"import sys\nprint('before')\nsys.exit({code})\nprint('after')\n")
    result = board("run --mpy p.py")
    assert (result.code, result.out) == (exit_code, "before\n")


def test_a_compiled_program_leaves_nothing_but_its_names(board: Shell) -> None:
    board.write("p.py", "x = 1\nimport nosuch\n")
    seen = "import os, sys; print(sorted(os.listdir('/')), sorted(sys.modules), sys.path, sorted(globals()))"
    before, after = board(f"exec x = 0; {seen}\nrun --mpy p.py"), board(f"exec {seen}; print(x)")
    assert before.code == 1 and "no module named 'nosuch'" in before.err
    assert after.lines == [*before.lines, "1"]


def test_what_is_compiled_runs_again_and_again_and_brings_its_modules(board: Shell) -> None:
    board.write("p.py", "import helper\nhelper.x += 1\nprint(helper.x)\n")
    board.write("helper.py", "x = 0\n")
    assert board("cp helper.py :; run --mpy p.py; run --mpy p.py; run p.py").lines == ["1", "2", "3"]


def test_a_program_that_does_not_compile_on_the_host_does_not_reach_the_board(board: Shell) -> None:
    board.write("p.py", "print('started')\ndef\n")
    result = board("run --mpy p.py")
    assert (result.code, result.out, result.err) == (1, "", "run: p.py:2: SyntaxError: invalid syntax\n")


def test_a_mpy_file_runs_from_the_host_and_from_the_board(board: Shell) -> None:
    board.write("p.py", "import sys\nprint(__name__, sys.argv)\n")
    assert board("mpycross -q p.py; run p.mpy a").lines == ["__main__ ['p.mpy', 'a']"]
    assert board("cp p.mpy :; run :p.mpy b").lines == ["__main__ ['p.mpy', 'b']"]
    assert board("cp p.py :; run --mpy :p.py c").lines == ["__main__ ['p.py', 'c']"]


@pytest.mark.parametrize("options", [{"without": "deflate"}, {"without": "deflate,stdin.buffer,rawpaste"}])
def test_a_compiled_program_on_a_board_that_can_do_less(
    sh: Shell, port: Callable[..., str], options: dict[str, str]
) -> None:
    sh.ports.append(port(**options))
    sh.write("p.py", "print(__name__, [chr(n) for n in (3, 4, 200)])\n")
    assert sh("run --mpy p.py").lines == [r"__main__ ['\x03', '\x04', '\xc8']"]


@pytest.mark.parametrize(
    ("without", "said"), [("os.mount", "imports no .mpy from memory"), ("binascii.a2b_base64", "has no binascii")]
)
def test_a_board_that_cannot_run_a_compiled_program_says_so(
    sh: Shell, port: Callable[..., str], without: str, said: str
) -> None:
    sh.ports.append(port(without=without))
    sh.write("p.py", "print(1)\n")
    result = sh("run --mpy p.py")
    assert (result.code, result.out) == (1, "") and said in result.err
    assert result.err.endswith("hint: run its source\n")
    assert sh("run p.py").lines == ["1"]


def test_a_mpy_file_of_another_kind_of_board_is_refused_in_one_line(board: Shell) -> None:
    board.write("p.py", "")
    assert board("mpycross -q --for 1.12 p.py").code == 0
    result = board("run p.mpy")
    assert result.code == 1
    assert result.err.startswith(
        "run: p.mpy: compiled as .mpy version 5 (for MicroPython 1.12 to 1.18), and MicroPython "
    )
    board.write("p.mpy", "no such thing")
    assert "this is no .mpy file" in board("run p.mpy").err


@pytest.mark.parametrize("line", ["exec import old", "run user.py", "run --mpy user.py", ">>> import old"])
def test_an_import_of_a_mpy_file_of_another_kind_names_it(board: Shell, line: str) -> None:
    board.write("old.py", "x = 1\n")
    board.write("user.py", "import old\n")
    assert board("mpycross -q --for 1.12 old.py; mkdir :lib; cp old.mpy :/lib").code == 0
    result = board(line)
    message, hint = result.err.splitlines()
    assert result.code == 1 and "ValueError: incompatible .mpy file" in message
    assert hint.startswith("hint: /lib/old.mpy: compiled as .mpy version 5 (for MicroPython 1.12 to 1.18), and ")


def test_an_error_of_the_program_that_only_sounds_so_keeps_its_words(board: Shell) -> None:
    assert board("exec raise ValueError('incompatible .mpy file')").err.count("\n") == 1


def test_the_repl_with_code_comes_back(board: Shell) -> None:
    assert board("repl ~ import time ~ time.sleep_ms(10) ~ print('late') ~").out == "late\n"
    assert board("repl").code == 2


def test_variables_live_until_a_reset(board: Shell) -> None:
    assert board("exec x = 1\nexec print(x)\nreset\nexec print('x' in globals())").lines == ["1", "False"]


def test_heap_and_clock(board: Shell) -> None:
    assert board("heap").out.startswith("free ")
    assert board("rtc --set; rtc").code == 0
    assert board("date").code == 0

"""plot: what a program prints as lines on a terminal, as CSV elsewhere."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Shell

if TYPE_CHECKING:
    from tests.terminal import Terminal

WAVE = "print('begin')\nfor n in range(5):\n    print('a:%d b:%d' % (n, 10 - n))\nprint('end \\x1b[31m')\n"


def columns(csv: str) -> list[str]:
    """Return lines of CSV without their times."""
    return [line.partition(",")[2] for line in csv.splitlines()]


def heard(sh: Shell) -> list[str]:
    """Return what is heard of a program that prints numbers; on a loaded computer the board may still start."""
    for _ in range(40):
        lines = columns(sh("plot --for 500ms").out)
        if len(lines) > 1:
            return lines
    pytest.fail("nothing was heard for 20 s")


def test_without_a_terminal_it_is_csv(board: Shell) -> None:
    board.write("wave.py", WAVE)
    done = board("plot wave.py")
    assert done.code == 0
    assert columns(done.out) == ["a,b", "0.0,10.0", "1.0,9.0", "2.0,8.0", "3.0,7.0", "4.0,6.0"]
    assert done.err == "begin\nend \n"


def test_on_a_terminal_csv_is_asked_for(terminal: Terminal, port: Callable[..., str]) -> None:
    argv = (sys.executable, "-m", "espsh", "-p", port(), "plot", "--csv", "--exec", "print('a:1')")
    with terminal.running(*argv) as process:
        terminal.expect(b"seconds,a\r\n0.000,1.0\r\n")
        assert process.wait(30) == 0


def test_code_and_what_it_prints_of_tuples(board: Shell) -> None:
    assert columns(board("plot --exec \"print((1, 2)); print(3); print({'a': 4})\"").out) == [
        "1,2", "1.0,2.0", "1,2,value", ",,3.0", "1,2,value,a", ",,,4.0",
    ]  # fmt: skip


def test_what_is_not_in_the_table_is_said_once(board: Shell) -> None:
    done = board('plot --exec "for _ in range(2): print(list(range(14)))"')
    assert done.code == 0
    assert columns(done.out)[0] == ",".join(map(str, range(1, 13)))
    assert done.err == "4 numbers beyond 12 series left out\n"


def test_no_numbers_at_all_are_said(board: Shell) -> None:
    done = board("plot --exec \"print('hello')\"")
    assert (done.code, done.out, done.err) == (0, "", "hello\nno line had numbers\n")


def test_all_is_kept_in_a_file_however_it_ends(board: Shell) -> None:
    done = board("plot --exec \"print('a:1'); print('a:2 b:3'); 1/0\" --save kept.csv")
    assert done.code == 1
    assert "ZeroDivisionError" in done.err
    assert columns(board.read("kept.csv").decode()) == ["a,b", "1.0,", "2.0,3.0"]


def test_a_program_of_the_board_and_a_time(board: Shell) -> None:
    board.write("endless.py", "n = 0\nwhile True:\n    print(n)\n    n += 1\n")
    done = board("cp endless.py :; plot :endless.py --for 300ms; eval n > 0")
    assert done.code == 0
    assert done.out.startswith("seconds,value\n0.000,0.0\n")
    assert done.lines[-1] == "True"


def test_a_program_that_runs_is_listened_to_and_goes_on(sh: Shell, port: Callable[..., str]) -> None:
    sh.write(
        "main/main.py", "import time\nn = 0\nwhile True:\n    print('n:%d' % n)\n    n += 1\n    time.sleep_ms(20)\n"
    )
    sh.ports.append(port(dir=str(sh.folder / "main")))
    first, again = heard(sh), heard(sh)
    assert first[0] == "n"
    assert float(again[-1]) > float(first[-1]) > 0


def test_a_board_that_goes_is_waited_for(sh: Shell, port: Callable[..., str]) -> None:
    sh.write("main/main.py", "import time\nn = 0\nwhile True:\n    print(n)\n    n += 1\n    time.sleep_ms(20)\n")
    sh.ports.append(port(dir=str(sh.folder / "main"), fault="unplug:down@800:replug=300ms"))
    done = sh("plot --for 5s")
    assert done.code == 0
    assert done.err.count("the board is gone") == 1
    values = [float(line) for line in columns(done.out)[1:]]
    assert values == sorted(values)
    assert any(after - before > 5 for before, after in itertools.pairwise(values))


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("plot wave.py --exec 1", 2, "plot: name a program or give code, not both\n"),
        ("plot none.py", 2, "no such file"),
        ("plot random.bin", 2, "random.bin: this is not UTF-8\nhint: "),
        ("plot --exec 1 --last 1000000", 2, "plot: a picture of 1000000 lines is too much\n"),
        ("plot --exec 1 --save x.jpg", 2, "plot: 'x.jpg' is no CSV and no picture\nhint: --save FILE.csv, .png"),
        ("plot --exec 1 --save none/x.csv", 2, "none/x.csv: no such file or directory\n"),
    ],
)
def test_what_cannot_be_done_says_why(board: Shell, line: str, code: int, said: str) -> None:
    board.write("wave.py", WAVE)
    board.write("random.bin", b"\xff\xfe\x80")
    done = board(line)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_on_a_terminal_it_is_drawn(terminal: Terminal, port: Callable[..., str]) -> None:
    terminal.resize(30, 60)
    code = "for n in range(50): print('up:%d' % n, 'down:%d' % -n)"
    argv = (sys.executable, "-m", "espsh", "-p", port(), "plot", "--exec", f"print('\\x1b[31mhi'); {code}")
    with terminal.running(*argv[:-1], f"print('\\x1b[31mhi')\n{code}", NO_COLOR="1") as process:
        terminal.expect(b"lines 1 to 50", b"series")
        terminal.expect(b"down")
        assert process.wait(30) == 0
    assert b"hi\r\n" in terminal.seen
    assert b"\x1b[31m" not in terminal.seen
    assert "⠁".encode()[:2] in terminal.seen
    assert b"up 49  down -49" in terminal.seen


@pytest.mark.parametrize("key", [b"q", b"\x03"])
def test_a_key_ends_it(terminal: Terminal, port: Callable[..., str], key: bytes) -> None:
    terminal.resize(24, 25)
    code = "n = 0\nwhile True:\n    n += 1\n    print(n)"
    with terminal.running(sys.executable, "-m", "espsh", "-p", port(), "plot", "--exec", code) as process:
        terminal.expect(b"value ", b"q leaves")
        terminal.type(key)
        terminal.expect(b"series")
        assert process.wait(30) == 0

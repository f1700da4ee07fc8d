"""Whatever is wrong gets one line, a hint, the right exit code, and changes nothing."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from tests.conftest import Result, Shell

Port = Callable[..., str]
ALL_BYTES = bytes(range(256))
ODD_NAMES = ["with blank.txt", "O'zbek =é 你好.py", 'say "hi".txt', "a=b.txt", "semi;colon #1.txt", "back\\slash.txt"]


def assert_told(result: Result, code: int, message: str, hint: str = "") -> None:
    """The result is a refusal in one line on stderr (and a hint), without a traceback."""
    assert result.code == code, result.err
    said = [line for line in result.err.splitlines() if not line.startswith("hint: ")]
    assert re.search(message, said[-1]), result.err
    assert "Traceback" not in result.err
    assert hint in result.err


def quoted(name: str) -> str:
    quote = '"' if "'" in name else "'"
    return f"{quote}{name}{quote}"


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("mkdri", "no command 'mkdri'", "did you mean 'mkdir'?"),
        ("ls --recursiv", "no option --recursiv", "did you mean '--recursive'?"),
        ("rm", "PATH is missing", "usage: rm"),
        ("cp nosuch.py :", "nosuch.py: no such file", ""),
        ("cat :nosuch.py", "nosuch.py: no such file", ""),
        ("cp folder :", "folder is a directory", "cp -r"),
        ("cp a.txt :boot.py/x", "boot.py is a file, not a directory", ""),
        ("cp a.txt :nodir/x", "nodir: no such directory", ""),
        ("cp a.txt nowhere:/x", "no board 'nowhere' is connected", "connected:"),
        ("rm -r :/", "cannot be removed", ""),
        ("cp a.txt ':", "a ' is not closed", ""),
        ("sleep soon", "'soon' is no number", ""),
        ("mv :nosuch :other", "no such file", ""),
        ("cd :nosuch", "no such file", ""),
        ("cd :boot.py", "not a directory", ""),
        ("cp -r '' :", "an empty word is no path", ""),
        ("rm -r ''", "an empty word is no path", ""),
        ("rm -r ..", "cannot be removed", ""),
        ("rm -r .", "cannot be removed", ""),
        ("df :nosuch", "esp32:/nosuch: no such file", ""),
        ("tree :nosuch", "no such file", ""),
        ("eval", "EXPRESSION is missing", "usage: eval"),
        ("cp a.txt", "TARGET is missing", "usage: cp"),
        ("edit :boot.py", "needs a terminal", ""),
        ("cat folder", "is a directory", ""),
        ("echo x > nodir/x", "nodir/x: no such file", ""),
    ],
)
def test_a_wrong_line_is_refused(board: Shell, line: str, message: str, hint: str) -> None:
    board.write("a.txt", "new")
    board.write("folder/b.txt", "b")
    assert board("cp a.txt :boot.py").code == 0
    before = board("ls -lR :").out
    assert_told(board(line), 2, message, hint)
    assert board("ls -lR :").out == before


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("mkdri", "did you mean 'mkdir'?"),
        ("mkdri", "did you mean 'mkdir'?"),
        ("hlep", "did you mean 'help'?"),
        ("connet", "did you mean 'connect'?"),
        ("lss", "did you mean 'less' or 'ls'?"),
        ("bogus", "help lists the commands"),
        ("nosuch", "help lists the commands"),
        ("if", "help lists the commands"),
        ("unplug", "help lists the commands"),
        ("upload", "help lists the commands"),
        ("x", "help lists the commands"),
        ("--json", "options of espsh stand first, before @boards and the command: espsh --json …"),
    ],
)
def test_an_unknown_command_has_a_hint(sh: Shell, word: str, hint: str) -> None:
    assert sh(word).err.splitlines() == [f"{word}: no command '{word}'", f"hint: {hint}"]


@pytest.mark.parametrize(
    "line", ["no\x1b[2Jsuch", "cat 'no\x1b[2Jsuch'", "ls --no\x1b[2Jsuch", "cat :no\x1b[2Jsuch", "cd no\x1b[2Jsuch:"]
)
def test_control_characters_are_shown_escaped(board: Shell, line: str) -> None:
    assert_told(board(line), 2, r"no\\x1b\[2Jsuch")


def test_an_error_stays_one_line(board: Shell) -> None:
    result = board.run("cat", "no\nsuch\r.py")
    assert_told(result, 2, r"no\\nsuch\\r\.py: no such file")
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_goes_there_and_back(board: Shell, name: str) -> None:
    board.write(name, ALL_BYTES)
    result = board(f"cp {quoted(name)} :; cp :{quoted(name)} back")
    assert (result.code, result.err) == (0, "")
    assert board.read("back") == ALL_BYTES
    assert board("ls :").lines == [name]


@pytest.mark.parametrize("data", [b"", b"\n", ALL_BYTES, ALL_BYTES * 40, b"\x04" * 300, b"\x03\x01\r\n" * 200])
def test_any_content_goes_there_and_back(board: Shell, data: bytes) -> None:
    board.write("data.bin", data)
    assert board("cp data.bin :; cp :data.bin back.bin").code == 0
    assert board.read("back.bin") == data
    assert board("cat :data.bin").data == data


def test_a_full_disk_keeps_the_old_file(sh: Shell, port: Port) -> None:
    sh.ports.append(port(size="64k"))
    sh.write("old.txt", "old")
    sh.write("big.bin", random.Random(1).randbytes(100_000))
    assert sh("cp old.txt :file").code == 0
    assert_told(sh("cp big.bin :file"), 1, "(?i)no (room|space)|full")
    assert sh("cat :file").out == "old"
    assert sh("ls -a :").lines == ["file"]


def test_a_read_only_disk_is_said(sh: Shell, port: Port) -> None:
    sh.ports.append(port(disk="ro"))
    sh.write("a.txt", "a")
    assert_told(sh("cp a.txt :"), 1, "(?i)read-only")


@pytest.mark.parametrize("app", ["silent", "chatter", "bootloop"])
def test_no_micropython_behind_the_port(sh: Shell, port: Port, app: str) -> None:
    sh.ports.append(port(app=app))
    result = sh("ls :")
    assert_told(result, 3, ".")
    assert "hint: " in result.err


def test_a_wrong_baud_rate_is_named(sh: Shell, port: Port) -> None:
    sh.ports.append(port(baud="115200"))
    assert_told(sh.run("-b", "9600", "ls", ":"), 3, "garbled", "hint: most likely the baud rate is wrong")
    assert sh.run("ls", ":").code == 0


def test_a_missing_port(sh: Shell) -> None:
    sh.ports.append("/dev/ttyNOPE7")
    assert_told(sh("ls :"), 3, "/dev/ttyNOPE7")


def test_a_port_that_vanishes_in_the_middle(sh: Shell, port: Port) -> None:
    sh.ports.append(port(fault="unplug@6000"))
    sh.write("big.bin", random.Random(1).randbytes(30_000))
    assert_told(sh("cp big.bin :"), 4, "(?i)gone|lost")


@pytest.mark.parametrize(
    "program",
    [
        "while True:\n  pass",
        "while True:\n  try:\n    pass\n  except KeyboardInterrupt:\n    pass\n",
        "import sys\nsys.ps1 = '$ '\nwhile True: print('tick')",
    ],
    ids=["busy", "swallows-one-interrupt", "changed-prompt"],
)
def test_a_board_that_runs_something_is_still_reached(sh: Shell, port: Port, program: str) -> None:
    sh.ports.append(port())
    sh.write("main.py", program)
    assert sh("cp main.py :; reset").code == 0
    result = sh("eval 1+1")
    assert (result.code, result.out) == (0, "2\n"), result.err
    assert "interrupted" in result.err


def test_a_board_left_in_raw_mode_by_another_tool(sh: Shell, port: Port) -> None:
    import serial

    import espsh.ports.open  # noqa: F401 - registers sim:

    sh.ports.append(port())
    url = sh.ports[0].replace("sim:", "sim://", 1)
    with serial.serial_for_url(url, timeout=5) as other:
        other.write(b"\x03\x03\x01")
        assert other.read_until(b"raw REPL; CTRL-B to exit\r\n>").endswith(b">")
    assert sh("eval 1+1").out == "2\n"


def test_two_on_one_port(sh: Shell, port: Port) -> None:
    import serial

    import espsh.ports.open  # noqa: F401 - registers sim:

    sh.ports.append(port())
    with serial.serial_for_url(sh.ports[0].replace("sim:", "sim://", 1)):
        assert_told(sh("ls :"), 3, "(?i)busy")


@pytest.mark.parametrize("seed", range(4))
def test_bytes_lost_in_the_middle_run_nothing_half_right(sh: Shell, port: Port, seed: int) -> None:
    """One byte in five hundred lost: the program runs whole or not at all, and the copy is right.

    For the program on the way up only: what a program prints carries no checksum.
    """
    from espsh.sim.machine import machine_at

    sh.ports.append(port(fault="lose:up:0.002", seed=str(seed)))
    program = "total = 0\n" + "".join(f"total += {n}\n" for n in range(200)) + "print('total', total)\n"
    sh.write("sum.py", program)
    result = sh("run sum.py")
    assert (result.code == 0) == (f"total {sum(range(200))}" in result.out)
    assert re.findall(r"total \d+", result.out) in ([], [f"total {sum(range(200))}"])
    machine_at(sh.ports[0]).faults.add("lose:down:0.002")
    sh.write("all.bin", ALL_BYTES * 8)
    copied = sh("cp all.bin :; sha256sum all.bin :all.bin")
    assert copied.code in (0, 3, 4)
    if copied.code == 0:
        assert len({line.split()[0] for line in copied.lines}) == 1

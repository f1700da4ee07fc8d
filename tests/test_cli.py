from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from espsh import __version__
from espsh.base.world import World
from espsh.cli import main
from tests.conftest import Shell

CP210X = {"vid": 0x10C4, "pid": 0xEA60}


def usb(device: str, **more: Any) -> Any:
    facts = {"description": "n/a", "vid": None, "pid": None, "serial_number": None, "location": None}
    return SimpleNamespace(device=device, **{**facts, **more})


@pytest.fixture
def ports(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the computer have these serial ports."""
    sh.env.pop("ESPSH_PORT", None)

    def put(*found: Any) -> None:
        monkeypatch.setattr("serial.tools.list_ports.comports", lambda: list(found))

    return put


def test_version_and_help(sh: Shell) -> None:
    assert sh.run("--version").out == f"espsh {__version__}\n"
    assert "usage: espsh" in sh.run("-h").out
    assert "cp" in sh.run("help").out


def test_a_wrong_option_is_usage(sh: Shell) -> None:
    found = sh.run("--prot", "x")
    assert found.code == 2
    assert found.err == "no option --prot\nhint: did you mean '--port'?\n"


def test_words_are_not_read_again(sh: Shell) -> None:
    words = ["a b", "#x", ";", "it's", ">", "C:\\x"]
    assert sh.run("args", *words).lines == [f"arg[{i}] = {word!r}" for i, word in enumerate(words)]


def test_options_after_the_first_word_are_the_commands(sh: Shell) -> None:
    sh.write(".hidden", "")
    assert ".hidden" in sh.run("ls", "-a").out
    assert sh.run("ls", "--version").code == 2


def test_several_lines(sh: Shell) -> None:
    assert sh.run("-c", "echo a; echo b", "-c", "echo c").lines == ["a", "b", "c"]


def test_a_wrong_word_is_found_before_anything_runs(sh: Shell) -> None:
    found = sh.run("-c", "echo a > made.txt", "-c", "echo b; ls --nonsense")
    assert (found.code, found.out) == (2, "")
    assert not (sh.folder / "made.txt").exists()
    assert sh.run("-k", "-c", "echo a; nonsense; echo b").lines == ["a", "b"]


def test_help_needs_no_board_even_where_one_is_named(sh: Shell) -> None:
    assert sh.run("-p", "/dev/nosuchport", "help", "ls").code == 0
    assert sh.run("-p", "/dev/nosuchport", "cp", "--help").code == 0
    assert sh.run("-p", "/dev/nosuchport", "cp", "--nonsense").code == 2


def test_a_command_without_a_board_needs_no_port(sh: Shell, ports: Callable[..., None]) -> None:
    ports()
    sh.write("a.txt", "x")
    found = sh("ls; cp a.txt b.txt; cat b.txt")
    assert (found.code, found.err) == (0, "")


def test_without_a_port_a_board_command_cannot_connect(sh: Shell, ports: Callable[..., None]) -> None:
    ports(usb("/dev/ttyS0"), usb("/dev/cu.Bluetooth-Incoming-Port"))
    found = sh("ls :")
    assert found.code == 3
    assert "none is seen on USB" in found.err
    assert "/dev/ttyS0" in found.err


def test_of_several_boards_a_script_picks_none(sh: Shell, ports: Callable[..., None]) -> None:
    ports(usb("/dev/ttyUSB1", **CP210X), usb("/dev/ttyUSB0", **CP210X))
    found = sh("ls :")
    assert found.code == 3
    assert "several boards are on USB: /dev/ttyUSB0 (CP210x), /dev/ttyUSB1 (CP210x)" in found.err
    assert "-p" in found.err


def test_the_only_board_on_usb_is_used_and_named(sh: Shell, ports: Callable[..., None]) -> None:
    ports(usb("/dev/nosuchport", **CP210X), usb("/dev/ttyS0"))
    found = sh("ls :")
    assert found.code == 3
    assert found.err.startswith("using /dev/nosuchport (CP210x), the only board on USB\n")
    assert "only board" not in sh("ls :", "-q").err


def test_the_port_none_keeps_the_only_board_alone(sh: Shell, ports: Callable[..., None]) -> None:
    ports(usb("/dev/nosuchport", **CP210X))
    sh.env["ESPSH_PORT"] = "none"
    found = sh("ls :")
    assert found.code == 2
    assert "no board is connected" in found.err or "none is connected" in found.err


def test_the_list_of_ports(sh: Shell, ports: Callable[..., None]) -> None:
    ports(usb("/dev/ttyS0"), usb("/dev/ttyUSB0", **CP210X, serial_number="0001"))
    assert [line.split() for line in sh.run("--list").lines] == [
        ["port", "usb", "id", "serial", "what"],
        ["*", "/dev/ttyUSB0", "10c4:ea60", "0001", "CP210x"],
        ["/dev/ttyS0", "-", "-", "-"],
    ]
    records = json.loads(sh.run("--list", "--json").out)
    assert [(r["port"], r["plausible"]) for r in records] == [("/dev/ttyUSB0", True), ("/dev/ttyS0", False)]


def test_an_empty_list_of_ports_says_so(sh: Shell, ports: Callable[..., None]) -> None:
    ports()
    found = sh.run("--list")
    assert (found.code, found.out) == (0, "")
    assert "no serial port" in found.err


def test_timing_and_quiet(sh: Shell) -> None:
    assert re.search(r"took \d\.\d{3} seconds", sh("echo a", "--timing").err)


class ClosedPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError

    flush = write  # type: ignore[assignment]


def test_a_reader_that_went_away_is_no_error(sh: Shell) -> None:
    err = io.StringIO()
    assert main(["-c", "echo a; echo b"], World(io.StringIO(), ClosedPipe(), err, sh.env, sh.folder)) == 141
    assert err.getvalue() == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
@pytest.mark.parametrize(
    "words",
    [
        ["help"],
        ["--version"],
        ["--list", "--json"],
        ["ls"],
        ["--json", "ls"],
        ["-c", "ls &"],
        ["-c", "@all ls &; wait"],
    ],
)
def test_a_full_disk_is_said_once(sh: Shell, port: Callable[..., str], words: list[str]) -> None:
    boards = [word for name in ("attic", "kitchen") for word in ("-p", f"{name}={port()}")]
    sh.write("a.txt", "x")
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "espsh", *(boards if "&" in words[-1] else []), *words]
        found = subprocess.run(command, cwd=sh.folder, env=sh.env, stdout=full, stderr=subprocess.PIPE, check=False)
    assert found.stderr == b"the output cannot be written: no space left on device\n"
    assert found.returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="a shell that closes streams")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_nowhere(sh: Shell, port: Callable[..., str], closed: str) -> None:
    command = f"{sys.executable} -m espsh -p {shlex.quote(port())} -c 'touch :a; cp :a back; ls :' {closed}"
    found = subprocess.run(["sh", "-c", command], cwd=sh.folder, env=sh.env, capture_output=True, check=False)
    assert (found.returncode, found.stderr) == (0, b"")
    assert found.stdout == (b"" if " >&" in f" {closed}" else b"a\n")
    assert sh.read("back") == b""
    command = f"{sys.executable} -m espsh ls nofile {closed}"
    assert subprocess.run(["sh", "-c", command], cwd=sh.folder, env=sh.env, check=False).returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
def test_a_trace_that_cannot_go_on_is_told_once_and_stops_nothing(board: Shell) -> None:
    board.write("a.bin", bytes(5000))
    done = board("cp a.bin :; sha256sum :a.bin", "--trace", "/dev/full")
    assert done.code == 0
    assert done.err == "esp32: the trace /dev/full ends here: No space left on device\n"


def test_text_that_the_systems_encoding_has_not(sh: Shell, port: Callable[..., str]) -> None:
    ascii_only = {**sh.env, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    def run(line: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "espsh", "-p", port(), "-c", line]
        return subprocess.run(command, cwd=sh.folder, env=ascii_only, capture_output=True, check=False)

    assert run("exec print('hé')").stdout.decode() == "hé\n"
    found = run("touch ':hé'; ls :; cp :hé .")
    assert (found.returncode, found.stdout.decode()) == (1, "hé\n")
    assert (
        b"has letters that this system's encoding, ascii, has not\nhint: have names of files in UTF-8" in found.stderr
    )


def test_ctrl_c_in_a_command(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("espsh.commands.host.time.sleep", interrupt)
    found = sh("sleep 5; echo never", "-k")
    assert (found.code, found.out, found.err) == (130, "", "sleep: interrupted\n")


@pytest.fixture
def running(sh: Shell) -> Iterator[subprocess.Popen[str]]:
    """A real espsh that has begun and then waits for long."""
    command = [sys.executable, "-m", "espsh", "-c", "echo begun; sleep 600"]
    with subprocess.Popen(
        command, cwd=sh.folder, env=sh.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("number", "code", "said"), [(signal.SIGTERM, 143, ""), (signal.SIGINT, 130, "interrupted")])
def test_signals_end_it_without_a_traceback(
    running: subprocess.Popen[str], number: signal.Signals, code: int, said: str
) -> None:
    running.send_signal(number)
    _, err = running.communicate(timeout=30)
    assert running.returncode == code
    assert said in err
    assert "Traceback" not in err


def test_a_pipe_closed_by_its_reader_leaves_no_traceback(sh: Shell) -> None:
    for number in range(2000):
        (sh.folder / f"file{number:04}").touch()
    command = f"{sys.executable} -m espsh -c 'ls -l' | head -1"
    found = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=sh.folder,
        env=sh.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode in (0, 141)
    assert found.stderr == ""
    assert "file0000" in found.stdout


def test_python_dash_m(sh: Shell, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "espsh", "echo", "hi"]
    assert subprocess.check_output(command, env=sh.env, cwd=tmp_path, text=True) == "hi\n"

"""``serve``: a board of ours for other programs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import serial

from tests.conftest import Shell

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial 3.5's own client

Serve = Callable[..., tuple["subprocess.Popen[str]", str]]


@pytest.fixture
def serve(sh: Shell) -> Iterator[Serve]:
    """Start ``espsh … serve …`` as a process of its own; return it and the URL that it says."""
    with contextlib.ExitStack() as stack:

        def start(port: str, *words: str) -> tuple[subprocess.Popen[str], str]:
            command = [sys.executable, "-W", "error", "-m", "espsh", "-p", f"attic={port}", "serve", *words]
            pipe = subprocess.PIPE
            env = {**os.environ, **sh.env}
            process = stack.enter_context(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=env))
            stack.callback(process.kill)
            assert process.stdout is not None
            return process, process.stdout.readline().strip()

        yield start


def end(process: subprocess.Popen[str]) -> list[str]:
    """Press Ctrl-C; return what was said."""
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return err.splitlines()


@pytest.mark.parametrize("tool", ["espsh", "mpremote"])
def test_another_tool_uses_the_board(tool: str, serve: Serve, port: Callable[..., str], sh: Shell) -> None:
    process, url = serve(port())
    command = {
        "espsh": [sys.executable, "-m", "espsh", "-p", url, "eval", "6*7"],
        "mpremote": [sys.executable, "-m", "mpremote", "connect", url, "eval", "6*7"],
    }[tool]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **sh.env}, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr
    came, left = end(process)
    assert came.endswith(" uses it")
    assert left == came.replace(" uses it", " left")


def test_the_lines_reach_the_board(serve: Serve, port: Callable[..., str], sh: Shell) -> None:
    process, url = serve(port())
    sh.ports.append(url)
    found = sh("flash_id; ls :")
    assert found.code == 0, found.err
    assert "W25Q32" in found.out
    end(process)


def test_one_at_a_time(serve: Serve, port: Callable[..., str], sh: Shell) -> None:
    process, url = serve(port())
    with serial.serial_for_url(url, timeout=30) as first:
        first.write(b"\r")
        assert first.read_until(b">>> ")
        refused = sh.run("-p", url, "ls", ":")
        assert refused.code == 3
        assert f"{url} cannot be opened: the server says: in use by 127.0.0.1:" in refused.err
        assert "hint: one program at a time: close it there first" in refused.err
        first.write(b"6*7\r")
        assert b"42" in first.read_until(b">>> ")
    assert sh.run("-p", url, "--wait", "20", "eval", "6*7").lines == ["42"]
    assert any("was refused" in line for line in end(process))


def test_the_line_is_as_before_when_a_client_has_left(serve: Serve, port: Callable[..., str], sh: Shell) -> None:
    """A client that is killed in the middle of a reset would hold the chip in it."""
    process, url = serve(port())
    with serial.serial_for_url(url, 9600, timeout=30) as first:
        first.dtr = False
        first.rts = True
    assert sh.run("-p", url, "--wait", "20", "eval", "6*7").lines == ["42"]
    end(process)


def test_a_board_without_lines(serve: Serve, sh: Shell) -> None:
    """Whoever sets a line gets an answer, though a pty has none."""
    board = subprocess.Popen(
        [sys.executable, "-m", "espsh.sim", "esp32/lineless?latency=0&baud=0", "--pty"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, **sh.env},
    )  # fmt: skip
    with board:
        assert board.stdout is not None
        process, url = serve(board.stdout.readline().strip())
        with serial.serial_for_url(url, timeout=30) as client:
            client.dtr = False
            client.write(b"\r")
            assert client.read_until(b">>> ")
        end(process)
        board.terminate()


def test_a_board_that_goes_ends_it(serve: Serve, sh: Shell) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "espsh.sim", "esp32/gone?latency=0&baud=0", "--pty"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, **sh.env},
    ) as board:  # fmt: skip
        assert board.stdout is not None
        process, _ = serve(board.stdout.readline().strip())
        board.terminate()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 4, err
    assert err.splitlines() == ["serve: the port went away, so nothing is served any more"]


def test_several_boards_at_once(port: Callable[..., str], sh: Shell) -> None:
    urls: list[str] = []
    sh.ports += [f"attic={port()}", f"kitchen={port()}"]
    command = [sys.executable, "-m", "espsh", *(word for one in sh.ports for word in ("-p", one)), "@all", "serve"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **sh.env}
    ) as process:
        assert process.stdout is not None
        names = {}
        for _ in range(2):
            name, _, url = process.stdout.readline().strip().partition(": ")
            names[name] = url
        assert set(names) == {"attic", "kitchen"}
        urls += names.values()
        for url in urls:
            assert Shell(sh.folder, sh.env).run("-p", url, "eval", "6*7").lines == ["42"]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("--rfc2217 99999", 2, "99999 is no TCP port"),
        ("--rfc2217 x", 2, "'x' is no whole number"),
        ("--bind 192.0.2.1", 3, "cannot listen on 192.0.2.1:0"),
        ("nobody", 2, "no board 'nobody'"),
    ],
)
def test_bad_input(board: Shell, words: str, code: int, told: str) -> None:
    done = board(f"serve {words}")
    assert done.code == code
    assert told in done.err


def test_a_tcp_port_in_use(board: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        number = held.getsockname()[1]
        done = board(f"serve --rfc2217 {number}")
    assert done.code == 3
    assert f"cannot listen on localhost:{number}: Address already in use" in done.err
    assert "hint: another TCP port" in done.err


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1"])
def test_who_serves_to_others_is_warned(address: str, board: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("espsh.serve.serve_rfc2217", interrupt)
    done = board(f"serve --bind {address}; serve")
    assert done.code == 0
    (warning,) = done.err.splitlines()
    assert f"whoever reaches {address} can use" in warning
    assert "ssh -L" in warning

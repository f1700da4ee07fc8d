"""Boards behind a real ser2net."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from espsh.ports.open import PortSettings, open_port
from espsh.ports.protocol_rfc2217 import Serial
from espsh.ports.protocol_socket import Serial as Socket
from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from tests.conftest import Shell
from tests.ports.conftest import Falter, Program, free_port

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial 3.5's own client

Start = Callable[..., Program]
ACCEPTERS = {"rfc2217": "telnet(rfc2217),tcp,127.0.0.1,{}", "socket": "tcp,127.0.0.1,{}"}


@pytest.fixture(params=["rfc2217", "socket"])
def shared(request: pytest.FixtureRequest, ser2net: Start, pty_board: str, sh: Shell) -> tuple[Shell, Program, str]:
    """A shell whose board is a pty's, behind ser2net; its server; its port's scheme."""
    number = free_port()
    server = ser2net(ACCEPTERS[request.param].format(number), f"serialdev,{pty_board},115200n81,local")
    sh.ports.append(f"far={request.param}://127.0.0.1:{number}")
    return sh, server, request.param


def test_files_and_programs(shared: tuple[Shell, Program, str]) -> None:
    sh, _, scheme = shared
    data = bytes(range(256)) * 40
    sh.write("src/data.bin", data)
    sh.write("src/lib/a.py", "A = 1\n")
    done = sh("rsync src/ :/; rsync src/ :/; cp :data.bin back.bin; boards", "--wait", "20")
    assert done.code == 0, done.err
    assert sh.read("back.bin") == data
    assert f"{scheme}://127.0.0.1:" in done.out
    assert sh("eval __import__('lib.a').a.A", "--wait", "20").lines == ["1"]


def test_a_copy_goes_on_when_the_server_was_killed(
    shared: tuple[Shell, Program, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sh, server, scheme = shared
    data = random.Random(1).randbytes(30_000)
    sh.write("data.bin", data)

    def restart() -> None:
        server.kill()
        server.start()

    falter = Falter(monkeypatch, {"rfc2217": Serial, "socket": Socket}[scheme], 12_000, restart)
    done = sh("cp data.bin :; sha256sum :data.bin; cp :data.bin back.bin", "--wait", "20")
    assert done.code == 0, done.err
    assert falter.happened
    assert "far: the board is gone: the server hung up; waiting 20 s for it to come back" in done.err
    assert "far: connected again" in done.err
    assert sh.read("back.bin") == data


def test_another_board_behind_the_server_that_comes_back_is_not_written_to(
    ser2net: Start, serving: Callable[..., str], sh: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from espsh.serve import serve_pty

    first, second = serving(serve_pty), serving(serve_pty)
    number = free_port()
    accepter = ACCEPTERS["rfc2217"].format(number)
    server = ser2net(accepter, f"serialdev,{first},115200n81,local")
    sh.write("data.bin", random.Random(1).randbytes(30_000))

    def swap() -> None:
        server.kill()
        ser2net(accepter, f"serialdev,{second},115200n81,local")

    Falter(monkeypatch, Serial, 12_000, swap)
    url = f"rfc2217://127.0.0.1:{number}"
    done = sh.run("-p", f"far={url}", "--wait", "20", "cp", "data.bin", ":")
    assert done.code == 3
    assert f"another board is on {url} now" in done.err
    seen = sh.run("-p", f"other={url}", "--wait", "20", "ls", ":")
    assert (seen.code, seen.out) == (0, ""), seen.err


def test_a_second_client_is_told(shared: tuple[Shell, Program, str]) -> None:
    sh, _, _ = shared
    url = sh.ports[0].partition("=")[2]
    with open_port(url, PortSettings(wait=20)) as first:
        first.timeout = 20
        first.write(b"\r")
        assert first.read_until(b">>> ").endswith(b">>> ")  # it is in
        refused = sh("ls :")
    assert refused.code == 3
    assert refused.err.splitlines() == [
        f"{url} cannot be opened: the server says: Port already in use",
        "hint: one program at a time: close it there first",
    ]


def test_a_chip_is_flashed_where_the_server_has_lines(ser2net: Start, far: Callable[..., str], sh: Shell) -> None:
    """A pty has none; ser2net reaches the virtual board over RFC 2217, lines included, and hands that on.

    In one session: a ser2net whose own server refused it once, since the last client was still there, is busy for good.
    """
    number = free_port()
    board = far(blank="1").rpartition(":")[2]
    ser2net(ACCEPTERS["rfc2217"].format(number), f"telnet(rfc2217),tcp,127.0.0.1,{board}")
    sh.write("new.bin", firmware.merged(RECIPES["esp32"], Build(app_size=60_000)))
    sh.ports.append(f"far=rfc2217://127.0.0.1:{number}")
    done = sh("flash -y new.bin; eval 6*7", "--wait", "20")
    assert done.code == 0, done.err
    flashed, answer = done.lines
    assert "FLASHED · VERIFIED · BOOTED" in flashed
    assert answer == "42"


def test_the_pty_board_has_no_lines_and_is_reset_by_command(shared: tuple[Shell, Program, str]) -> None:
    sh, _, _ = shared
    done: Any = sh("reset --hard; eval 6*7", "--wait", "20")
    assert (done.code, done.lines) == (0, ["42"]), done.err

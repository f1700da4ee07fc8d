"""WebREPL: our client against MicroPython's own ``websocket`` module, and against servers that are none."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable

import pytest

pytest.importorskip("websockets", reason="pip install 'espsh[webrepl]'")

from websockets.sync.server import ServerConnection, serve

from espsh.errors import PortBusyError, PortDeniedError
from espsh.ports import protocol_ws
from espsh.ports.open import PortSettings, open_port
from tests.conftest import Shell
from tests.ports.conftest import Falter, Program
from tests.ports.test_rfc2217 import Answers

Start = Callable[..., tuple[str, Program]]


@pytest.fixture
def board(webrepl: Start, sh: Shell) -> Shell:
    """A shell whose board is behind a WebREPL; its password is "secret"."""
    sh.ports.append(f"attic=ws://:secret@{webrepl()[0]}")
    return sh


def test_list_put_get_and_run(board: Shell) -> None:
    data = bytes(range(256)) * 40  # more than any frame, and no text
    board.write("data.bin", data)
    done = board("cp data.bin :; ls -l :; cp :data.bin back.bin; sha256sum :data.bin")
    assert done.code == 0, done.err
    assert done.lines[0].split() == [str(len(data)), "data.bin"]
    assert board.read("back.bin") == data
    assert board("eval 6*7").lines == ["42"]


def test_the_password_is_nowhere_to_be_seen(board: Shell) -> None:
    address = board.ports[0].partition("@")[2]
    done = board(
        f"boards; boards --json; connect ws://:secret@{address}", "--trace", str(board.folder / "trace"), "--debug"
    )
    assert done.code == 2
    assert f"connect: ws://{address} is connected already, as attic" in done.err
    assert done.out.count(f"ws://{address}") == 2
    kept = [path.read_bytes() for path in board.folder.parent.rglob("*") if path.is_file()]
    assert kept
    assert all(b"secret" not in text for text in (done.data, done.err.encode(), *kept))


def test_a_job_does_not_show_it_either(board: Shell) -> None:
    done = board("connect ws://:guess@host other &; jobs", "--keep-going")
    assert "connect ws://host other" in done.out
    assert "guess" not in done.out + done.err


def test_a_wrong_password(board: Shell) -> None:
    board.ports = [board.ports[0].replace("secret", "quess"), "sim:nope"]
    done = board("ls :")
    address = board.ports[0].partition("@")[2]
    assert done.code == 3
    assert f"ws://{address} cannot be opened: the password is wrong" in done.err
    assert "hint: it is the one in webrepl_cfg.py on the board" in done.err
    assert "quess" not in done.err


def test_no_password(board: Shell) -> None:
    address = board.ports[0].partition("@")[2]
    board.ports = [f"ws://{address}"]
    assert board("ls :").err.splitlines() == [
        f"ws://{address} cannot be opened: it asks for a password",
        "hint: write :PASSWORD@ before the host, or set ESPSH_WEBREPL_PASSWORD",
    ]
    board.env["ESPSH_WEBREPL_PASSWORD"] = "secret"
    assert board("eval 6*7").lines == ["42"]


@pytest.mark.parametrize("line", ["flash_id", "bootloader", "erase -y"])
def test_the_chips_loader_is_out_of_reach(board: Shell, line: str) -> None:
    """In download mode it would be gone until somebody pressed its button."""
    refused = board(line)
    assert refused.code == 3
    assert refused.err.splitlines() == [
        f"{line.split()[0]}: the chip's loader is not behind a WebREPL",
        "hint: use the board's cable for this",
    ]
    assert board("eval 6*7").lines == ["42"]


def test_a_webrepl_without_a_password_yet(sh: Shell) -> None:
    def ask(connection: ServerConnection) -> None:
        connection.send("Welcome to MicroPython!\r\nNew password: ")
        connection.recv()

    with serve(ask, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        number = server.socket.getsockname()[1]
        done = sh.run("-p", f"ws://:secret@127.0.0.1:{number}", "ls", ":")
        server.shutdown()
        thread.join()
    assert (done.code, done.err.splitlines()) == (
        3,
        [
            f"ws://127.0.0.1:{number} cannot be opened: its WebREPL has no password yet",
            "hint: set one on the board: import webrepl_setup",
        ],
    )


@pytest.mark.parametrize("reset", ["reset", "reset --hard"])
def test_a_restart_ends_the_connection_and_it_is_made_anew(board: Shell, reset: str) -> None:
    done = board(f"{reset}; eval 6*7")
    assert (done.code, done.lines) == (0, ["42"]), done.err
    assert "attic: connected again" in done.err


def test_one_at_a_time(webrepl: Start) -> None:
    url = f"ws://{webrepl()[0]}"
    settings = PortSettings(password="secret")
    first = open_port(url, settings)
    try:
        with pytest.raises(PortBusyError, match="the board hangs up") as told:
            open_port(url, settings)
        assert told.value.hint
    finally:
        first.close()
    with pytest.raises(PortDeniedError):
        open_port(url, PortSettings(password="secre"))
    open_port(url, settings).close()


def test_a_copy_goes_on_when_the_connection_was_lost(
    webrepl: Start, sh: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, server = webrepl()
    sh.ports.append(f"attic=ws://:secret@{address}")
    data = random.Random(1).randbytes(20_000)
    sh.write("data.bin", data)

    def restart() -> None:
        server.kill()
        server.start()

    falter = Falter(monkeypatch, protocol_ws.Serial, 8_000, restart)
    done = sh("cp data.bin :; cp :data.bin back.bin", "--wait", "20")
    assert done.code == 0, done.err
    assert falter.happened
    assert "attic: the board is gone: the board hung up; waiting 20 s for it to come back" in done.err
    assert sh.read("back.bin") == data


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "a web server answers, but no WebREPL (HTTP 404)"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "what answers is no WebREPL"),
    ],
)
def test_something_else_answers(answer: bytes, told: str, sh: Shell) -> None:
    with Answers(answer) as server:
        done = sh.run("-p", f"ws://:secret@127.0.0.1:{server.number}", "ls", ":")
    assert (done.code, done.err.splitlines()) == (
        3,
        [
            f"ws://127.0.0.1:{server.number} cannot be opened: {told}",
            "hint: is WebREPL started on the board? import webrepl; webrepl.start()",
        ],
    )


def test_nothing_answers(monkeypatch: pytest.MonkeyPatch, sh: Shell) -> None:
    monkeypatch.setattr(protocol_ws, "_LOGIN", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = sh.run("-p", f"ws://:secret@127.0.0.1:{listener.getsockname()[1]}", "ls", ":")
    assert done.code == 3
    assert "cannot be opened: no WebREPL answers" in done.err


@pytest.mark.parametrize("rest", ["", ":secret@", ":secret@:8266", ":secret@host:0", ":secret@host:x"])
def test_a_url_without_a_host(rest: str, sh: Shell) -> None:
    done = sh.run("-p", f"ws://{rest}", "ls", ":")
    assert done.code == 2
    assert "names no host with a port from 1 to 65535" in done.err
    assert "hint: ws://HOST[:8266]" in done.err
    assert "secret" not in done.err

"""Ports over a plain connection."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import serial

from espsh.ports.open import PortSettings, open_port
from espsh.ports.protocol_socket import Serial
from tests.conftest import Shell


@pytest.fixture
def line() -> Iterator[tuple[Serial, socket.socket]]:
    """An open port, and the connection at its other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = open_port(f"socket://127.0.0.1:{listener.getsockname()[1]}", PortSettings())
        far, _ = listener.accept()
    assert isinstance(port, Serial)
    with far, port:
        yield port, far


def test_a_board_behind_a_plain_port(plain: Callable[..., str], sh: Shell) -> None:
    data = bytes(range(256)) * 20
    sh.write("data.bin", data)
    sh.ports.append(plain())
    done = sh("cp data.bin :; cp :data.bin back.bin; reset --hard; ls :")
    assert (done.code, done.lines) == (0, ["data.bin"]), done.err
    assert sh.read("back.bin") == data


def test_all_that_waits_is_counted_and_read(line: tuple[Serial, socket.socket]) -> None:
    port, far = line
    port.timeout = 30
    far.sendall(b"x" * 10_000)
    assert port.read(1) == b"x"
    rest = port.read(9_999)
    assert (len(rest), port.in_waiting) == (9_999, 0)
    port.timeout = 0
    assert port.read(1) == b""


def test_a_read_is_cancelled(line: tuple[Serial, socket.socket]) -> None:
    port, _ = line
    port.timeout = None
    reader = threading.Thread(target=port.read, args=(1,))
    reader.start()
    port.cancel_read()
    reader.join()


def test_a_write_that_is_not_taken_ends(line: tuple[Serial, socket.socket]) -> None:
    port, _ = line
    port.write_timeout = 0.05
    with pytest.raises(serial.SerialTimeoutException):
        port.write(bytes(1 << 26))


def test_the_end_is_told(line: tuple[Serial, socket.socket]) -> None:
    port, far = line
    far.close()
    port.timeout = 30
    with pytest.raises(serial.SerialException, match="the server hung up"):
        port.read(1)


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (TimeoutError("timed out"), serial.SerialTimeoutException, "Write timeout"),
        (TimeoutError(errno.ETIMEDOUT, "Connection timed out"), serial.SerialException, "the connection broke off"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), serial.SerialException, "the server hung up"),
    ],
)
def test_why_nothing_can_be_sent(
    line: tuple[Serial, socket.socket], error: OSError, kind: type[Exception], told: str
) -> None:
    class Dead:
        def sendall(self, _: bytes) -> None:
            raise error

    port, _ = line
    real, port._socket = port._socket, Dead()  # type: ignore[assignment]
    try:
        with pytest.raises(serial.SerialException, match=told) as raised:
            port.write(b"x")
    finally:
        port._socket = real
    assert type(raised.value) is kind


def test_lines_are_not_there(line: tuple[Serial, socket.socket]) -> None:
    port, _ = line
    for name in ("rts", "dtr"):
        with pytest.raises(serial.SerialException, match="no lines"):
            setattr(port, name, True)


def test_silence_is_noticed(line: tuple[Serial, socket.socket]) -> None:
    port, _ = line
    assert port._connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

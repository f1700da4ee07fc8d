"""Our client of RFC 2217, against our server of it."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import serial
from serial import rfc2217

from espsh.ports.open import PortSettings, open_port
from espsh.ports.protocol_rfc2217 import Serial
from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from tests.conftest import Shell

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial 3.5's own client

SETTINGS = {
    rfc2217.SET_BAUDRATE: "rate",
    rfc2217.SET_DATASIZE: "settings",
    rfc2217.SET_PARITY: "settings",
    rfc2217.SET_STOPSIZE: "settings",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What clients ask the server for."""
    counts: Counter[str] = Counter()
    send = Serial.rfc2217_send_subnegotiation

    def count(self: Any, option: bytes, value: bytes = b"") -> None:
        counts[SETTINGS.get(option, "else")] += 1
        send(self, option, value)

    monkeypatch.setattr(Serial, "rfc2217_send_subnegotiation", count)
    return counts


def test_ours_goes_before_pyserials() -> None:
    assert isinstance(serial.serial_for_url("rfc2217://localhost:1", do_not_open=True), Serial)


def test_the_line_is_agreed_on_only_when_it_changes(far: Callable[..., str], asked: Counter[str]) -> None:
    port = open_port(far(), PortSettings())
    try:
        assert (asked["rate"], asked["settings"]) == (1, 3)
        for timeout in (1, 2, None, 0.1):
            port.timeout = port.write_timeout = timeout
        port.baudrate = 115200
        assert asked["rate"] == 1
        port.baudrate = 57600
        port.bytesize = 7
        assert asked["rate"] == 3
    finally:
        port.close()


def test_a_port_that_is_opened_again_agrees_again(far: Callable[..., str], asked: Counter[str]) -> None:
    port = open_port(far(), PortSettings())
    port.close()
    port.open()
    port.close()
    assert asked["rate"] == 2


def test_a_flash_id_agrees_once(far: Callable[..., str], asked: Counter[str], sh: Shell) -> None:
    """esptool sets a timeout twice for each of its commands, of which there are about 90."""
    sh.ports.append(far())
    told = sh("flash_id")
    assert told.code == 0, told.err
    assert "W25Q32" in told.out
    assert (asked["rate"], asked["settings"]) == (1, 3)


def test_a_write_that_the_server_does_not_take_ends(monkeypatch: pytest.MonkeyPatch, far: Callable[..., str]) -> None:
    port = open_port(far(), PortSettings())
    try:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            monkeypatch.setattr(port, "_socket", ours)
            port.write_timeout = 0.05
            with pytest.raises(serial.SerialTimeoutException):
                port.write(bytes(1 << 24))
            monkeypatch.undo()
    finally:
        port.close()


def test_a_read_is_cancelled(far: Callable[..., str]) -> None:
    port = open_port(far(wiring="mute"), PortSettings())
    port.timeout = None
    port.reset_input_buffer()
    reader = threading.Thread(target=port.read, args=(1 << 20,))
    reader.start()
    port.cancel_read()
    reader.join()
    port.close()


def test_four_boards_are_flashed_at_once_and_nothing_is_mixed(far: Callable[..., str], sh: Shell) -> None:
    image = firmware.merged(RECIPES["esp32"], Build(app_size=60_000))
    sh.write("new.bin", image)
    names = ["attic", "cellar", "garden", "kitchen"]
    sh.ports += [f"{name}={far(blank='1')}" for name in names]
    done = sh("@all flash -y new.bin")
    assert done.code == 0, done.err
    (told,) = done.lines  # all say the same, once
    assert told.startswith(f"{','.join(names)}: FLASHED · VERIFIED · BOOTED")
    for name in names:
        (url,) = [port.partition("=")[2] for port in sh.ports if port.startswith(f"{name}=")]
        chip, part = [line for line in done.err.splitlines() if line.startswith(f"{name}: ")][:2]
        assert chip.startswith(f"{name}: ESP32 ") and chip.endswith(f" on {url}")
        assert part.startswith(f"{name}:   new.bin (0x1000-")


class Answers:
    """A server that answers as told to whoever connects; what it hears is kept."""

    def __init__(self, answer: bytes, *, hangs_up: bool = True) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.number = self.listener.getsockname()[1]
        self._answer = answer
        self._hangs_up = hangs_up
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Answers:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                client.sendall(self._answer)
                if self._hangs_up:
                    client.shutdown(socket.SHUT_WR)
                while client.recv(4096):
                    pass


@pytest.mark.parametrize("scheme", ["rfc2217", "socket"])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"\xff\xfb\x03\xff\xfb\x2c\xff\xfd\x2cPort already in use\r\n", "the server says: Port already in use"),
        (b"in use by 10.0.0.2:5000\r\n", "the server says: in use by 10.0.0.2:5000"),
        (b"", "the server hung up"),
    ],
)
def test_a_server_that_sends_us_away_is_quoted(scheme: str, answer: bytes, told: str, sh: Shell) -> None:
    with Answers(answer) as server:
        url = f"{scheme}://127.0.0.1:{server.number}"
        found = sh.run("-p", url, "ls", ":")
    assert found.code == 3
    line, hint = found.err.splitlines()
    assert line == f"{url} cannot be opened: {told}"
    assert hint.startswith("hint: ")


def test_a_server_without_rfc2217_is_told(monkeypatch: pytest.MonkeyPatch, sh: Shell) -> None:
    monkeypatch.setattr("serial.rfc2217.Timeout.expired", lambda _: True)  # instead of three seconds
    with Answers(b"", hangs_up=False) as server:
        found = sh.run("-p", f"rfc2217://127.0.0.1:{server.number}", "ls", ":")
    assert (found.code, found.err.splitlines()) == (
        3,
        [
            f"rfc2217://127.0.0.1:{server.number} cannot be opened: the server does not speak RFC 2217",
            f"hint: for a plain connection: socket://127.0.0.1:{server.number}",
        ],
    )


def test_lines_are_left_alone_until_they_are_wanted(monkeypatch: pytest.MonkeyPatch, far: Callable[..., str]) -> None:
    set_: list[bytes] = []
    control = Serial.rfc2217_set_control
    monkeypatch.setattr(
        Serial, "rfc2217_set_control", lambda self, value: (set_.append(value), control(self, value))[1]
    )
    flow = rfc2217.SET_CONTROL_USE_NO_FLOW_CONTROL
    url = far()
    port = open_port(url, PortSettings())
    port.close()
    assert set_ == [flow]
    port = open_port(url, PortSettings(rts=False))
    port.dtr = False
    port.close()
    assert set_[1:] == [flow, rfc2217.SET_CONTROL_RTS_OFF, rfc2217.SET_CONTROL_DTR_OFF]


def test_a_server_that_says_nothing_about_lines_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, far: Callable[..., str]
) -> None:
    """Espressif's esp_rfc2217_server keeps those answers to itself."""
    answered = Serial._telnet_process_subnegotiation
    lines = (rfc2217.SET_CONTROL_DTR_ON, rfc2217.SET_CONTROL_DTR_OFF)

    def swallow(self: Any, suboption: bytes) -> None:
        if suboption[1:2] != rfc2217.SERVER_SET_CONTROL or suboption[2:3] not in lines:
            answered(self, suboption)

    monkeypatch.setattr(Serial, "_telnet_process_subnegotiation", swallow)
    monkeypatch.setattr("espsh.ports.protocol_rfc2217._ABOUT_LINES", 0.01)
    port = open_port(far(), PortSettings())
    try:
        assert not port._ignore_set_control_answer
        port.dtr = False
        assert port._ignore_set_control_answer
        port.dtr = True
    finally:
        port.close()

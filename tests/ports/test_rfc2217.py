"""Our client of RFC 2217, against our server of it."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
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


@pytest.fixture
def far(port: Callable[..., str]) -> Iterator[Callable[..., str]]:
    """Serve new virtual boards with RFC 2217; their options are sim's."""
    from espsh.ports.open import normalise
    from espsh.serve import serve_rfc2217

    ends: list[tuple[socket.socket, threading.Thread, Any]] = []

    def make(profile: str = "esp32", **options: str) -> str:
        served = serial.serial_for_url(normalise(port(profile, **options)), baudrate=115200)
        ours, theirs = socket.socketpair()
        where: list[str] = []
        announced = threading.Event()

        def announce(url: str) -> None:
            where.append(url)
            announced.set()

        thread = threading.Thread(target=serve_rfc2217, args=(served, theirs.fileno(), announce))
        thread.start()
        announced.wait()
        ends.append((ours, thread, (served, theirs)))
        return where[0]

    yield make
    for ours, thread, (served, theirs) in ends:
        ours.close()
        thread.join()
        served.close()
        theirs.close()


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
        (plan,) = [line for line in done.err.splitlines() if f"{name} (ESP32" in line]
        (url,) = [port.partition("=")[2] for port in sh.ports if port.startswith(f"{name}=")]
        assert f"on {url}): new.bin" in plan

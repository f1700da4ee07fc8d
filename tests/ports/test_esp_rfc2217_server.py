"""Boards behind Espressif's own server, which resets the chip itself and says nothing about lines."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import Shell
from tests.ports.conftest import free_port

pytest.importorskip("esp_rfc2217_server", reason="it comes with esptool 5")
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial 3.5's own client

SERVER = """
import sys
import serial
serial.protocol_handler_packages.insert(0, "espsh.ports")
from esp_rfc2217_server import main
main(["-p", *sys.argv[1:]])
"""
RESET = (
    "[esptool]\ncustom_reset_sequence = D0|R1|W0.1|D1|R0|W0.05|D0\n"  # else it sets lines by ioctl, which needs a tty
)


@pytest.fixture
def board(sh: Shell) -> Iterator[Shell]:
    """A shell with a virtual board behind that server."""
    number = free_port()
    config = sh.write("esptool.cfg", RESET)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", SERVER, str(number), "sim://esp32?baud=0&latency=0"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **sh.env, "ESPTOOL_CFGFILE": str(config)},
            )
        )
        stack.callback(server.kill)
        sh.ports.append(f"rfc2217://127.0.0.1:{number}")
        yield sh


def test_a_board_is_used_and_its_chip_reached(board: Shell) -> None:
    board.write("data.bin", bytes(range(256)) * 8)
    done = board("cp data.bin :; flash_id; ls :", "--wait", "20")
    assert done.code == 0, done.err
    assert "W25Q32" in done.out
    assert {"data.bin", "boot.py"} <= set(done.lines)

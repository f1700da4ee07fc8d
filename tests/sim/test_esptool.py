"""The real esptool as the host."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial
from esptool import cmds
from esptool.util import FatalError

from espsh.ports.protocol_sim import Serial
from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build

CHIPS = sorted(RECIPES)
SMALL = Build(version="1.24.1", date="2024-11-29", app_size=40_000)


def image_for(chip: str, build: Build = SMALL) -> bytes:
    return firmware.merged(RECIPES[chip], build)


@pytest.fixture
def connect(sim_url: Callable[..., str]) -> Iterator[Callable[..., Any]]:
    """Open a new board's port and let esptool find the chip; ``stub`` runs the stub."""
    opened: list[Serial] = []

    def make(profile: str = "esp32", *, run_stub: bool = True, **options: str) -> Any:
        opened.append(Serial(sim_url(profile, **options), baudrate=115200, timeout=3))
        esp = cmds.detect_chip(opened[-1], connect_attempts=1)
        return cmds.run_stub(esp) if run_stub else esp

    yield make
    for port in opened:
        port.close()


def boot(esp: Any) -> bytes:
    """Reset the chip and return what it says up to its prompt."""
    port = esp._port
    port.timeout = 20
    port.baudrate = 115200
    port.reset_input_buffer()
    cmds.reset_chip(esp, "hard-reset")
    said = bytes(port.read_until(b">>> "))
    assert said.endswith(b">>> "), said
    return said


DESCRIPTIONS = {
    "esp32": "ESP32-D0WD-V3 (revision v3.1)",
    "esp32c3": "ESP32-C3 (QFN32) (revision v0.4)",
    "esp32c6": "ESP32-C6FH4 (QFN32) (revision v0.1)",
    "esp32s3": "ESP32-S3 (QFN56) (revision v0.2)",
    "esp8266": "ESP8266EX",
}


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("stub", [True, False])
def test_it_finds_out_about_the_chip(connect: Callable[..., Any], chip: str, stub: bool) -> None:
    esp = connect(chip, run_stub=stub, flash="8MB")
    cmds.attach_flash(esp)
    assert esp.get_chip_description() == DESCRIPTIONS[chip]
    assert bytes(esp.read_mac("BASE_MAC")) == esp._port.machine.unique_id
    assert esp.get_crystal_freq() == (26 if chip == "esp8266" else 40)
    assert (cmds.detect_flash_size(esp), esp.flash_id()) == ("8MB", 0x1740EF)
    assert not esp.get_secure_boot_enabled()
    assert not esp.get_flash_encryption_enabled()


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize(("stub", "packed"), [(True, True), (True, False), (False, False)])
def test_what_it_writes_can_be_read_and_boots(connect: Callable[..., Any], chip: str, stub: bool, packed: bool) -> None:
    esp, data = connect(chip, run_stub=stub, blank="1"), image_for(chip)
    cmds.attach_flash(esp)
    offset = esp.BOOTLOADER_FLASH_OFFSET
    cmds.write_flash(esp, [(offset, data)], compress=packed, no_compress=not packed)
    if stub:
        cmds.verify_flash(esp, [(offset, data)])
        assert cmds.read_flash(esp, offset, len(data)) == data
    assert esp._port.machine._image.read(offset, len(data)) == data
    assert f"MicroPython v1.24.1 on 2024-11-29; {RECIPES[chip].machine[0]}".encode() in boot(esp)


def test_packets_that_grow_by_escapes_are_not_lost(connect: Callable[..., Any]) -> None:
    esp = connect()
    cmds.attach_flash(esp)
    esp._port.machine._image.program(0x30_0000, b"\xc0" * 0x4_0000)
    assert cmds.read_flash(esp, 0x30_0000, 0x4_0000) == b"\xc0" * 0x4_0000


def test_it_erases(connect: Callable[..., Any]) -> None:
    esp = connect()
    cmds.attach_flash(esp)
    flash = esp._port.machine._image
    before = flash.read(0, 0x2_0000)
    cmds.erase_region(esp, 0x1_0000, 0x1000)
    assert flash.read(0, 0x2_0000) == before[:0x1_0000] + b"\xff" * 0x1000 + before[0x1_1000:]
    cmds.erase_flash(esp)
    assert flash.read(0, flash.size) == b"\xff" * flash.size


def test_psram_in_the_package_is_seen(connect: Callable[..., Any]) -> None:
    assert "Embedded PSRAM 4MB (AP_3v3)" in connect("esp32s3", run_stub=False, psram="1").get_chip_features()


@pytest.mark.parametrize("chip", ["esp32", "esp32s3", "esp32c6"])
def test_security_keeps_it_from_erasing(connect: Callable[..., Any], chip: str) -> None:
    esp = connect(chip, secure="1", encrypted="1")
    assert esp.IS_STUB
    cmds.attach_flash(esp)
    assert esp.get_secure_boot_enabled()
    assert esp.get_flash_encryption_enabled()
    with pytest.raises(FatalError, match="Active security features detected"):
        cmds.erase_flash(esp)


def test_secure_download_mode_is_known_and_leaves_writing(connect: Callable[..., Any]) -> None:
    esp = connect("esp32s3", run_stub=False, secure_download="1")
    assert esp.secure_download_mode
    with pytest.raises(FatalError):
        esp.read_reg(esp.CHIP_DETECT_MAGIC_REG_ADDR)
    cmds.attach_flash(esp)
    cmds.write_flash(esp, [(0x10000, b"new" * 1000)], flash_size="4MB", no_compress=True)
    assert esp._port.machine._image.read(0x10000, 3) == b"new"


def test_a_stub_that_does_not_come_up(connect: Callable[..., Any]) -> None:
    with pytest.raises(FatalError, match="Failed to start stub flasher"):
        connect(stub="0")


WRONG = {
    "reset": r"Wrong boot mode detected \(0x12\)",
    "none": "Invalid head of packet",
    "mute": "No serial data received",
}


@pytest.mark.parametrize("wiring", WRONG)
def test_a_board_that_will_not_enter_download_mode(connect: Callable[..., Any], wiring: str) -> None:
    with pytest.raises(FatalError, match=WRONG[wiring]):
        connect(wiring=wiring)


@pytest.mark.parametrize(("reset", "chip"), [("watchdog-reset", "esp32c3"), ("soft-reset", "esp8266")])
def test_it_leaves_in_other_ways_too(connect: Callable[..., Any], reset: str, chip: str) -> None:
    esp = connect(chip)
    port = esp._port
    cmds.reset_chip(esp, reset)
    port.timeout = 20
    assert port.read_until(b">>> ").endswith(b">>> ")


def test_a_faster_line_is_faster(connect: Callable[..., Any]) -> None:
    took = []
    for baud in (115200, 460800):
        esp = connect(baud="115200", erase="20ms", write="400us")
        esp.change_baud(baud)
        cmds.attach_flash(esp)
        clock = esp._port.machine.clock
        start = clock.now()
        cmds.write_flash(esp, [(0x1_0000, os.urandom(16_384))], no_compress=True)
        took.append(clock.now() - start)
    assert took[0] > 16_384 * 10 / 115200
    assert 16_384 * 10 / 460800 < took[1] < took[0] / 2


def test_a_pulled_cable_leaves_half_an_image_and_writing_again_mends_it(connect: Callable[..., Any]) -> None:
    esp = connect(blank="1")
    machine, data = esp._port.machine, image_for("esp32")
    cmds.attach_flash(esp)
    machine.faults.add("unplug@60000")
    with pytest.raises(OSError):
        for number in range(0, len(data), 0x4000):
            esp.flash_begin(0x4000, 0x1000 + number, logging=False)
            esp.flash_block(data[number : number + 0x4000].ljust(0x4000, b"\xff"), 0)
    written = machine._image.read(0x1000, len(data))
    assert written != data
    assert written[:0x8000] == data[:0x8000]
    machine.replug()
    esp._port.close()
    esp._port.open()
    again = cmds.run_stub(cmds.detect_chip(esp._port, connect_attempts=1))
    cmds.attach_flash(again)
    cmds.write_flash(again, [(0x1000, data)])
    assert b"MicroPython v1.24.1" in boot(again)


def test_four_boards_are_written_at_once(connect: Callable[..., Any]) -> None:
    chips = ["esp32", "esp32c3", "esp32s3", "esp8266"]
    boards = [connect(chip, blank="1") for chip in chips]

    def write(esp: Any, chip: str) -> None:
        cmds.attach_flash(esp)
        cmds.write_flash(esp, [(esp.BOOTLOADER_FLASH_OFFSET, image_for(chip))])

    threads = [threading.Thread(target=write, args=pair) for pair in zip(boards, chips, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for esp, chip in zip(boards, chips, strict=True):
        assert RECIPES[chip].machine[0].encode() in boot(esp)


def esptool(*words: str) -> str:
    command = [sys.executable, "-m", "esptool", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_command_on_a_pty(tmp_path: Path, served: Callable[..., Any]) -> None:
    """A pty has no modem lines: the program on the board enters download mode, and a command brings it back."""
    _, path = served("--pty", board=f"esp32c3/pty?image={tmp_path / 'flash'}&erase=1ms")
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
    os.write(descriptor, b"\r\x03import machine; machine.bootloader()\r")
    said = b""
    while b"waiting for download" not in said:
        said += os.read(descriptor, 4096)
    os.close(descriptor)
    (tmp_path / "fw.bin").write_bytes(image_for("esp32c3"))
    common = ("--port", path, "--before", "no-reset", "--after", "no-reset")
    assert "Detected flash size: 4MB" in esptool(*common, "flash-id")
    assert "Hash of data verified." in esptool(
        *common[:5], "watchdog-reset", "-b", "460800", "write-flash", "0", str(tmp_path / "fw.bin")
    )
    with serial.Serial(path, 115200, timeout=20) as port:
        port.write(b"\rimport os; os.uname().release\r")
        assert port.read_until(b"'1.24.1'\r\n").endswith(b"'1.24.1'\r\n")


def test_the_command_over_rfc_2217(tmp_path: Path, served: Callable[..., Any]) -> None:
    """Its resets work although each line changes 50 ms after the other. (Each command takes 0.3 s there: pyserial.)"""
    _, url = served("--rfc2217", "0", board=f"esp32/net?image={tmp_path / 'flash'}")
    said = esptool("--port", url, "--no-stub", "read-mac")
    mac = re.search(r"MAC: +([0-9a-f:]{17})", said)
    assert mac is not None
    assert mac[1].startswith("30:ae:a4:")
    assert "Hard resetting via RTS pin" in said

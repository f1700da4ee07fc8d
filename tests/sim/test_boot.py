"""What comes up on a flash that holds this or that."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from espsh.errors import UsageError
from espsh.sim import espimage, firmware, partitions
from espsh.sim.firmware import APP_OFFSET, RECIPES, Build
from espsh.sim.flash import SECTOR, FlashImage
from espsh.sim.options import parse_url
from espsh.sim.partitions import Partition

Change = Callable[[bytearray], None]
PLAIN = Build()


def flash_of(chip: str, build: Build = PLAIN) -> bytearray:
    """Return the beginning of a flash with a firmware on it."""
    recipe = RECIPES[chip]
    return bytearray(b"\xff" * recipe.silicon.bootloader + firmware.merged(recipe, build))


@pytest.fixture
def board_with(wire: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Start a board whose flash holds ``content``."""

    def make(chip: str, content: bytes, **options: str) -> Any:
        path = tmp_path / "flash"
        image = FlashImage(parse_url(f"sim:{chip}?image={path}"), 4 << 20)
        image.program(0, content)
        image.close()
        return wire(chip, prompt=False, image=str(path), **options)

    return make


def cut(at: int, size: int) -> Change:
    def change(flash: bytearray) -> None:
        flash[at : at + size] = b"\xff" * size

    return change


def flip(at: int) -> Change:
    def change(flash: bytearray) -> None:
        flash[at] ^= 0x10

    return change


def put(at: int, data: bytes) -> Change:
    def change(flash: bytearray) -> None:
        flash[at : at + len(data)] = data

    return change


def app(chip: str, build: Build = PLAIN) -> bytes:
    return firmware.app(RECIPES[chip], build)


def loader(chip: str, build: Build = PLAIN) -> bytes:
    return firmware.bootloader(RECIPES[chip], build)


APP_END = APP_OFFSET + len(app("esp32"))

FAILURES: list[tuple[str, list[Change], bytes, bytes]] = [
    ("esp32", [cut(0x1000, 0x7000)], b"invalid header: 0xffffffff\r\n", b"rst:0x10 (RTCWDT_RTC_RESET)"),
    ("esp32c3", [cut(0, 0x8000)], b"invalid header: 0xffffffff\r\n", b"rst:0x7 (TG0WDT_SYS_RST)"),
    ("esp32s3", [put(0, b"#!/usr/bin/env")], b"invalid header: 0x752f2123\r\n", b"rst:0x7"),
    ("esp8266", [cut(0, 0x1000)], b"ets_main.c \r\n", b"rst cause:4"),
    ("esp32", [put(0x1000, loader("esp32c3"))], b"wrong chip id 0x0005\r\n", b"rst:0x10"),
    ("esp32s3", [put(0, loader("esp32"))], b"Invalid chip id. Expected 9 read 0.", b"rst:0x7"),
    ("esp32", [flip(0x1000 + 200)], b"csum err:0x", b"rst:0x10"),
    ("esp32", [cut(0x8000, 0xC00)], b"flash_parts: partition 0 invalid magic number 0xffff\r\n", b"rst:0x3 (SW_RESET)"),
    ("esp32", [flip(0x8005)], b"flash_parts: MD5 checksum mismatch\r\n", b"rst:0x3"),
    ("esp32", [cut(APP_OFFSET, 0x3_0000)], b"No bootable app partitions in the partition table\r\n", b"rst:0x3"),
    (
        "esp32c3",
        [cut(APP_OFFSET, 0x1000)],
        b"has invalid magic byte (nothing flashed here?)\r\n",
        b"0x3 (RTC_SW_SYS_RST)",
    ),
    ("esp32", [put(APP_OFFSET, app("esp32s3"))], b"boot_comm: mismatch chip ID, expected 0, found 9\r\n", b"rst:0x3"),
    ("esp32", [flip(APP_OFFSET + 5000)], b"esp_image: Checksum failed. Calculated 0x", b"rst:0x3"),
    ("esp32", [flip(APP_END - 1)], b"esp_image: Image hash failed - image is corrupt\r\n", b"rst:0x3"),
    ("esp32", [cut(APP_OFFSET + 0x8000, 0x3_0000)], b"No bootable app partitions", b"rst:0x3"),
    ("esp32", [put(APP_OFFSET, app("esp32", Build(min_revision=400)))], b"rev >= v4.0, but chip is v3.1", b"rst:0x3"),
    ("esp32", [put(APP_OFFSET, app("esp32", Build(max_revision=199)))], b"rev <= v1.99, but chip is v3.1", b"rst:0x3"),
    (
        "esp32",
        [put(0x1000, loader("esp32", Build(flash=16 << 20)))],
        b"Detected size(4096k) smaller than the size in the binary image header(16384k)",
        b"rst:0xc (SW_CPU_RESET)",
    ),
    ("esp32", [put(APP_OFFSET, app("esp32", Build(panics=True)))], b"panic'ed (LoadProhibited)", b"rst:0xc"),
    ("esp32", [put(APP_OFFSET, app("esp32", Build(psram="needs")))], b"Failed to init external RAM!\r\n", b"rst:0xc"),
]


@pytest.mark.parametrize(("chip", "changes", "says", "reset"), FAILURES)
def test_a_flash_that_cannot_boot_says_why_again_and_again(
    board_with: Callable[..., Any], chip: str, changes: list[Change], says: bytes, reset: bytes
) -> None:
    flash = flash_of(chip)
    for change in changes:
        change(flash)
    board = board_with(chip, bytes(flash))
    first = board.until(says)
    assert b"POWERON" in first or b"rst cause:1" in first
    board.until(reset)
    board.until(says)
    assert board.machine.boots == 0


def test_a_loop_takes_its_time(wire: Callable[..., Any]) -> None:
    board = wire(blank="1", prompt=False)
    board.until(b"rst:0x10")
    start, used = time.monotonic(), time.process_time()
    for _ in range(3):
        board.until(b"rst:0x10")
    assert time.monotonic() - start > 1.0
    assert time.process_time() - used < 0.5


@pytest.mark.parametrize("chip", sorted(RECIPES))
def test_every_chip_comes_with_firmware_that_boots(wire: Callable[..., Any], chip: str) -> None:
    board = wire(chip)
    machine = RECIPES[chip].machine[0]
    assert machine in board.enter("import os; os.uname().machine").decode()
    board.put("kept.txt", "kept")
    board.port.dtr, board.port.rts = False, True
    board.port.rts = False
    board.until(b">>> ")
    assert board.enter("open('kept.txt').read()") == b"'kept'\r\n"


def test_the_rom_of_an_esp8266_speaks_at_its_own_rate(wire: Callable[..., Any]) -> None:
    board = wire("esp8266", baud="115200", prompt=False)
    garbled = board.until(b"MicroPython v")
    assert b"ets Jan" not in garbled
    board.until(b">>> ")
    board.port.baudrate = 74880
    board.port.dtr, board.port.rts = False, True
    board.port.rts = False
    assert b" ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n" in board.until(b"csum 0x")


def test_the_board_says_what_its_app_says(board_with: Callable[..., Any]) -> None:
    board = board_with("esp32", bytes(flash_of("esp32", Build(version="1.24.1", date="2024-11-29"))))
    assert b"MicroPython v1.24.1 on 2024-11-29; Generic ESP32 module with ESP32\r\n" in board.until(b">>> ")
    assert board.enter("import sys; sys.implementation.version") == b"(1, 24, 1, '')\r\n"
    assert board.enter("import os; os.uname()[2:4]") == b"('1.24.1', 'v1.24.1 on 2024-11-29')\r\n"


def resealed(flash: bytes) -> bytes:
    """Return the flash with the right checksum and hash for an app that was changed."""

    def fetch(at: int, length: int) -> bytes:
        return flash[APP_OFFSET + at :][:length].ljust(length, b"\xff")

    image = espimage.read(fetch, extended=True)
    body = bytearray(flash[APP_OFFSET : APP_OFFSET + image.end - 32])
    body[-1] = image.checksum[0]
    return flash[:APP_OFFSET] + bytes(body) + hashlib.sha256(body).digest()


def test_an_app_may_say_no_more_than_its_description(board_with: Callable[..., Any]) -> None:
    flash = bytes(flash_of("esp32", Build(version="1.22.2", date="2024-02-22")))
    silent = flash.replace(b"MicroPython v1", b"something else").replace(b" with ESP32", b" for a chip")
    board = board_with("esp32", resealed(silent))
    assert b"MicroPython v1.22.2 on 2024-02-22; Generic ESP32 module with ESP32\r\n" in board.until(b">>> ")


def test_a_build_that_uses_psram_goes_on_without(board_with: Callable[..., Any]) -> None:
    board = board_with("esp32", bytes(flash_of("esp32", Build(psram="uses"))))
    text = board.until(b">>> ")
    assert b"quad_psram: PSRAM ID read error: 0xffffffff" in text
    assert b"esp_psram: PSRAM enabled but initialization failed. Bailing out.\r\n" in text
    assert b"Generic ESP32 module with SPIRAM with ESP32" in text
    assert int(board.enter("import gc; gc.mem_free()")) < 200_000


@pytest.mark.parametrize("psram", ["uses", "needs"])
def test_psram_is_used_by_a_build_for_it_alone(board_with: Callable[..., Any], psram: str) -> None:
    board = board_with("esp32", bytes(flash_of("esp32", Build(psram=psram))), psram="1")
    assert b"psram:" not in board.until(b">>> ")
    assert int(board.enter("import gc; gc.mem_free()")) > 4_000_000


def test_a_build_without_spiram_leaves_psram_alone(board_with: Callable[..., Any]) -> None:
    board = board_with("esp32", bytes(flash_of("esp32")), psram="1")
    board.until(b">>> ")
    assert int(board.enter("import gc; gc.mem_free()")) < 200_000


def test_the_file_system_is_where_the_flashed_table_says(board_with: Callable[..., Any]) -> None:
    flash = flash_of("esp32", Build(vfs_size=0x4_0000))
    board = board_with("esp32", bytes(flash))
    board.until(b">>> ")
    assert board.enter("import os; os.statvfs('/')[:3]") == b"(4096, 4096, 64)\r\n"
    board.put("x.txt", "where am I")
    content = board.machine._image.read(0x20_0000, 0x4_0000)
    assert b"where am I" in content
    assert board.machine._image.read(0x24_0000, SECTOR) == b"\xff" * SECTOR


def test_without_a_file_system_it_boots_all_the_same(board_with: Callable[..., Any]) -> None:
    flash = flash_of("esp32")
    table = partitions.write_table(partitions.micropython_table(4 << 20)[:-1])
    flash[partitions.TABLE : partitions.TABLE + len(table)] = table
    board = board_with("esp32", bytes(flash))
    board.until(b">>> ")
    assert b"OSError" in board.enter("open('x', 'w')")


def test_the_app_in_the_slot_that_ota_data_chooses_runs(board_with: Callable[..., Any]) -> None:
    slots = [Partition(f"ota_{n}", 0, 0x10 + n, 0x2_0000 + n * 0x8_0000, 0x8_0000) for n in range(2)]
    rest = [Partition("otadata", 1, 0, 0x1_8000, 0x2000), Partition("vfs", 1, 0x81, 0x20_0000, 0x10_0000)]
    flash = flash_of("esp32").ljust(0x12_0000, b"\xff")
    table = partitions.write_table([*rest, *slots])
    flash[partitions.TABLE : partitions.TABLE + len(table)] = table
    flash[APP_OFFSET:] = b"\xff" * (len(flash) - APP_OFFSET)
    for slot, version in zip(slots, ["1.25.0", "1.26.0"], strict=True):
        data = app("esp32", Build(version=version))
        flash[slot.offset : slot.offset + len(data)] = data
    number = (2).to_bytes(4, "little")
    flash[0x1_8000:0x1_8020] = number + b"\xff" * 24 + zlib.crc32(number, 0xFFFF_FFFF).to_bytes(4, "little")
    assert b"MicroPython v1.26.0 " in board_with("esp32", bytes(flash)).until(b">>> ")


def test_other_firmware_comes_up_and_says_nothing(board_with: Callable[..., Any]) -> None:
    flash = bytes(flash_of("esp32"))
    board = board_with("esp32", resealed(flash.replace(b"micropython".ljust(32, b"\0"), b"hello".ljust(32, b"\0"))))
    board.until(b"Calling app_main()\r\n")
    board.port.write(b"\x03\r")
    assert board.silent_for(0.1) == b""


def test_blank_is_for_a_new_board(wire: Callable[..., Any], reopen: Callable[..., Any]) -> None:
    from espsh.sim.machine import power_off

    board = wire()
    board.port.close()
    power_off(board.url)
    again = reopen(board.url + "&blank=1")
    assert again.until(b">>> ")
    again.port.close()
    power_off(board.url)
    erased = reopen(board.url + "&blank=1&fresh=1")
    erased.until(b"invalid header: 0xffffffff\r\n")
    assert erased.machine._image.read(0, 4 << 20) == b"\xff" * (4 << 20)


@pytest.mark.parametrize(("chip", "options"), [("esp8266", {"flash": "32MB"}), ("esp32", {"size": "64M"})])
def test_a_flash_that_no_chip_has_is_refused(wire: Callable[..., Any], chip: str, options: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="has no flash of"):
        wire(chip, prompt=False, **options)


def test_the_flash_has_the_size_that_is_asked_for(wire: Callable[..., Any]) -> None:
    board = wire(flash="8MB")
    assert board.enter("import esp, os; esp.flash_size(), os.statvfs('/')[2]") == b"(8388608, 1536)\r\n"
    large = wire(size="8M")
    assert large.enter("import esp, os; esp.flash_size(), os.statvfs('/')[2]") == b"(16777216, 2048)\r\n"

"""The ROMFS partition of a virtual board: mapped flash, a block device, and /rom."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from espsh.errors import UsageError
from espsh.sim import partitions, romfs
from espsh.sim.flash import SECTOR, FlashImage
from espsh.sim.options import parse_url

IMAGE = b"\xd2\xcd\x31\x80\x1d" + b"\x05\x0f\x04a.py\x02\x08X = 'ro'" + b"\x04\x0a\x03lib\x05\x04\x01b\x02\x00"
WRITE = f"d.ioctl(6, 0); d.writeblocks(0, {IMAGE!r}, 0)"


@pytest.fixture
def rom(wire: Callable[..., Any]) -> Any:
    board = wire(romfs="64k")
    board.enter("import vfs, sys, os, gc; d = vfs.rom_ioctl(2, 0)")
    return board


def ask(board: Any, expression: str) -> Any:
    answer = board.enter(expression)
    assert b"Traceback" not in answer, answer
    return ast.literal_eval(answer.decode().strip())


def restart(board: Any) -> None:
    board.port.write(b"\x04")
    board.prompt()
    board.enter("import vfs, sys, os, gc; d = vfs.rom_ioctl(2, 0)")


def test_the_partition_is_the_esp32_ports(rom: Any) -> None:
    assert ask(rom, "vfs.rom_ioctl(1)") == 1
    assert ask(rom, "(d.ioctl(4, 0), d.ioctl(5, 0), len(d))") == (16, 4096, 65536)
    assert ask(rom, "d.info()") == (1, 0x8F, 0x1F0000, 65536, "romfs", False)
    assert ask(rom, "__import__('esp32').Partition.find(1, label='romfs')[0].info()") == ask(rom, "d.info()")
    assert ask(rom, "[vfs.rom_ioctl(*a) for a in ((3, 0, 9), (4, 0, 0, b''), (5, 0), (6, 0))]") == [-22] * 4


def test_it_is_mounted_when_it_holds_an_image(rom: Any) -> None:
    assert ask(rom, "sys.path") == ["", ".frozen", "/lib"]
    assert ask(rom, "bytes(d[:4])") == b"\xff" * 4
    rom.enter(WRITE)
    restart(rom)
    assert ask(rom, "sys.path") == ["", ".frozen", "/rom", "/rom/lib", "/lib"]
    assert ask(rom, "[e[0] for e in os.ilistdir('/rom')]") == ["a.py", "lib"]
    assert ask(rom, "(__import__('a').X, os.stat('/rom/lib/b')[6])") == ("ro", 0)
    assert b"OSError: 30" in rom.enter("open('/rom/a.py', 'w')")
    rom.enter("d.ioctl(6, 0)")
    restart(rom)
    assert ask(rom, "sys.path") == ["", ".frozen", "/lib"]


def test_what_is_written_is_seen_where_it_is_mapped_and_stays(rom: Any) -> None:
    rom.enter(WRITE)
    assert ask(rom, "bytes(memoryview(d)[:4])") == IMAGE[:4]
    rom.enter("b = bytearray(2); d.readblocks(0, b, 8)")
    assert ask(rom, "bytes(b)") == IMAGE[8:10]
    rom.machine.power_cut()
    rom.prompt()
    assert ask(rom, "__import__('os').listdir('/rom')") == ["a.py", "lib"]


def test_programming_clears_bits_and_erasing_sets_them(rom: Any) -> None:
    rom.enter("d.writeblocks(1, b'\\x0f' * 300, 10); d.writeblocks(1, b'\\xf1' * 2, 10)")
    assert ask(rom, "bytes(d[4104:4108])") == b"\xff\xff\x01\x01"
    rom.enter("d.ioctl(6, 1)")
    assert ask(rom, "bytes(d[4096:4400]) == b'\\xff' * 304") is True
    rom.enter("d.writeblocks(1, b'\\0' * 4096); d.writeblocks(1, b'\\x55' * 4096)")
    assert ask(rom, "bytes(d[4096:8192]) == b'\\x55' * 4096 and d[8192]") == 255


@pytest.mark.parametrize("call", ["d.ioctl(6, 16)", "d.writeblocks(15, b'xx', 4095)", "d.readblocks(16, bytearray(1))"])
def test_nothing_beyond_it_is_reached(rom: Any, call: str) -> None:
    assert b"ESP_ERR_INVALID_SIZE" in rom.enter(call)


def test_it_takes_none_of_the_heap(wire: Callable[..., Any]) -> None:
    with_, without = wire(romfs="512k"), wire()
    free = "(__import__('gc').collect(), __import__('gc').mem_free())[1]"
    assert abs(ask(with_, free) - ask(without, free)) < 2000


def test_a_board_without_one_has_nothing_of_it(wire: Callable[..., Any]) -> None:
    board = wire()
    assert ask(board, "[n for n in dir(__import__('vfs')) if 'om' in n]") == []


@pytest.mark.parametrize(
    ("size", "flash", "app"), [(0x20000, 4 << 20, 0x1D0000), (0x1000, 2 << 20, 0x17F000), (1 << 20, 16 << 20, 0xF0000)]
)
def test_the_app_gives_it_its_room(size: int, flash: int, app: int) -> None:
    plain = partitions.micropython_table(flash)
    table = romfs.with_romfs(plain, size)
    assert [part.label for part in table] == ["nvs", "phy_init", "factory", "romfs", "vfs"]
    assert (table[2].size, table[3].size) == (app, size)
    assert all(one.offset + one.size == other.offset for one, other in itertools.pairwise(table[2:]))
    assert table[4] == plain[3]


@pytest.mark.parametrize(
    ("profile", "size", "said"),
    [
        ("esp32", "5000", "whole sectors, 4k to 1M"),
        ("esp32", "2M", "whole sectors, 4k to 1M"),
        ("esp8266", "64k", "esp32, esp32s3, esp32c3, esp32c6 have"),
        ("small", "64k", "esp32, esp32s3, esp32c3, esp32c6 have"),
    ],
)
def test_what_cannot_be_one_is_refused(profile: str, size: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"^sim: romfs: ") as raised:
        parse_url(f"sim:{profile}?romfs={size}")
    assert raised.value.hint == said
    assert parse_url("sim:esp32c3?romfs=64k").romfs == 65536


def test_a_flash_that_has_none_is_left_alone(tmp_path: Path) -> None:
    image = FlashImage(parse_url(f"sim:esp32?image={tmp_path / 'flash'}"), 1 << 20)
    assert romfs.place(image) == (0, 0)
    image.program(
        partitions.TABLE, partitions.write_table([partitions.Partition("romfs", 1, 0x8F, 0x20000, 2 * SECTOR)])
    )
    assert romfs.place(image) == (0x20000, 2 * SECTOR)
    image.program(0x20000 + SECTOR, b"\0")
    romfs.spell_out(image, 0x20000, 2 * SECTOR)
    raw = (tmp_path / "flash").read_bytes()[0x20000 : 0x20000 + 3 * SECTOR]
    assert raw == b"\xff" * SECTOR + b"\0" + b"\xff" * (SECTOR - 1) + bytes(SECTOR)
    image.close()

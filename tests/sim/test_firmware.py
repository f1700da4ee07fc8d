from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from esptool.bin_image import LoadFirmwareImage
from hypothesis import given
from hypothesis import strategies as st

from espsh.sim import espimage, firmware, partitions
from espsh.sim.espimage import Segment
from espsh.sim.firmware import RECIPES, Build
from espsh.sim.partitions import NoTableError, Partition

CHIPS = sorted(RECIPES)


def fetch_from(data: bytes) -> object:
    return lambda at, length: data[at : at + length].ljust(length, b"\xff")


@given(st.binary(max_size=4000))
def test_folding_is_the_exclusive_or_of_all_bytes(data: bytes) -> None:
    value = 0
    for byte in data:
        value ^= byte
    assert espimage.exclusive_or(data) == value


@given(st.lists(st.builds(Segment, st.integers(0, 0xFFFF_FFFF), st.binary(max_size=200)), max_size=16), st.booleans())
def test_an_image_is_read_as_it_was_built(segments: list[Segment], extended: bool) -> None:
    data = espimage.build(segments, entry=0x4008_1234, size_code=2, chip_id=9 if extended else None, min_revision=301)
    image = espimage.read(fetch_from(data), extended=extended)
    assert (image.segments, image.entry, image.size_code, image.end) == (tuple(segments), 0x4008_1234, 2, len(data))
    assert image.checksum[0] == image.checksum[1]
    assert image.chip_id == (9 if extended else None)
    assert image.min_revision == (301 if extended else 0)
    assert len(set(image.hash)) == (1 if extended else 0)


@pytest.mark.parametrize("chip", CHIPS)
def test_esptool_finds_bootloader_and_app_right(chip: str, tmp_path: Path) -> None:
    recipe, build = RECIPES[chip], Build(min_revision=2, max_revision=99)
    for data in filter(
        None, [firmware.bootloader(recipe, build) if recipe.loader else b"", firmware.app(recipe, build)]
    ):
        (tmp_path / "image").write_bytes(data)
        image = LoadFirmwareImage(chip, str(tmp_path / "image"))
        assert image.calculate_checksum() == image.checksum
        if recipe.silicon.image_id is not None:
            assert (image.chip_id, image.min_rev_full, image.max_rev_full) == (recipe.silicon.image_id, 2, 99)
            assert image.stored_digest == image.calc_digest


@pytest.mark.parametrize("chip", [chip for chip in CHIPS if RECIPES[chip].loader])
def test_a_merged_file_begins_at_the_bootloaders_offset(chip: str) -> None:
    recipe, build = RECIPES[chip], Build(version="1.27.0", date="2025-12-09")
    data = firmware.merged(recipe, build)
    table = data[partitions.TABLE - recipe.silicon.bootloader :][: partitions.TABLE_SIZE]
    app = data[firmware.APP_OFFSET - recipe.silicon.bootloader :]
    assert data[0] == app[0] == espimage.MAGIC
    assert partitions.read_table(table, 4 << 20)[-1] == Partition("vfs", 1, 0x81, 0x20_0000, 0x20_0000)
    assert app[0x20:0x24] == bytes.fromhex("3254cdab")
    assert app[0x30:0x50].rstrip(b"\0") == b"v1.27.0"
    assert app[0x50:0x70].rstrip(b"\0") == b"micropython"
    assert b"MicroPython v1.27.0 on 2025-12-09; " + recipe.machine[0].encode() in app


def test_what_an_app_is_made_for_is_in_it() -> None:
    recipe = RECIPES["esp32"]
    plain = firmware.app(recipe, Build())
    assert b"SPIRAM" not in plain
    assert b"Generic ESP32 module with SPIRAM with ESP32" in firmware.app(recipe, Build(psram="uses"))
    assert len(firmware.app(recipe, Build(app_size=1_200_000))) - 1_200_000 < 5000
    assert firmware.bootloader(recipe, Build(flash=8 << 20))[3] >> 4 == 3


@given(st.binary(min_size=0xC00, max_size=0xC00))
def test_any_table_is_read_or_refused(data: bytes) -> None:
    try:
        assert partitions.read_table(data, 4 << 20) is not None
    except NoTableError as error:
        assert str(error)


def test_a_damaged_table_is_refused() -> None:
    table = bytearray(partitions.write_table(partitions.micropython_table(4 << 20)))
    table[20] ^= 1
    with pytest.raises(NoTableError, match="MD5"):
        partitions.read_table(bytes(table), 4 << 20)
    with pytest.raises(NoTableError, match="exceeds flash chip size 0x200000"):
        partitions.read_table(partitions.write_table(partitions.micropython_table(4 << 20)), 2 << 20)


def make(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "espsh.sim", "firmware", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_firmware_is_made_from_the_command_line(tmp_path: Path) -> None:
    done = make("esp32c3", "--version", "v1.26.1", "--date", "2025-09-11", "-o", str(tmp_path / "fw.bin"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "ESP32-C3, at 0x0" in done.stdout
    expected = firmware.merged(RECIPES["esp32c3"], replace(Build(), version="1.26.1", date="2025-09-11"))
    assert (tmp_path / "fw.bin").read_bytes() == expected


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["esp32", "-o", "/no/such/folder/fw.bin"], "cannot write"),
        (["esp32c3", "--spiram", "-o", "fw.bin"], "no SPIRAM build for ESP32-C3"),
        (["esp32", "--flash", "3MB", "-o", "fw.bin"], "flash of 3145728 bytes"),
        (["esp32", "--date", "soon", "-o", "fw.bin"], "is no date"),
    ],
)
def test_firmware_that_cannot_be_made(words: list[str], says: str) -> None:
    done = make(*words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr

"""Images are read as esptool reads them, and any damage is told, never raised by accident."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from espsh.errors import FirmwareError
from espsh.firmware.image import ANY_REVISION, read_image
from tests.firmware import builder

WHOLE = builder.app("ESP32-S3", size=3, frequency=0xF, mode=0, revisions=(2, 99))
HASH_FLAG = 23


def test_a_whole_image() -> None:
    image = read_image(WHOLE)
    assert (image.made_for, image.chip_id, image.damage, image.size) == ("ESP32-S3 (chip id 9)", 9, "", len(WHOLE))
    assert (image.mode, image.flash, image.frequency, image.entry) == ("qio", 8 << 20, 80, 0x40080000)
    assert image.revisions == (2, 99)
    assert image.revision_range == "v0.2 to v0.99"
    assert image.app is not None
    assert (image.app.project, image.app.version, image.app.idf) == ("micropython", "v1.29.0", "v5.5.1")
    assert image.app.built == "Aug  1 2026 10:00:00"
    assert image.app.elf_sha256 == bytes(range(32)).hex()
    assert image.app.efuse_revisions == (0, 199)
    assert [segment.size for segment in image.segments][1] == 3000


def test_a_bootloader_tells_its_idf() -> None:
    image = read_image(builder.bootloader("ESP32-C3", idf="v5.4.2"))
    assert (image.bootloader, image.app, image.damage) == ("v5.4.2", None, "")


@pytest.mark.parametrize("chip", builder.CHIP_IDS)
@pytest.mark.parametrize("hashed", [True, False])
def test_esptool_agrees(chip: str, hashed: bool) -> None:
    from esptool.bin_image import LoadFirmwareImage

    data = builder.app(chip, hashed=hashed, revisions=(101, 399))
    theirs, ours = LoadFirmwareImage(chip, data), read_image(data)
    assert theirs.checksum == theirs.calculate_checksum()
    assert theirs.append_digest is hashed
    assert not hashed or theirs.calc_digest == theirs.stored_digest
    assert (ours.chip_id, ours.entry, ours.hashed) == (theirs.chip_id, theirs.entrypoint, hashed)
    assert ours.revisions == (theirs.min_rev_full, theirs.max_rev_full)
    assert [(s.address, s.size) for s in ours.segments] == [(s.addr, len(s.data)) for s in theirs.segments]
    assert ours.damage == ""


def test_esptools_command_accepts_what_the_tests_build(tmp_path: Path) -> None:
    path = tmp_path / "app.bin"
    path.write_bytes(builder.app("ESP32-C6"))
    ran = subprocess.run([sys.executable, "-m", "esptool", "image-info", path], capture_output=True, text=True)
    assert ran.returncode == 0
    assert "App version: v1.29.0" in ran.stdout
    assert ran.stdout.count("(valid)") == 2


@pytest.mark.parametrize(
    ("chip", "header", "revisions"),
    [
        ("ESP32", {"old_revision": 3, "revisions": (0, 0)}, (300, ANY_REVISION)),
        ("ESP32-C3", {"old_revision": 3, "revisions": (0, 0)}, (3, ANY_REVISION)),
        ("ESP32", {"old_revision": 1, "revisions": (301, 399)}, (301, 399)),
        ("ESP32", {}, (0, ANY_REVISION)),
    ],
)
def test_revisions_of_old_and_new_images(chip: str, header: dict[str, object], revisions: tuple[int, int]) -> None:
    assert read_image(builder.app(chip, **header)).revisions == revisions  # type: ignore[arg-type]


def test_an_esp8266_image_is_told_apart() -> None:
    image = read_image(builder.image_8266(b"code" * 30, b"data" * 7))
    assert (image.made_for, image.chip_id, image.flash, image.damage) == ("ESP8266", None, 4 << 20, "")
    assert "checksum" in read_image(builder.image_8266(b"code" * 30)[:-1] + b"\0").damage


def test_an_esp8266_image_of_the_second_version() -> None:
    in_flash = (
        b"\xea\x04\x00\x40" + (0x40100004).to_bytes(4, "little") + bytes(4) + (32).to_bytes(4, "little") + bytes(32)
    )
    whole = in_flash + builder.image_8266(b"code" * 30)
    assert (read_image(whole).made_for, read_image(whole).damage) == ("ESP8266", "")
    assert read_image(whole[:40]).damage != ""


def test_an_unknown_chip_is_a_value() -> None:
    assert read_image(builder.image(b"x" * 40, chip=77)).made_for == "an unknown chip (chip id 77)"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for start in (b"", b"\xe9\x02", b"\xea\x04"):
        try:
            read_image(start + data)
        except FirmwareError as error:
            assert "\n" not in error.message


@settings(deadline=None)
@given(st.integers(0, len(WHOLE) - 1))
def test_cut_short_anywhere(length: int) -> None:
    try:
        damage = read_image(WHOLE[:length]).damage
    except FirmwareError as error:
        damage = error.message
    assert "cut short" in damage or length < 2


@settings(deadline=None)
@given(st.integers(0, len(WHOLE) - 1).filter(lambda at: at != HASH_FLAG), st.integers(0, 7))
def test_one_bit_anywhere(at: int, bit: int) -> None:
    data = bytearray(WHOLE)
    data[at] ^= 1 << bit
    try:
        assert read_image(bytes(data)).damage
    except FirmwareError:
        assert at < 2


@settings(deadline=None)
@given(st.binary(max_size=64), st.binary(min_size=1, max_size=64))
def test_what_stands_before_and_behind_does_not_matter(before: bytes, behind: bytes) -> None:
    assert read_image(before + WHOLE + behind, len(before)) == read_image(WHOLE)

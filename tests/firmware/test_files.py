"""What a file holds, whatever it is."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from espsh.errors import FirmwareError
from espsh.firmware.files import Kind, read_data, read_firmware
from tests.firmware import builder


def zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("firmware.bin", data)
    return made.getvalue()


@pytest.mark.parametrize("chip", builder.CHIP_IDS)
@pytest.mark.parametrize("from_zero", [False, True])
def test_a_merged_firmware(chip: str, from_zero: bool) -> None:
    file = read_firmware("m.bin", builder.merged(chip, from_zero=from_zero))
    assert file.chip is not None
    assert file.bootloader is not None
    assert file.app is not None
    assert file.table is not None
    assert file.micropython is not None
    assert (file.kind, file.chip.name, file.damage) == (Kind.MERGED, chip, ())
    assert file.origin == (0 if from_zero else builder.BOOTLOADER_OFFSETS.get(chip, 0))
    assert (file.micropython.version, file.micropython.board) == ("v1.29.0", "Generic ESP32 module")
    assert file.app_at + file.origin == 0x10000


def test_an_application_in_an_ota_slot_is_found() -> None:
    file = read_firmware("m.bin", builder.merged(entries=builder.OTA))
    assert file.app is not None
    assert file.damage == ()


@pytest.mark.parametrize(
    ("data", "kind", "origin"),
    [
        (builder.app("ESP32-S3"), Kind.APP, None),
        (builder.bootloader("ESP32"), Kind.BOOTLOADER, 0x1000),
        (builder.bootloader("ESP32-P4"), Kind.BOOTLOADER, 0x2000),
        (builder.table(), Kind.TABLE, 0x8000),
        (builder.elf(), Kind.ELF, None),
        (builder.elf(243), Kind.ELF, None),
        (builder.image_8266(b"\0MicroPython v1.29.0 on 2026-08-01\0; ESP module (1M) with ESP8266\0"), Kind.ESP8266, 0),
    ],
)
def test_other_kinds(data: bytes, kind: Kind, origin: int | None) -> None:
    file = read_firmware("f.bin", data)
    assert (file.kind, file.origin, file.damage) == (kind, origin, ())


def test_an_esp8266_tells_its_micropython() -> None:
    text = b"\0MicroPython v1.29.0 on 2026-08-01\0; ESP module (1M) with ESP8266\0"
    found = read_firmware("f.bin", builder.image_8266(text)).micropython
    assert found is not None
    assert (found.version, found.board, found.spiram) == ("v1.29.0", "ESP module (1M)", False)


@pytest.mark.parametrize(
    ("about", "spiram", "aborts"),
    [
        ({"board": "Generic ESP32 module with SPIRAM"}, True, False),
        ({"board": "Generic ESP32S3 module with Octal-SPIRAM"}, True, False),
        ({"text": b"\0Failed to init external RAM!\0"}, True, True),
        ({"text": b"\0Failed to init external RAM; continuing without it.\0"}, False, False),
        ({}, False, False),
    ],
)
def test_builds_for_psram(about: dict[str, object], spiram: bool, aborts: bool) -> None:
    found = read_firmware("m.bin", builder.merged(**about)).micropython  # type: ignore[arg-type]
    assert found is not None
    assert (found.spiram, found.aborts) == (spiram, aborts)
    assert found.board == about.get("board", "Generic ESP32 module")


def test_another_firmware_is_no_micropython() -> None:
    file = read_firmware("blink.bin", builder.app(project="blink", version="1.0"))
    assert file.micropython is None
    assert file.app is not None
    assert file.app.app is not None
    assert file.app.app.project == "blink"


@pytest.mark.parametrize(
    ("data", "what", "hint"),
    [
        (b"", "an empty file", "download it again"),
        (b"<!DOCTYPE html><html></html>", "a web page", "by its own link"),
        (b"\n  <HTML>", "a web page", "by its own link"),
        (b"print('hello')\n", "a text file", "micropython.org"),
        ("größer\n".encode() * 600, "a text file", "micropython.org"),
        (builder.uf2(0xC47E5767), "a UF2 file for ESP32-S3", "flash the .bin"),
        (builder.uf2(0xE48BFF56), "a UF2 file for RP2040", "uf2 FILE"),
        (builder.uf2(None), "a UF2 file", "uf2 FILE"),
        (b"UF2\n", "a UF2 file that is cut short", "download it again"),
        (zipped(builder.merged()), "a zip archive", "unpack it"),
        (gzip.compress(builder.merged()), "a gzip archive", "unpack it"),
        (b":020000040000FA\n:0400000301000000F8\n", "an Intel HEX file", "objcopy"),
        (b"M\x06\x00\x1f\x02\x00", "compiled Python", "cp FILE :"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS", "git lfs pull"),
        (b"\xff" * 5000, "blank (all its bytes are ff)", "micropython.org"),
        (bytes(5000), "blank (all its bytes are 00)", "get it again"),
    ],
)
def test_strangers_are_named(data: bytes, what: str, hint: str) -> None:
    with pytest.raises(FirmwareError) as caught:
        read_firmware("f.bin", data)
    assert caught.value.message == f"f.bin is {what}, no firmware"
    assert hint in (caught.value.hint or "")


def test_bytes_of_no_known_kind_need_an_offset() -> None:
    with pytest.raises(FirmwareError, match=r"no firmware: it starts with 80 81 82 83, not as an image does$"):
        read_firmware("f.bin", bytes(range(128, 200)))
    assert read_data("f.bin", bytes(range(128, 200))).kind is Kind.DATA
    assert read_data("blank.bin", b"\xff" * 64).kind is Kind.DATA
    with pytest.raises(FirmwareError, match="a zip archive"):
        read_data("f.bin", zipped(b""))


def test_an_elf_for_another_processor_is_refused() -> None:
    with pytest.raises(FirmwareError, match="another kind of processor"):
        read_firmware("a.out", builder.elf(62))


def test_a_bootloader_with_nothing_behind_it_is_a_firmware_that_was_cut_short() -> None:
    file = read_firmware("m.bin", builder.merged()[:0x6000])
    assert "cut short" in file.damage[0]


@settings(deadline=None)
@given(st.binary(max_size=100), st.sampled_from([0, 0x20, 0x7000, 0x7040, 0xF000, 0xF020]))
@example(b"\xe9", 0)
def test_any_bytes(data: bytes, at: int) -> None:
    whole = builder.merged()
    for file in (data, whole[:at] + data + whole[at + len(data) :], whole[:at] + data):
        try:
            read_firmware("f.bin", file)
        except FirmwareError as error:
            assert error.hint or "cut short" in error.message or "damaged" in error.message


@settings(deadline=None)
@given(st.integers(0, 0xF000 + 4000))
@example(2)
@example(0x7000)
@example(0x7001)
@example(0xF001)
def test_a_merged_firmware_cut_short_anywhere(length: int) -> None:
    whole, first = builder.merged(), len(builder.bootloader())
    if length >= len(whole) or length == first:
        return
    try:
        assert read_firmware("f.bin", whole[:length]).damage
    except FirmwareError as error:
        assert "cut short" in error.message or length < 2


@settings(deadline=None)
@given(st.integers(0, 7), st.data())
def test_one_bit_of_what_is_checked(bit: int, data: st.DataObject) -> None:
    whole = bytearray(builder.merged())
    # Behind the headers, where the bytes are that say whether there is a hash.
    at = data.draw(st.integers(0x18, len(builder.bootloader()) - 1) | st.integers(0xF018, len(whole) - 1))
    whole[at] ^= 1 << bit
    assert read_firmware("f.bin", bytes(whole)).damage


def test_a_damaged_table_is_told() -> None:
    whole = bytearray(builder.merged())
    whole[0x7004] ^= 1
    assert [damage.split(":")[0] for damage in read_firmware("f.bin", bytes(whole)).damage] == [
        "the partition table is damaged"
    ]

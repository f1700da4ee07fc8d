"""Partition tables: as values, as binaries, as CSV."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from espsh.errors import FirmwareError
from espsh.firmware.partitions import Partition, PartitionTable, default_table
from espsh.firmware.table_files import build_table, read_csv, read_table, read_table_file
from tests.firmware import builder

USUAL_CSV = """# Name, Type, SubType, Offset, Size, Flags
nvs,      data, nvs,     ,        24K
phy_init, data, phy,     ,        0x1000,
factory,  app,  factory, ,        1984k
# MicroPython's files
vfs,      data, fat,     2M,      0x200000,
"""
MB = 1 << 20

partitions = st.builds(
    Partition,
    name=st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=16),
    type=st.integers(0, 0xFE),
    subtype=st.integers(0, 0xFE),
    offset=st.integers(0, 0xFFFFFFFF),
    size=st.integers(0, 0xFFFFFFFF),
    encrypted=st.booleans(),
    readonly=st.booleans(),
)


def table_of(*entries: builder.Entry) -> PartitionTable:
    return PartitionTable(tuple(Partition(*entry) for entry in entries))


def test_the_usual_table_from_binary_and_from_csv() -> None:
    table = read_table(builder.table())
    assert table == table_of(*builder.USUAL) == read_csv(USUAL_CSV)
    assert build_table(table) == builder.table()
    assert [f"{p.type_name}/{p.subtype_name}" for p in table.partitions] == [
        "data/nvs",
        "data/phy",
        "app/factory",
        "data/fat",
    ]
    assert (table.factory, table.slots, table.otadata, table.end) == (table.find("factory"), (), None, 4 * MB)
    assert table.find("nosuch") is None


def test_a_table_without_md5() -> None:
    assert read_table(builder.table(md5=False)) == table_of(*builder.USUAL)


def test_slots_and_names_of_an_ota_table() -> None:
    table = read_table(builder.table(builder.OTA))
    assert [slot.name for slot in table.slots] == ["ota_0", "ota_1"]
    assert [slot.subtype_name for slot in table.slots] == ["ota_0", "ota_1"]
    assert table.otadata is not None
    assert table.factory is None


@settings(deadline=None)
@given(st.lists(partitions, min_size=1, max_size=90))
def test_what_is_built_is_read_back(made: list[Partition]) -> None:
    table = PartitionTable(tuple(made))
    assert read_table(build_table(table)) == table


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_firmware_error(data: bytes) -> None:
    for start in (b"", b"\xaa\x50", builder.table()[:64]):
        try:
            read_table(start + data)
        except FirmwareError as error:
            assert "\n" not in error.message


@settings(deadline=None)
@given(st.integers(0, 0x81) | st.integers(0x90, 0x9F), st.integers(0, 7))
def test_the_md5_notices_any_bit(at: int, bit: int) -> None:
    data = bytearray(builder.table())
    data[at] ^= 1 << bit
    with pytest.raises(FirmwareError):
        read_table(bytes(data))


@settings(deadline=None)
@given(st.text(max_size=200) | st.text("nvs,data0xkKmM-,\n #:", max_size=200))
def test_any_text_is_a_table_or_a_firmware_error(text: str) -> None:
    try:
        read_csv(text)
    except FirmwareError as error:
        assert error.hint


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a, data, nosuch, 0x9000, 4K", "not a partition table: error at line 1: value 'nosuch' is not valid."),
        ("a, data, nvs, 0x9000", "not a partition table: error at line 1: "),
        ("a, data, nvs, 0x8000, 4K", "occupies the whole sector 0x8000"),
        ("a, data, nvs, 0x9000, 4K, shiny", "unknown flag 'shiny'"),
        ("a, 300, 0, 0x9000, 4K", "a number of 'a' is out of range"),
        ("a_name_that_is_long, data, nvs, 0x9000, 4K", "is longer than 16 bytes"),
        ("# nothing but a comment", "no line describes a partition"),
        ("a, data, nvs, , " + "k" * 2000, "not a partition table"),
    ],
)
def test_a_csv_that_says_what_is_wrong(line: str, message: str) -> None:
    with pytest.raises(FirmwareError) as caught:
        read_csv(line)
    assert message.lower() in caught.value.message.lower()
    assert "\n" not in caught.value.message


def test_flags_and_numbers_of_a_csv() -> None:
    table = read_csv("a, data, nvs, 0xa000, 0x3000, encrypted:readonly\nb, 0x40, 0x7, , 4K")
    assert table.partitions[0] == Partition("a", 1, 2, 0xA000, 0x3000, encrypted=True, readonly=True)
    assert (table.partitions[1].type_name, table.partitions[1].subtype_name) == ("0x40", "0x07")
    assert read_table(build_table(table)) == table


def test_a_file_is_a_binary_or_a_csv() -> None:
    assert read_table_file("t", builder.table()) == read_table_file("t", b"\xef\xbb\xbf" + USUAL_CSV.encode())
    with pytest.raises(FirmwareError, match=r"^t\.bin: neither a CSV nor a binary partition table$"):
        read_table_file("t.bin", b"\xff\xfe\x00")


@pytest.mark.parametrize(
    ("entries", "flash", "fault"),
    [
        ((builder.NVS, ("b", 1, 6, 0xE000, 0x1000)), None, "nvs (0x9000-0xf000) and b (0xe000-0xf000) overlap"),
        ((("a", 0, 0, 0x11000, 0x1000),), None, "a (0x11000-0x12000) does not start at a multiple of 0x10000"),
        ((("a", 1, 6, 0x9100, 0x1000),), None, "a (0x9100-0xa100) does not start at a multiple of 0x1000"),
        ((("a", 1, 6, 0x8000, 0x1000),), None, "a (0x8000-0x9000) lies on the table itself, which ends at 0x9000"),
        ((builder.NVS, ("nvs", 1, 6, 0x10000, 0x1000)), None, "2 partitions are called 'nvs'"),
        (builder.USUAL, 2 * MB, "vfs (0x200000-0x400000) ends behind the flash, which has 0x200000 bytes"),
    ],
)
def test_faults(entries: tuple[builder.Entry, ...], flash: int | None, fault: str) -> None:
    assert table_of(*entries).faults(flash) == (fault,)


def test_a_table_without_faults_and_what_is_free() -> None:
    table = table_of(*builder.OTA)
    assert table.faults(4 * MB) == ()
    assert table.gaps(4 * MB) == ()
    assert table_of(*builder.USUAL).gaps(8 * MB) == ((4 * MB, 4 * MB),)
    assert table_of(builder.FACTORY).gaps(2 * MB) == ((0x9000, 0x7000),)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(9, 1023), st.integers(1, 64)), max_size=8))
def test_free_and_used_sectors_are_all_there_are(pieces: list[tuple[int, int]]) -> None:
    table = table_of(*((str(i), 1, 6, at << 12, size << 12) for i, (at, size) in enumerate(pieces)))
    used = {sector for at, size in pieces for sector in range(at, at + size)}
    free = {sector for gap in table.gaps(4 * MB) for sector in range(gap.offset >> 12, gap.offset + gap.size >> 12)}
    assert not used & free
    assert used | free >= set(range(9, 1024))


@pytest.mark.parametrize("flash", [2 * MB, 4 * MB, 16 * MB])
def test_the_default_table_has_no_faults(flash: int) -> None:
    assert default_table(flash).faults(flash) == ()
    assert default_table(flash).end == flash


def test_the_default_table_needs_room() -> None:
    with pytest.raises(FirmwareError):
        default_table(0x10000)


def test_a_table_behind_other_bytes() -> None:
    assert read_table(bytes(32) + builder.table(), 32) == table_of(*builder.USUAL)
    entry = struct.pack("<2sBBII16sI", b"\xaa\x50", 1, 2, 0x9000, 0x1000, b"\xff\xfe", 0)
    with pytest.raises(FirmwareError, match="damaged"):
        read_table(entry.ljust(0xC00, b"\xff"))

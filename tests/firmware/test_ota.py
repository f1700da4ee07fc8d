"""Which slot boots, and how another is chosen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from espsh.errors import FirmwareError
from espsh.firmware.ota import choose_slot, read_ota
from espsh.firmware.partitions import SECTOR, PartitionTable
from espsh.firmware.table_files import read_table
from tests.firmware import builder

TABLE = read_table(builder.table(builder.OTA))
NEW, PENDING, VALID, INVALID, ABORTED, UNDEFINED = 0, 1, 2, 3, 4, 0xFFFFFFFF


def names(table: PartitionTable, otadata: bytes | None) -> tuple[str, str]:
    ota = read_ota(table, otadata)
    return (ota.active.name if ota.active else "-", ota.following.name if ota.following else "-")


@pytest.mark.parametrize(
    ("entries", "active", "following"),
    [
        ((None, None), "ota_0", "ota_1"),
        (((1, VALID), None), "ota_0", "ota_1"),
        (((1, VALID), (2, VALID)), "ota_1", "ota_0"),
        (((3, UNDEFINED), (2, VALID)), "ota_0", "ota_1"),
        (((3, INVALID), (2, VALID)), "ota_1", "ota_0"),
        (((3, ABORTED), (2, INVALID)), "ota_0", "ota_1"),
        (((1, NEW), (6, PENDING)), "ota_1", "ota_0"),
    ],
)
def test_what_boots(entries: tuple[tuple[int, int] | None, ...], active: str, following: str) -> None:
    assert names(TABLE, builder.otadata(*entries)) == (active, following)


def test_states_are_named_by_slot() -> None:
    assert read_ota(TABLE, builder.otadata((1, VALID), (2, ABORTED))).states == {"ota_0": "valid", "ota_1": "aborted"}


def test_a_factory_application_boots_where_nothing_is_chosen() -> None:
    table = read_table(builder.table((*builder.OTA[:3], ("factory", 0, 0, 0x400000, 0x100000), *builder.OTA[3:])))
    assert names(table, builder.otadata(None, None)) == ("factory", "ota_0")
    assert names(table, builder.otadata(None, (2, VALID))) == ("ota_1", "ota_0")
    assert names(read_table(builder.table()), None) == ("factory", "-")


def test_an_entry_with_a_wrong_checksum_does_not_count() -> None:
    data = bytearray(builder.otadata((2, VALID), None))
    data[28] ^= 1
    assert names(TABLE, bytes(data)) == ("ota_0", "ota_1")


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_choose_something(data: bytes) -> None:
    assert names(TABLE, data)[0] in ("ota_0", "ota_1")


counters = st.none() | st.tuples(st.integers(1, 1000), st.sampled_from([NEW, VALID, INVALID, UNDEFINED]))


@settings(deadline=None)
@given(st.tuples(counters, counters), st.integers(2, 5), st.data())
def test_what_is_chosen_boots(entries: tuple[tuple[int, int] | None, ...], count: int, data: st.DataObject) -> None:
    slots = tuple((f"ota_{i}", 0, 0x10 + i, 0x10000 * (i + 2), 0x10000) for i in range(count))
    table = read_table(builder.table((*builder.OTA[:2], *slots)))
    slot = data.draw(st.sampled_from(table.slots))
    before = builder.otadata(*entries)
    assert table.otadata is not None
    offset, entry = choose_slot(table, before, slot)
    at = offset - table.otadata.offset
    after = before[:at] + entry.ljust(SECTOR, b"\xff") + before[at + SECTOR :]
    assert at in (0, SECTOR)
    assert read_ota(table, after).active == slot


def test_without_otadata_nothing_can_be_chosen() -> None:
    with pytest.raises(FirmwareError, match="cannot be chosen"):
        choose_slot(read_table(builder.table(builder.OTA[2:])), None, TABLE.slots[0])

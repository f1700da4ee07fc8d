"""What a flash holds, by the few pieces of it that tell."""

from __future__ import annotations

import pytest

from espsh.errors import FirmwareError
from espsh.firmware.chips import esp_chips
from espsh.firmware.layout import layout_of_file, read_layout
from espsh.firmware.partitions import DATA, FAT, Partition
from espsh.firmware.payload import Layout
from tests.firmware import builder
from tests.firmware.test_arrange import ESP32, MB, OTA


def test_a_boards_layout_takes_three_short_reads() -> None:
    flash = bytearray(builder.merged(entries=builder.OTA, from_zero=True))
    flash[0xD000:0xF000] = builder.otadata((1, 2), None)
    asked = []

    def read(offset: int, size: int) -> bytes:
        asked.append((offset, size))
        return bytes(flash[offset : offset + size])

    layout = read_layout(read, ESP32, 4 * MB)
    assert asked == [(0x1000, 0x100), (0x8000, 0xC00), (0xD000, 0x2000)]
    assert layout.ota is not None
    assert (layout.ota.active, layout.table) == (OTA.slots[0], OTA)
    assert layout.bootloader is not None


def test_the_layout_of_a_blank_flash_is_empty() -> None:
    for chip in esp_chips():
        assert read_layout(lambda offset, size: b"\xff" * size, chip, 4 * MB) == Layout()


def test_the_layout_of_a_backup() -> None:
    backup = bytearray(builder.merged(entries=builder.OTA, from_zero=True))
    backup[0xD000:0xF000] = builder.otadata((1, 2), (2, 2))
    layout = layout_of_file("backup.bin", bytes(backup))
    assert layout.ota is not None
    assert layout.ota.active is not None
    assert layout.bootloader is not None
    assert (layout.ota.active.name, layout.bootloader.damage) == ("ota_1", "")


def test_the_layout_of_a_table_alone() -> None:
    assert layout_of_file("t.bin", builder.table()).table == layout_of_file("m.bin", builder.merged()).table
    assert layout_of_file("t.csv", b"a,data,nvs,,24K").table is not None
    for data in (builder.app(), builder.elf()):
        with pytest.raises(FirmwareError, match="holds no partition table"):
            layout_of_file("f.bin", data)


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ({}, False),
        ({0x220000: builder.LITTLEFS}, True),
        ({0x221000: builder.LITTLEFS}, True),
        ({0x2201FE: b"\x55\xaa"}, True),
        ({0x222000: builder.LITTLEFS}, False),
    ],
)
def test_files_behind_a_table_that_does_not_name_them(pieces: dict[int, bytes], found: bool) -> None:
    firmware = builder.merged(entries=builder.WITHOUT_VFS, from_zero=True)
    layout = layout_of_file("backup.bin", builder.backup(firmware, 4 * MB, pieces))
    assert layout.files == (Partition("vfs", DATA, FAT, 0x220000, 0x1E0000) if found else None)


def test_files_in_a_partition_of_their_own() -> None:
    for name in ("vfs", "ffat"):
        entries = (*builder.WITHOUT_VFS, (name, 1, 0x81, 0x300000, MB))
        layout = layout_of_file("m.bin", builder.merged(entries=entries))
        assert layout.files == Partition(name, DATA, FAT, 0x300000, MB)

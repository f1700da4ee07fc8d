"""Where files go."""

from __future__ import annotations

import pytest

from espsh.chips.chip import EspChip
from espsh.errors import FirmwareError
from espsh.firmware.arrange import Given, arrange
from espsh.firmware.chips import chip_named
from espsh.firmware.files import FirmwareFile, read_data, read_firmware
from espsh.firmware.layout import layout_of_file
from espsh.firmware.payload import Layout, Payload, Role
from espsh.firmware.table_files import read_table
from tests.firmware import builder

MB = 1 << 20
OTA = read_table(builder.table(builder.OTA))


def named(name: str) -> EspChip:
    found = chip_named(name)
    assert found is not None
    return found


ESP32 = named("ESP32")


def board(entries: tuple[builder.Entry, ...] = builder.USUAL, otadata: bytes | None = None) -> Layout:
    pieces = {} if otadata is None else {0xD000: otadata}
    return layout_of_file("board", builder.backup(builder.merged(entries=entries, from_zero=True), 4 * MB, pieces))


def places(payload: Payload) -> list[tuple[int, Role]]:
    return [(part.offset, part.role) for part in payload.parts]


@pytest.mark.parametrize("chip", builder.CHIP_IDS)
def test_a_merged_firmware_goes_to_its_chips_offset(chip: str) -> None:
    data = builder.merged(chip)
    payload = arrange([Given(read_firmware("m.bin", data))], named(chip), Layout())
    offset = builder.BOOTLOADER_OFFSETS.get(chip, 0)
    assert places(payload) == [(offset, Role.FIRMWARE)]
    assert [(placed.offset, placed.role) for placed in payload.images] == [
        (offset, Role.BOOTLOADER),
        (0x10000, Role.APP),
    ]
    assert (payload.size, payload.end) == (len(data), offset + len(data))
    assert payload.table is not None
    assert payload.micropython is not None


def test_a_backup_goes_to_0_and_its_images_to_their_places() -> None:
    payload = arrange([Given(read_firmware("b.bin", builder.merged(from_zero=True)))], ESP32, Layout())
    assert places(payload) == [(0, Role.FIRMWARE)]
    assert [placed.offset for placed in payload.images] == [0x1000, 0x10000]


def test_an_application_alone_goes_to_the_factory_partition() -> None:
    payload = arrange([Given(read_firmware("a.bin", builder.app()))], ESP32, board())
    assert places(payload) == [(0x10000, Role.APP)]
    assert payload.table is None


@pytest.mark.parametrize(
    ("otadata", "offset", "sector"),
    [
        (builder.otadata(None, None), 0x190000, 0xD000),
        (builder.otadata((1, 2), None), 0x190000, 0xE000),
        (builder.otadata((1, 2), (2, 2)), 0x10000, 0xD000),
    ],
)
def test_an_application_alone_goes_to_the_slot_that_is_not_in_use(otadata: bytes, offset: int, sector: int) -> None:
    layout = board(builder.OTA, otadata)
    payload = arrange([Given(read_firmware("a.bin", builder.app()))], ESP32, layout)
    assert sorted(places(payload), key=lambda place: place[1].name) == [(offset, Role.APP), (sector, Role.OTADATA)]


def test_an_application_alone_needs_a_table() -> None:
    with pytest.raises(FirmwareError, match="the board has no table that says where it goes"):
        arrange([Given(read_firmware("a.bin", builder.app()))], ESP32, Layout())
    with pytest.raises(FirmwareError, match="the table has no partition for one"):
        arrange([Given(read_firmware("a.bin", builder.app()))], ESP32, board((builder.NVS,)))


@pytest.mark.parametrize("chip", ["ESP32-C3", "ESP8266"])
def test_an_application_for_another_chip_has_no_place(chip: str) -> None:
    wanted = rf"^image is for ESP32 \(chip id 0\), this chip is {chip}$"
    for layout in (Layout(), board()):
        with pytest.raises(FirmwareError, match=wanted):
            arrange([Given(read_firmware("a.bin", builder.app()))], named(chip), layout)


def test_several_files_at_their_offsets() -> None:
    given = [
        Given(read_data("app.bin", builder.app()), 0x10000),
        Given(read_data("table.bin", builder.table()), 0x8000),
        Given(read_data("bootloader.bin", builder.bootloader()), 0x1000),
        Given(read_data("fs.bin", bytes(range(128, 256))), 0x200000),
    ]
    payload = arrange(given, ESP32, Layout())
    assert places(payload) == [
        (0x1000, Role.BOOTLOADER),
        (0x8000, Role.TABLE),
        (0x10000, Role.APP),
        (0x200000, Role.DATA),
    ]
    assert payload.table == read_table(builder.table())


def test_data_alone_has_no_place() -> None:
    with pytest.raises(FirmwareError) as caught:
        arrange([Given(read_data("fs.bin", bytes(range(128, 256))))], ESP32, board())
    assert (caught.value.message, caught.value.hint) == (
        "fs.bin does not say where it goes",
        "say it: flash OFFSET FILE",
    )


def converted(elf: bytes, chip: EspChip) -> bytes:
    assert elf == builder.elf()
    return builder.app(chip.name, project="blink")


ELF = Given(read_firmware("blink.elf", builder.elf()))


def test_an_elf_with_bootloader_and_table() -> None:
    first = read_firmware("bootloader.bin", builder.bootloader())
    payload = arrange([ELF], ESP32, Layout(), bootloader=first, table=OTA, convert=converted)
    assert places(payload) == [
        (0x1000, Role.BOOTLOADER),
        (0x8000, Role.TABLE),
        (0xD000, Role.OTADATA),
        (0x10000, Role.APP),
    ]
    assert payload.parts[1].data == builder.table(builder.OTA)
    assert payload.parts[2].data == b"\xff" * 0x2000
    assert payload.parts[3].data == builder.app(project="blink")
    assert payload.table == OTA


def test_an_elf_on_a_board_with_a_table_and_on_one_without() -> None:
    assert places(arrange([ELF], ESP32, board(), convert=converted)) == [(0x10000, Role.APP)]
    blank = arrange([ELF], ESP32, Layout(), flash=4 * MB, convert=converted)
    assert places(blank) == [(0x8000, Role.TABLE), (0x10000, Role.APP)]
    assert blank.table is not None
    assert blank.table.end == 4 * MB
    with pytest.raises(FirmwareError, match="nothing here makes an image of it"):
        arrange([ELF], ESP32, board())


def test_only_a_bootloader_is_a_bootloader() -> None:
    wrong = read_firmware("a.bin", builder.app())
    with pytest.raises(FirmwareError, match=r"a\.bin is no bootloader, but: application alone"):
        arrange([ELF], ESP32, Layout(), bootloader=wrong, table=OTA, convert=converted)


def test_damage_is_handed_on_with_the_files_name() -> None:
    broken: FirmwareFile = read_firmware("a.bin", builder.app()[:-1])
    assert arrange([Given(broken)], ESP32, board()).damage == (
        "a.bin: the application is damaged: it is cut short: its SHA-256 is missing",
    )

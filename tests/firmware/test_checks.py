"""The table of refusals: what cannot work is refused with its reason, and what works is not."""

from __future__ import annotations

from typing import Any

import pytest

from espsh.firmware.arrange import Given, arrange
from espsh.firmware.checks import Problem, overwritten, problems
from espsh.firmware.files import read_data, read_firmware
from espsh.firmware.layout import layout_of_file
from espsh.firmware.payload import Layout
from espsh.firmware.target import Target
from tests.firmware import builder
from tests.firmware.test_arrange import board, named

MB = 1 << 20
BLANK = Layout()
SPIRAM = "Generic ESP32 module with SPIRAM"
ESP8266 = builder.image_8266(b"\0MicroPython v1.29.0 on 2026-08-01\0; ESP module with ESP8266\0")


def target(chip: str = "ESP32", **about: Any) -> Target:
    return Target(named(chip), **{"revision": 301 if chip == "ESP32" else 2, "flash": 4 * MB, **about})


def found(data: bytes, chip: Target, layout: Layout = BLANK) -> list[Problem]:
    payload = arrange([Given(read_firmware("f.bin", data))], chip.chip, layout, flash=chip.flash)
    return problems(payload, chip, layout)


def fatal(data: bytes, chip: Target, layout: Layout = BLANK) -> list[str]:
    return [problem.message for problem in found(data, chip, layout) if problem.fatal]


FIRMWARES = {
    **{chip: builder.merged(chip) for chip in ("ESP32", "ESP32-S3", "ESP32-C3", "ESP32-P4")},
    "ESP8266": ESP8266,
}
IDS = {chip: f"{chip} (chip id {number})" for chip, number in builder.CHIP_IDS.items()}


@pytest.mark.parametrize("image", FIRMWARES)
@pytest.mark.parametrize("chip", FIRMWARES)
def test_each_image_on_each_chip(image: str, chip: str) -> None:
    refused = fatal(FIRMWARES[image], target(chip))
    wanted = [] if image == chip else [f"image is for {IDS.get(image, image)}, this chip is {chip}"]
    assert refused[:1] == wanted


@pytest.mark.parametrize(
    ("data", "about", "message"),
    [
        (
            builder.merged(application=builder.app("ESP32-C3")),
            {},
            "application is for ESP32-C3 (chip id 5), this chip is ESP32",
        ),
        (
            builder.merged(first=builder.bootloader(revisions=(302, 0xFFFF))),
            {},
            "bootloader needs chip revision v3.2 or newer, this chip is v3.1",
        ),
        (
            builder.merged(revisions=(0, 199)),
            {},
            "application needs chip revision v0.0 to v1.99, this chip is v3.1",
        ),
        (
            builder.merged(old_revision=3, revisions=(0, 0)),
            {"revision": 100},
            "application needs chip revision v3.0 or newer, this chip is v1.0",
        ),
        (
            builder.merged(first=builder.bootloader(size=4)),
            {},
            "bootloader is for 16 MB of flash, this chip has 4 MB",
        ),
        (
            builder.merged(first=builder.bootloader(size=1)),
            {"flash": 2 * MB},
            "partition table: vfs (0x200000-0x400000) ends behind the flash, which has 0x200000 bytes",
        ),
        (
            builder.merged()[:-40],
            {},
            "f.bin: the application is damaged: it is cut short in segment 2 of 2",
        ),
        (
            builder.merged()[:-1] + b"\0",
            {},
            "f.bin: the application is damaged: its SHA-256 does not match",
        ),
        (
            builder.merged(application=b"\xff" * 64),
            {},
            "f.bin: the application is missing: the file ends before it, or holds something else in its place",
        ),
        (
            builder.merged(board=SPIRAM),
            {"psram": 0},
            f"'{SPIRAM}' is built for PSRAM (SPIRAM); this ESP32 has none",
        ),
        (
            builder.merged(text=b"\0Failed to init external RAM!\0"),
            {"psram": 0},
            "'Generic ESP32 module' is built for PSRAM (SPIRAM), and stops booting without; this ESP32 has none",
        ),
        (
            builder.merged(),
            {"secure_boot": True},
            "this chip is locked: secure boot is on: it starts signed images only",
        ),
        (
            builder.merged(),
            {"flash_encryption": True},
            "this chip is locked: flash encryption is on: it cannot run what is written as it is",
        ),
        (
            builder.merged(),
            {"secure_download": True},
            "this chip is locked: it is in secure download mode, which hides what a flasher has to know",
        ),
        (
            builder.merged(entries=(builder.NVS, builder.PHY, builder.FACTORY, ("vfs", 1, 0x81, 0x180000, MB))),
            {},
            "partition table: factory (0x10000-0x200000) and vfs (0x180000-0x280000) overlap",
        ),
        (
            builder.merged(entries=(("factory", 0, 0, 0x10000, 0x1000),), filling=5000),
            {},
            "the application has 5408 bytes, its partition factory (0x10000-0x11000) holds 4096",
        ),
    ],
)
def test_refused_before_anything_is_erased(data: bytes, about: dict[str, Any], message: str) -> None:
    assert fatal(data, target(**about)) == [message]


def test_a_firmware_larger_than_the_flash() -> None:
    refused = fatal(builder.merged(filling=3 * MB), target(flash=2 * MB))
    assert refused == [
        "f.bin (0x1000-0x3101a0) does not fit: the flash has 2 MB and ends at 0x200000",
        "bootloader is for 4 MB of flash, this chip has 2 MB",
        "partition table: vfs (0x200000-0x400000) ends behind the flash, which has 0x200000 bytes",
        "the application has 3146144 bytes, its partition factory (0x10000-0x200000) holds 2031616",
    ]


def test_each_refusal_says_what_to_do() -> None:
    for chip in (target("ESP32-C3", flash=MB, secure_boot=True), target(revision=0, psram=0, flash=MB)):
        refused = found(builder.merged(revisions=(200, 300), board=SPIRAM, filling=MB), chip)
        assert len([problem for problem in refused if problem.fatal]) >= 3
        assert all(problem.hint for problem in refused)
        assert [problem.fatal for problem in refused] == sorted((p.fatal for p in refused), reverse=True)


@pytest.mark.parametrize("psram", [8 * MB, 0])
def test_an_ordinary_build_runs_with_and_without_psram(psram: int) -> None:
    assert found(builder.merged("ESP32-S3"), target("ESP32-S3", psram=psram)) == []
    assert found(builder.merged(board=SPIRAM), target(psram=8 * MB)) == []


def test_a_build_for_psram_where_nobody_can_know_is_a_warning() -> None:
    (warning,) = found(builder.merged(board=SPIRAM), target(psram=None))
    assert not warning.fatal
    assert warning.message == f"'{SPIRAM}' is built for PSRAM (SPIRAM); whether this ESP32 has any is unknown"


def test_what_is_not_known_is_not_refused() -> None:
    assert found(builder.merged(revisions=(300, 399)), target(revision=None, flash=None)) == []


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([(0x0, builder.merged())], "f0 (firmware) belongs to 0x1000, not to 0x0"),
        ([(0x0, builder.bootloader())], "f0 (bootloader) belongs to 0x1000, not to 0x0"),
        ([(0x9000, builder.table())], "f0 (partition table) belongs to 0x8000, not to 0x9000"),
        ([(0x1000, builder.app())], "no partition for an application starts at 0x1000"),
        ([(0x200100, b"\x80data")], "offset 0x200100 of f0 is no multiple of 0x1000, the least that is erased"),
        (
            [(0x200000, b"\x80" * 5000), (0x201000, b"\x80data")],
            "f0 (0x200000-0x201388) and f1 (0x201000-0x201005) overlap",
        ),
        ([(0x400000, b"\x80data")], "f0 (0x400000-0x400005) does not fit: the flash has 4 MB and ends at 0x400000"),
    ],
)
def test_files_at_wrong_offsets(files: list[tuple[int, bytes]], message: str) -> None:
    given = [Given(read_data(f"f{i}", data), offset) for i, (offset, data) in enumerate(files)]
    chip, layout = target(), board()
    refused = problems(arrange(given, chip.chip, layout), chip, layout)
    assert refused[0].message == message
    assert refused[0].fatal


def test_an_application_alone_needs_what_starts_it() -> None:
    given = [Given(read_data("a.bin", builder.app()), 0x10000)]
    chip = target()
    refused = [problem.message for problem in problems(arrange(given, chip.chip, BLANK), chip, BLANK)]
    assert refused == [
        "an application alone does not boot: the board has no partition table",
        "nothing would start it: the board has no whole bootloader for ESP32",
    ]
    assert problems(arrange(given, chip.chip, board()), chip, board()) == []


def test_a_new_table_that_moves_the_files_is_a_warning_with_both_places() -> None:
    moved = (builder.NVS, builder.PHY, builder.FACTORY, ("vfs", 1, 0x81, 0x300000, MB))
    (vfs, settings) = found(builder.merged(entries=moved), target(), board())
    assert (
        vfs.message == "the new table moves the board's files from vfs (0x200000-0x400000) to vfs (0x300000-0x400000)"
    )
    assert settings.message == "the board's settings are written over: nvs (0x9000-0xf000)"
    assert not vfs.fatal
    assert not settings.fatal


def test_a_new_table_without_a_place_for_the_files() -> None:
    blink = builder.merged(entries=(builder.FACTORY,), project="blink")
    (gone, _) = found(blink, target(), board())
    assert gone.message == ("the new table has no place for the board's files, which are in vfs (0x200000-0x400000)")


def test_a_new_table_that_does_not_name_the_files_moves_them_behind_the_last_partition() -> None:
    """So it is from MicroPython 1.25 to 1.26."""
    (moved, _) = found(builder.merged(entries=builder.WITHOUT_VFS), target(), board())
    assert moved.message == (
        "the new table moves the board's files from vfs (0x200000-0x400000) to vfs (0x220000-0x400000)"
    )
    newer = layout_of_file(
        "backup.bin",
        builder.backup(
            builder.merged(entries=builder.WITHOUT_VFS, from_zero=True), 4 * MB, {0x220000: builder.LITTLEFS}
        ),
    )
    (settings,) = found(builder.merged(entries=builder.WITHOUT_VFS), target(), newer)
    assert settings.message.startswith("the board's settings")
    (moved, _) = found(builder.merged(), target(), newer)
    assert moved.message.endswith("from vfs (0x220000-0x400000) to vfs (0x200000-0x400000)")


def test_what_is_written_over_is_named() -> None:
    chip, layout = target(), board()
    at = Given(read_data("fs.bin", b"\x80" * 100), 0x3FF000)
    assert [p.name for p in overwritten(arrange([at], chip.chip, layout), layout)] == ["vfs"]
    app = Given(read_firmware("a.bin", builder.app()))
    assert overwritten(arrange([app], chip.chip, layout), layout) == []

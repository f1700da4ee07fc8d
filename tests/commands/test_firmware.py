"""``image_info`` and ``partitions`` on files of the host."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Shell
from tests.firmware import builder


def test_image_info_tells_what_a_firmware_is(sh: Shell) -> None:
    sh.write("m.bin", builder.merged("ESP32-S3", board="Generic ESP32S3 module with Octal-SPIRAM", revisions=(2, 99)))
    result = sh("image_info m.bin")
    assert result.code == 0
    assert result.lines == [
        "holds        bootloader, partition table and application, 69.0 kB",
        "chip         ESP32-S3 (chip id 9), revision v0.2 to v0.99",
        "MicroPython  v1.29.0, Generic ESP32S3 module with Octal-SPIRAM",
        "PSRAM        built for it",
        "built        Aug  1 2026 10:00:00, ESP-IDF v5.5.1",
        "flash        4MB, dio, 40 MHz",
        "goes to      0x0",
        "checked      checksums are right",
        "",
        "name      type  subtype    offset      size         state",
        "nvs       data  nvs        0x9000    0x6000    24K",
        "phy_init  data  phy        0xf000    0x1000     4K",
        "factory   app   factory   0x10000  0x1f0000  1984K",
        "vfs       data  fat      0x200000  0x200000     2M",
    ]


def test_image_info_for_a_program(sh: Shell) -> None:
    sh.write("a.bin", builder.app("ESP32-C3"))
    (facts,) = map(json.loads, sh("image-info --json a.bin").lines)
    assert (facts["kind"], facts["chip"], facts["chip_id"], facts["goes_to"]) == ("app", "ESP32-C3", 5, None)
    assert facts["micropython"]["version"] == facts["app"]["description"]["version"] == "v1.29.0"
    assert (facts["app"]["flash_size"], facts["damage"], facts["partitions"]) == (4 << 20, [], None)
    assert json.loads(sh("chip --json a.bin").out) == facts


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (builder.app(project="blink", version="7"), "application  blink 7"),
        (builder.app(project="blink"), "goes to      the board's partition for an application"),
        (builder.bootloader("ESP32"), "goes to  0x1000"),
        (builder.table(), "holds    partition table, 3.1 kB"),
        (builder.elf(), "holds  ELF, 84 B"),
        (builder.image_8266(b"code"), "chip     ESP8266"),
        (builder.image(b"code" * 20, chip=77), "chip     an unknown chip (chip id 77)"),
    ],
)
def test_image_info_of_other_kinds(sh: Shell, data: bytes, shown: str) -> None:
    sh.write("f.bin", data)
    assert shown in sh("image_info f.bin").lines
    json.loads(sh("image_info --json f.bin").out)


def test_a_damaged_firmware_is_shown_and_fails(sh: Shell) -> None:
    sh.write("m.bin", builder.merged()[:-1] + b"\0")
    result = sh("image_info m.bin")
    assert result.code == 5
    assert result.err == (
        "image_info: m.bin: the application is damaged: its SHA-256 does not match\nhint: download or build it again\n"
    )
    assert "MicroPython  v1.29.0, Generic ESP32 module" in result.lines
    assert not any(line.startswith("checked") for line in result.lines)


@pytest.mark.parametrize("command", ["image_info", "partitions"])
@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\x80\x81", builder.uf2(0xE48BFF56), bytes(100)])
def test_what_is_no_firmware_is_refused_in_a_line(sh: Shell, command: str, data: bytes) -> None:
    sh.write("f.bin", data)
    result = sh(f"{command} f.bin")
    assert (result.code, result.out) == (5, "")
    assert result.err.startswith(f"{command}: ")
    assert len(result.err.splitlines()) == 2


def test_a_missing_file(sh: Shell) -> None:
    assert sh("image_info nosuch.bin").code == 2
    assert sh("partitions nosuch.csv").code == 2


def test_partitions_of_a_csv(sh: Shell) -> None:
    sh.write("t.csv", "nvs,data,nvs,,16K\notadata,data,ota,,8K\nota_0,app,ota_0,,1M\nota_1,app,ota_1,,1M,encrypted\n")
    assert sh("partitions t.csv").lines == [
        "name     type  subtype    offset      size       state",
        "nvs      data  nvs        0x9000    0x4000  16K",
        "otadata  data  ota        0xd000    0x2000   8K",
        "free                      0xf000    0x1000   4K",
        "ota_0    app   ota_0     0x10000  0x100000   1M  boots",
        "ota_1    app   ota_1    0x110000  0x100000   1M  encrypted",
    ]


def test_partitions_of_a_backup(sh: Shell) -> None:
    backup = bytearray(builder.merged(entries=builder.OTA, first=builder.bootloader(size=3), from_zero=True))
    backup[0xD000:0xF000] = builder.otadata((1, 2), (2, 1))
    sh.write("backup.bin", bytes(backup))
    told = json.loads(sh("partitions --json backup.bin").out)
    assert [p["name"] for p in told["partitions"] if p["active"]] == ["ota_1"]
    assert {p["name"]: p["state"] for p in told["partitions"] if p["state"]} == {"ota_0": "valid", "ota_1": "pending"}
    assert told["free"] == [{"offset": 4 << 20, "size": 4 << 20}]
    assert told["faults"] == []


def test_faults_of_a_table_are_told(sh: Shell) -> None:
    sh.write("m.bin", builder.merged(first=builder.bootloader(size=1)))
    result = sh("partitions m.bin")
    assert result.code == 0
    assert "vfs (0x200000-0x400000) ends behind the flash, which has 0x200000 bytes" in result.err


def test_files_that_the_table_does_not_name_are_shown(sh: Shell) -> None:
    firmware = builder.merged(entries=builder.WITHOUT_VFS, from_zero=True)
    sh.write("backup.bin", builder.backup(firmware, 4 << 20, {0x220000: builder.LITTLEFS}))
    assert sh("partitions backup.bin").lines[1:] == [
        "nvs       data  nvs        0x9000    0x6000    24K",
        "phy_init  data  phy        0xf000    0x1000     4K",
        "factory   app   factory   0x10000  0x210000  2112K  boots",
        "vfs                      0x220000  0x1e0000  1920K  files, not in the table",
    ]
    assert json.loads(sh("partitions --json backup.bin").out)["files"] == {"offset": 0x220000, "size": 0x1E0000}
    sh.write("firmware.bin", firmware)
    assert sh("partitions firmware.bin").lines[-1] == "free                     0x220000  0x1e0000  1920K"

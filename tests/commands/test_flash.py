"""flash, flash_id, erase, backup and restore by the front door, on virtual boards with a ROM loader."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from tests.conftest import Shell
from tests.firmware.site import URL, Site

Port = Callable[..., str]


def image(chip: str = "esp32", **build: object) -> bytes:
    return firmware.merged(RECIPES[chip], Build(**{"version": "1.29.0", "app_size": 60_000, **build}))  # type: ignore[arg-type]


@pytest.fixture
def flash_file(tmp_path: Path) -> Path:
    return tmp_path / "flash.img"


@pytest.fixture
def blank(sh: Shell, port: Port, flash_file: Path) -> Shell:
    """A board with nothing on its flash, which is ``flash_file``."""
    sh.ports.append(port(blank="1", image=str(flash_file)))
    return sh


@pytest.fixture
def working(sh: Shell, port: Port, flash_file: Path) -> Shell:
    sh.ports.append(port(image=str(flash_file)))
    assert sh("ls :").code == 0
    return sh


def content(flash_file: Path, size: int = 4 << 20) -> bytes:
    """Return the flash's bytes: behind them the file has a byte for each sector, 0 for one that is erased."""
    data = flash_file.read_bytes()
    sectors = zip(range(0, size, 0x1000), data[size:], strict=True)
    return b"".join(data[at : at + 0x1000] if used else b"\xff" * 0x1000 for at, used in sectors)


def test_a_blank_board_is_known_flashed_and_used(blank: Shell) -> None:
    blank.write("new.bin", image())
    assert "W25Q32" in blank("flash_id").out
    done = blank("flash -y new.bin")
    assert (done.code, done.out) == (0, "FLASHED · VERIFIED · BOOTED (MicroPython 1.29.0 on ESP32)\n"), done.err
    assert "new.bin (0x1000-" in done.err
    assert blank("ls :").code == 0


def test_a_board_in_use_keeps_what_is_not_written_over(working: Shell) -> None:
    working.write("a.txt", "kept")
    working.write("new.bin", image(version="1.30.0"))
    assert working("cp a.txt :").code == 0
    assert "1.30.0" in working("flash -y new.bin").out
    assert working("cat :a.txt").out == "kept"


def test_files_and_settings_survive_an_erase(working: Shell, flash_file: Path) -> None:
    data = {f"d/{number}.bin": bytes(range(256)) * number for number in range(5)}
    for name, held in data.items():
        working.write(name, held)
    working.write("new.bin", image(version="1.30.0"))
    assert working("cp -r d :").code == 0
    settings = bytes(range(256)) * 96
    working.write("nvs.bin", settings)
    assert working("flash -y --force 0x9000 nvs.bin").code == 0
    done = working("flash -y --erase --keep-files new.bin")
    assert done.code == 0, done.err
    assert done.out.endswith("BOOTED (MicroPython 1.30.0 on ESP32) · 5 files restored\n")
    assert working("cp -r :/d back").code == 0
    for name in data:
        assert working.read(f"back/{name.removeprefix('d/')}") == data[name]
    assert content(flash_file)[0x9000:0xF000] == settings


def test_where_the_files_are_is_the_last_word_of_a_failure(working: Shell) -> None:
    working.write("a.txt", "kept")
    working.write("bad.bin", image(psram="needs"))
    assert working("cp a.txt :").code == 0
    done = working("flash -y --keep-files bad.bin")
    assert done.code == 5
    folder = Path(done.err.rstrip().rpartition(" ")[2])
    assert (folder / "files" / "a.txt").read_text() == "kept"


REFUSED = {
    "another chip's": ("esp32", image("esp32s3"), "image is for ESP32-S3 (chip id 9), this chip is ESP32"),
    "the S3 gets a C3's": ("esp32s3", image("esp32c3"), "image is for ESP32-C3 (chip id 5), this chip is ESP32-S3"),
    "the C3 gets an ESP32's": ("esp32c3", image("esp32"), "image is for ESP32 (chip id 0), this chip is ESP32-C3"),
    "the ESP8266 gets an ESP32's": ("esp8266", image("esp32"), "this chip is ESP8266"),
    "the ESP32 gets an ESP8266's": ("esp32", image("esp8266"), "is for ESP8266, this chip is ESP32"),
    "SPIRAM on a C3 is none": ("esp32s3", image("esp32s3", psram="needs"), "built for PSRAM"),
    "too large": ("esp32", image(flash=16 << 20), "is for 16 MB of flash, this chip has 4 MB"),
    "too new": ("esp32", image(min_revision=400), "needs chip revision v4.0 or newer, this chip is v3.1"),
    "too old": ("esp32", image(max_revision=299), "this chip is v3.1"),
    "damaged": ("esp32", image()[:-500] + b"\0" * 500, "is damaged"),
    "cut short": ("esp32", image()[:40_000], "missing"),
    "text": ("esp32", b"hello, this is a note\n" * 50, "text"),
    "a web page": ("esp32", b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
    "empty": ("esp32", b"", "empty"),
    "UF2": ("esp32s3", b"UF2\nWQ]\x9e" + b"\0" * 504, "UF2"),
}


@pytest.mark.parametrize("case", REFUSED, ids=lambda name: name.replace(" ", "-"))
def test_what_cannot_run_is_refused_and_nothing_is_written(case: str, sh: Shell, port: Port, flash_file: Path) -> None:
    chip, data, reason = REFUSED[case]
    sh.ports.append(port(chip, image=str(flash_file)))
    assert sh("ls :").code == 0
    before = content(flash_file)
    sh.write("wrong.bin", data)
    refused = sh("flash -y wrong.bin")
    assert (refused.code, refused.out) == (5, "")
    assert reason in refused.err
    assert "hint: " in refused.err
    assert content(flash_file) == before


def test_nothing_is_written_without_a_yes(working: Shell, flash_file: Path) -> None:
    working.write("new.bin", image())
    working.write("all.bin", bytes(4 << 20))
    before = content(flash_file)
    for line in ("flash new.bin", "erase", "erase --fs", "restore all.bin"):
        told = working(line)
        assert (told.code, told.out) == (2, ""), line
        assert "nobody is here to answer: " in told.err
    assert content(flash_file) == before


def test_a_dry_run_shows_where_it_would_go_and_writes_nothing(working: Shell, flash_file: Path) -> None:
    working.write("new.bin", image())
    working.write("other.bin", image("esp32s3"))
    before = content(flash_file)
    for line in ("flash -n new.bin", "flash -n --keep-files --erase new.bin", "flash -n 0x1000 new.bin"):
        done = working(line)
        assert done.code == 0, done.err
        assert ": ESP32 " in done.lines[0]
        assert "new.bin (0x1000-" in done.lines[1]
        assert "FLASHED" not in done.out
    assert working("flash -n other.bin").code == 5
    assert content(flash_file) == before
    assert working("ls :").code == 0


def test_the_plan_fits_a_narrow_screen(working: Shell) -> None:
    working.write("ESP32_GENERIC-20260801-v1.29.0.bin", image())
    lines = working("flash -y ESP32_GENERIC-20260801-v1.29.0.bin").err.splitlines()
    assert lines[0].split()[1:4:2] == ["ESP32", "on"]
    assert lines[1] == "  ESP32_GENERIC-20260801-v1.29.0.bin (0x1000-0x1eab0), 121.5 kB"
    assert lines[2:] == [
        "note: the board's settings are written over: nvs (0x9000-0xf000)",
        "      keep them: flash --keep-files",
    ]
    kept = working("flash -y --keep-files ESP32_GENERIC-20260801-v1.29.0.bin").err
    assert "written over" not in kept
    assert all(len(line) <= 80 for line in lines)


def test_a_build_for_psram_that_is_not_there_is_explained_by_its_boot(working: Shell) -> None:
    working.write("spiram.bin", image(psram="needs"))
    done = working("flash -y spiram.bin")
    assert done.code == 5
    assert "whether this ESP32 has any is unknown" in done.err
    assert "FLASHED · VERIFIED · NOT BOOTED: the firmware wants PSRAM" in done.err


def test_backup_erase_and_restore_give_the_same_flash(working: Shell, flash_file: Path) -> None:
    assert working("cp . : -r").code == 0
    saved = working("backup all.bin")
    assert saved.code == 0, saved.err
    before = content(flash_file)
    assert working.read("all.bin") == before
    assert working("erase -y").code == 0
    assert set(content(flash_file)) == {0xFF}
    assert "nothing at the bootloader's offset" in working("ls :").err
    restored = working("restore -y all.bin")
    assert restored.out == "RESTORED · VERIFIED\n", restored.err
    assert content(flash_file) == before


def test_a_part_of_the_flash_is_read_and_erased(working: Shell, flash_file: Path) -> None:
    assert working("read_flash 0x8000 0xc00 table.bin").code == 0
    assert working.read("table.bin") == content(flash_file)[0x8000:0x8C00]
    assert working("erase -y --region 0x8000 0x1000").code == 0
    assert set(content(flash_file)[0x8000:0x9000]) == {0xFF}
    assert working("erase -y --region 0x8001 0x1000").code == 2
    assert working("erase -y --region 0x800000 0x1000").code == 2


def test_the_file_system_alone_is_erased(working: Shell) -> None:
    working.write("a.txt", "gone soon")
    assert working("cp a.txt :").code == 0
    assert working("erase --fs -y").code == 0
    assert "a.txt" not in working("ls :").out


def test_verify_only_compares(working: Shell, flash_file: Path) -> None:
    working.write("new.bin", image())
    before = content(flash_file)
    assert working("flash --verify-only new.bin").code == 5
    assert content(flash_file) == before
    assert working("flash -y new.bin").code == 0
    assert working("flash --verify-only new.bin").out == "VERIFIED\n"


def test_files_with_their_offsets(blank: Shell, flash_file: Path) -> None:
    whole = image()
    blank.write("boot.bin", whole[:0x6000].rstrip(b"\xff"))
    blank.write("table.bin", whole[0x7000:0x7C00])
    blank.write("app.bin", whole[0xF000:])
    done = blank("write_flash -y -z 0x1000 boot.bin 0x8000 table.bin 0x10000 app.bin")
    assert done.code == 0, done.err
    assert "BOOTED" in done.out
    wrong = blank("flash -y 0x0 boot.bin")
    assert "belongs to 0x1000, not to 0x0" in wrong.err
    assert blank("flash -y 0x1000").code == 2


def elf() -> bytes:
    """An ELF for the ESP32 with a page of constants and one of code, and nothing in them that would run."""
    names = b"\0.flash.rodata\0.flash.text\0.shstrtab\0"
    held = (
        (b".flash.rodata", 0x3F40_0020, b"constants" * 20 + bytes(12)),
        (b".flash.text", 0x400D_0020, bytes(range(256))),
    )
    body, programs, sections, place = b"", b"", bytes(40), 52 + 32 * len(held)
    for name, address, data in held:
        at = place + len(body)
        programs += struct.pack("<IIIIIIII", 1, at, address, address, len(data), len(data), 5, 4)
        sections += struct.pack("<IIIIIIIIII", names.index(name), 1, 6, address, at, len(data), 0, 0, 4, 0)
        body += data
    sections += struct.pack("<IIIIIIIIII", names.index(b".shst"), 3, 0, 0, place + len(body), len(names), 0, 0, 1, 0)
    body += names
    head = struct.pack(
        "<16sHHIIIIIHHHHHH", b"\x7fELF\x01\x01\x01" + bytes(9), 2, 94, 1, 0x400D_0020, 52, place + len(body), 0x300,
        52, 32, len(held), 40, len(held) + 2, len(held) + 1,
    )  # fmt: skip
    return head + programs + body + sections


def test_an_elf_goes_with_its_bootloader_and_table_to_the_right_places(blank: Shell, flash_file: Path) -> None:
    blank.write("boot.bin", image()[:0x6000].rstrip(b"\xff"))
    blank.write("app.elf", elf())
    blank.write("parts.csv", "nvs, data, nvs, 0x9000, 0x6000\napp, app, factory, 0x20000, 1M\n")
    done = blank("flash -y app.elf --bootloader boot.bin --partition-table parts.csv")
    assert (done.code, done.out) == (0, "FLASHED · VERIFIED · RUNS (no MicroPython, so nothing more can be asked)\n"), (
        done.err
    )
    flash = content(flash_file)
    assert flash[0x1000] == flash[0x20000] == 0xE9
    assert flash[0x8000:0x8002] == b"\xaa\x50"
    assert b"constants" in flash[0x20000:0x21000]


def test_an_elf_alone_uses_what_is_on_the_flash(working: Shell, flash_file: Path) -> None:
    working.write("app.elf", elf())
    before = content(flash_file)
    done = working("flash -y app.elf")
    assert done.code == 0, done.err
    assert "the bootloader on the flash stays" in done.err
    assert "the partition table on the flash stays" in done.err
    after = content(flash_file)
    assert b"constants" in after[0x10000:0x20000]
    assert after[:0x9000] == before[:0x9000]


def test_an_elf_gets_a_table_where_the_flash_has_none_that_holds_it(working: Shell, flash_file: Path) -> None:
    working.write("app.elf", elf())
    assert working("erase -y --region 0x8000 0x1000").code == 0
    done = working("flash -y app.elf")
    assert done.code == 0, done.err
    assert "a partition table is made, since the flash has none" in done.err
    lines = working("partitions").lines
    assert [line.split()[:1] + line.split()[3:4] for line in lines[1:4]] == [
        ["nvs", "0x9000"], ["phy_init", "0xf000"], ["factory", "0x10000"],
    ]  # fmt: skip
    working.write("small.csv", "nvs, data, nvs, 0x9000, 0x6000\napp, app, factory, 0x10000, 64k\n")
    refused = working("flash -y app.elf --partition-table small.csv")
    assert (refused.code, "its partition app (0x10000-0x20000) holds 65536" in refused.err) == (5, True)
    assert working("flash -y --force app.elf --partition-table small.csv").code == 5  # it does not boot
    larger = working("flash -y app.elf")
    assert "since the one on the flash has no room" in larger.err


def test_an_elf_is_told_what_is_missing(blank: Shell, flash_file: Path) -> None:
    blank.write("app.elf", elf())
    told = blank("flash -y app.elf")
    assert told.code == 5
    assert "nothing would start it: the board has no whole bootloader for ESP32" in told.err
    assert "give a bootloader too: --bootloader FILE" in told.err
    assert set(content(flash_file)) == {0xFF}


def test_a_damaged_bootloader_starts_no_application(working: Shell, flash_file: Path) -> None:
    working.write("app.elf", elf())
    assert working("read_flash 0x1000 0x1000 boot.bin").code == 0
    first = working.read("boot.bin")
    working.write("boot.bin", first[:0x30] + bytes([first[0x30] ^ 1]) + first[0x31:])
    assert working("flash -y --force 0x1000 boot.bin").code == 5
    before = content(flash_file)
    told = working("flash -y app.elf")
    assert (told.code, "no whole bootloader for ESP32" in told.err) == (5, True)
    assert content(flash_file) == before


def test_a_board_that_does_not_enter_download_mode_gets_the_buttons_named(sh: Shell, port: Port) -> None:
    sh.ports.append(port(wiring="none"))
    told = sh("flash_id")
    assert told.code == 3
    assert "BOOT" in told.err


def test_a_locked_chip_is_left_alone(sh: Shell, port: Port, flash_file: Path) -> None:
    sh.ports.append(port("esp32c3", image=str(flash_file), secure="1"))
    sh.write("new.bin", image("esp32c3"))
    assert sh("ls :").code == 0
    before = content(flash_file)
    refused = sh("flash -y new.bin")
    assert refused.code == 5
    assert "secure boot is on" in refused.err
    assert content(flash_file) == before


def test_flash_id_for_a_program(sh: Shell, port: Port) -> None:
    import json

    sh.ports.append(port("esp32s3", psram="1"))
    facts = json.loads(sh("flash_id --json").out)
    assert (facts["chip"], facts["flash_size"], facts["psram_size"]) == ("ESP32-S3", 4 << 20, 4 << 20)


def test_the_newest_firmware_for_the_chip_is_downloaded_and_flashed(blank: Shell, site: Site) -> None:
    site.publish()
    site.put(URL, image(version="1.28.0"))
    blank.env["ESPSH_FIRMWARE_URL"] = f"{site.url}/"
    done = blank("flash --latest -y")
    assert done.code == 0, done.err
    assert "BOOTED (MicroPython 1.28.0 on ESP32)" in done.out
    assert blank("flash").code == blank("flash --latest x.bin").code == 2


def test_a_damaged_download_is_not_flashed(blank: Shell, site: Site, flash_file: Path) -> None:
    site.publish()
    site.put(URL, image(version="1.28.0")[:50_000])
    blank.env["ESPSH_FIRMWARE_URL"] = f"{site.url}/"
    refused = blank("flash --latest -y")
    assert refused.code == 5
    assert set(content(flash_file)) == {0xFF}


def test_the_partitions_of_a_board_that_runs_nothing(blank: Shell) -> None:
    assert blank("partitions").code == 5
    blank.write("new.bin", image())
    assert blank("flash -y new.bin").code == 0
    lines = blank("partitions").lines
    assert [line.split()[0] for line in lines] == ["name", "nvs", "phy_init", "factory", "vfs"]
    assert blank("partitions new.bin").lines[1:4] == lines[1:4]


def test_a_board_in_download_mode_is_said_and_comes_back(working: Shell) -> None:
    assert working("bootloader").out == "in download mode\n"
    assert working("ls :").code == 3
    assert working("reset --hard").code == 0
    assert working("ls :").code == 0


def test_a_board_that_reaches_no_prompt_is_reset_by_its_lines(blank: Shell) -> None:
    assert blank("reset --hard").code == 0
    assert blank("reset").code == 3


def test_a_command_file_that_flashes_begins_with_a_board_that_does_not_answer(blank: Shell) -> None:
    blank.write("new.bin", image())
    blank.write("deploy.espsh", "flash -y new.bin\nls :\n")
    assert blank.run("-f", "deploy.espsh").code == 0


def test_a_command_file_that_needs_a_prompt_stops_before_its_first_line(blank: Shell) -> None:
    blank.write("deploy.espsh", "!echo begun\nls :\n")
    done = blank.run("-f", "deploy.espsh")
    assert (done.code, done.out) == (3, "")
    assert "nothing at the bootloader's offset" in done.err


def test_a_port_is_opened_for_a_board_that_does_not_answer(sh: Shell, port: Port) -> None:
    sh.write("new.bin", image())
    opened = sh(f"connect --port {port(blank='1')} attic; flash -y new.bin; ls attic:; boards --json")
    assert opened.code == 0, opened.err
    assert '"name": "attic"' in opened.out
    failed = sh(f"connect {port(blank='1')}; boards")
    assert (failed.code, failed.out) == (3, "")


def test_the_backup_of_another_chip_is_refused(sh: Shell, port: Port, tmp_path: Path) -> None:
    flash = tmp_path / "c3.img"
    sh.ports.append(port("esp32c3", image=str(flash), flash="2MB"))
    backup = bytearray(b"\xff" * (2 << 20))
    theirs = image()
    backup[0x1000 : 0x1000 + len(theirs)] = theirs
    sh.write("theirs.img", bytes(backup))
    assert sh("ls :").code == 0
    before = content(flash, 2 << 20)
    told = sh("restore -y theirs.img")
    assert told.code == 5
    assert "is the flash of an ESP32, this chip is ESP32-C3" in told.err
    assert content(flash, 2 << 20) == before


@pytest.mark.parametrize("line", ["flash -n huge.bin", "image_info huge.bin", "restore -y huge.bin"])
def test_a_file_larger_than_any_flash_is_not_read(sh: Shell, port: Callable[..., str], line: str) -> None:
    sh.ports.append(port())
    with sh.write("huge.bin", b"").open("wb") as file:
        file.truncate(300 << 20)
    result = sh(line)
    assert (result.code, result.out) == (2, "")
    assert result.err.endswith(": huge.bin is too large for firmware (314.6 MB)\n")

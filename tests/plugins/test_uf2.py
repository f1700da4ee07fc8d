"""flash by the drive of a board's bootloader, which a folder plays: it is there while the bootloader runs."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from espsh_plugins import uf2 as plugin
from espsh_plugins.uf2_drives import Drive, drives, write

from espsh.errors import FirmwareError
from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from espsh.sim.machine import machine_at
from tests.conftest import Shell
from tests.plugins.uf2 import NRF51, RP2040, joined, uf2
from tests.test_plugins import own

# The virtual board that is none of Espressif's gets a name and a family, as a plugin gives it to any chip.
CHIP = f"""
from espsh.api import Chip
CHIPS = (Chip("SV16", aliases=("small virtual board",), uf2_families=({NRF51},)),)
"""
INFO = "UF2 Bootloader v3.0\r\nModel: {model}\r\nBoard-ID: {board_id}\r\n"
Port = Callable[..., str]


class Bench:
    """A board that is none of Espressif's, and the folder where its drive appears."""

    def __init__(self, sh: Shell, url: str, folder: Path) -> None:
        self.sh = sh
        self.url = url
        self.folder = folder
        self.written = b""
        self.at_once = 0

    def drive(self, board_id: str = "SV16-Test-v1", at: str = "SV16BOOT") -> Path:
        path = self.folder / at
        path.mkdir(exist_ok=True)
        (path / "INFO_UF2.TXT").write_text(INFO.format(model="Test", board_id=board_id))
        return path

    @contextlib.contextmanager
    def bootloader(
        self, size: int, board_id: str = "SV16-Test-v1", takes: bool = True, url: str = "", at: str = "SV16BOOT",
        patience: float = 0,
    ) -> Iterator[None]:  # fmt: skip
        """Show the drive when the board restarts, for ``patience`` seconds, and until it has ``size`` bytes."""
        assert self.sh("@all exec pass").code == 0
        machine = machine_at(url or self.url)
        first, ended = machine.boots, threading.Event()

        def play() -> None:
            while machine.boots == first:
                if ended.wait(0.01):
                    return
            drive = self.drive(board_id, at)
            ended.wait(patience)
            self.at_once = max(self.at_once, len(list(self.folder.glob("*/INFO_UF2.TXT"))))
            file = drive / "FIRMWARE.UF2"
            while not ended.wait(0.01):
                if takes and file.exists() and file.stat().st_size == size:
                    self.written += file.read_bytes()
                    (drive / "INFO_UF2.TXT").unlink()
                    return

        player = threading.Thread(target=play)
        player.start()
        try:
            yield
        finally:
            ended.set()
            player.join()


@pytest.fixture
def bench(sh: Shell, port: Port, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # of this computer's disk, which may take seconds
    folder = tmp_path / "media"
    folder.mkdir()
    sh.env["ESPSH_UF2_DRIVES"] = str(folder / "*")
    url = port("small", heap="100k")
    sh.ports.append(f"attic={url}")
    own(sh, "sv.py", CHIP)
    return Bench(sh, url, folder)


def test_a_board_is_flashed_by_its_drive(bench: Bench) -> None:
    data = uf2(600, NRF51)
    bench.drive("SV16-Another", "OTHER")
    bench.sh.write("fw.uf2", data)
    with bench.bootloader(len(data)):
        done = bench.sh("flash -y fw.uf2; exec print(1)")
    assert done.code == 0, done.err
    assert done.lines[0].startswith("FLASHED · BOOTED (MicroPython ")
    assert done.lines[0].endswith(" on SV16)")
    assert done.lines[1] == "1"
    assert "fw.uf2: 153.6 kB for SV16 at 0x10000000-0x10025800" in done.err
    assert bench.written == data
    assert not (bench.folder / "OTHER" / "FIRMWARE.UF2").exists()


def test_two_boards_do_not_take_each_others_drive(bench: Bench, port: Port) -> None:
    other, data = port("small", heap="100k"), uf2(2, NRF51)
    bench.sh.ports.append(f"kitchen={other}")
    bench.sh.write("fw.uf2", data)
    size = len(data)
    with bench.bootloader(size, at="A", patience=0.3), bench.bootloader(size, url=other, at="B", patience=0.3):
        done = bench.sh("@all flash -y fw.uf2")
    assert done.code == 0, done.err
    assert "attic,kitchen: FLASHED" in done.out
    assert bench.at_once == 1
    assert bench.written == data + data
    assert [(bench.folder / drive / "FIRMWARE.UF2").read_bytes() for drive in "AB"] == [data, data]


def test_a_dry_run_shows_the_plan_and_writes_nothing(bench: Bench) -> None:
    bench.sh.write("fw.uf2", uf2(family=NRF51))
    done = bench.sh("flash -n fw.uf2")
    assert done.code == 0
    assert "  fw.uf2: 768 B for SV16 at 0x10000000-0x10000300" in done.lines
    assert list(bench.folder.iterdir()) == []


def test_nobody_says_yes(bench: Bench) -> None:
    bench.sh.write("fw.uf2", uf2(family=NRF51))
    done = bench.sh("flash fw.uf2")
    assert (done.code, done.out) == (2, "")
    assert "write it to attic?" in done.err


def test_another_chips_file_is_refused_before_the_board_is_restarted(bench: Bench) -> None:
    bench.sh.write("fw.uf2", uf2(family=RP2040))
    done = bench.sh("flash -y fw.uf2")
    assert (done.code, done.out) == (5, "")
    assert "flash: it is for RP2040, this chip is SV16" in done.err


def test_each_back_end_says_why_it_cannot(bench: Bench) -> None:
    bench.sh.write("fw.uf2", uf2(family=RP2040))
    done = bench.sh("ls :; flash -y fw.uf2")
    assert done.code == 5
    assert "flash: uf2: it is for RP2040, this chip is SV16; esptool: it knows no SV16\n" in done.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--erase fw.uf2", "uf2: it knows no --erase"),
        ("--by esptool fw.uf2", "flash: fw.uf2 is a UF2 file, no firmware"),
        ("0 fw.uf2", "uf2: it takes one file, without an offset"),
        ("fw.uf2 fw.uf2", "uf2: it takes one file"),
        ("--by uf2 no.bin", "flash: no.bin is no UF2 file"),
        ("--latest --by uf2", "flash: it takes one file"),
    ],
)
def test_what_it_does_not_do(bench: Bench, words: str, why: str) -> None:
    bench.sh.write("fw.uf2", uf2(family=0x12345678))
    bench.sh.write("no.bin", b"\xe9\x00")
    done = bench.sh(f"flash -y {words}")
    assert done.code == 5
    assert why in done.err


@pytest.mark.parametrize("line", ["flash_id", "erase -y", "backup all.bin", "partitions"])
def test_what_only_esptool_does_is_not_tried_on_another_chip(bench: Bench, line: str) -> None:
    done = bench.sh(f"ls :; {line}")
    assert (done.code, "this is esptool's work, which knows no SV16" in done.err) == (5, True)


def test_a_back_end_that_is_not_there(bench: Bench) -> None:
    bench.sh.write("fw.uf2", uf2())
    done = bench.sh("flash --by dfu fw.uf2")
    assert done.code == 2
    assert "no firmware back end 'dfu'\nhint: there are: esptool, uf2" in done.err


def test_a_drive_of_another_chip_gets_nothing(bench: Bench) -> None:
    data = uf2(family=NRF51)
    bench.sh.write("fw.uf2", data)
    with bench.bootloader(len(data), board_id="RPI-RP2"):
        done = bench.sh("flash -y fw.uf2")
    assert done.code == 5
    assert "SV16BOOT (RPI-RP2): it is for SV16, this chip is RP2040" in done.err
    assert "nothing was written" in done.err
    assert bench.written == b""


def test_no_drive_appears(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "_APPEARS", 0.3)
    bench.sh.write("fw.uf2", uf2(family=NRF51))
    done = bench.sh("flash -y fw.uf2; exec print(1)")
    assert done.code == 5
    assert "no drive appears within 0.3 s; nothing was written\nhint: where the system does not mount it" in done.err


def test_a_drive_that_stays_is_no_success(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "_TAKES", 0.3)
    bench.sh.write("fw.uf2", uf2(family=NRF51))
    with bench.bootloader(0, takes=False):
        done = bench.sh("flash -y fw.uf2")
    assert (done.code, done.out) == (5, "")
    assert "SV16BOOT (SV16-Test-v1) is still there: it may not have taken the file" in done.err


def test_who_stops_it_is_told_how_it_stands(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(plugin, "_entered", interrupted)
    bench.sh.write("fw.uf2", uf2(family=NRF51))
    done = bench.sh("flash -y fw.uf2")
    assert (done.code, done.out) == (130, "")
    assert "hint: nothing was written; press reset to start the board" in done.err


@pytest.mark.parametrize(("good", "fails"), [(0, True), (1, True), (2, False)])
def test_a_drive_that_goes_with_the_last_block_has_it_all(
    good: int, fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter([None] * good)

    def fsync(_: int) -> None:
        if next(left, "gone"):
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    told: list[int] = []
    with pytest.raises(FirmwareError, match="input/output error, after") if fails else contextlib.nullcontext():
        write(Drive(tmp_path), bytes(160_000), told.append)
    assert told == [65536, 131072, 160000][: good + (not fails)]


def test_an_esp_has_no_drive_to_be_led_to(sh: Shell, port: Port) -> None:
    sh.ports.append(port("esp32s3"))
    sh.write("fw.uf2", uf2(family=0xC47E5767))
    done = sh("flash -y fw.uf2")
    assert done.code == 5
    assert "machine.bootloader() of an ESP32-S3 enters its ROM's loader, which has no drive" in done.err
    assert done.err.endswith("\nhint: flash the .bin of the same release\n")


def test_of_a_torn_file_it_is_said_first_that_it_is_torn(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    sh.write("torn.uf2", joined([0, 1], 3))
    done = sh("flash -n torn.uf2")
    assert done.code == 5
    assert done.err.startswith("flash: uf2: torn.uf2 is not whole: 2 of 3 blocks are there; esptool: ")


def test_who_takes_it_is_said_where_another_was_named(sh: Shell, port: Port) -> None:
    sh.ports.append(port())
    sh.write("fw.bin", firmware.merged(RECIPES["esp32"], Build(version="1.29.0", app_size=60_000)))
    done = sh("flash -n --by uf2 fw.bin")
    assert (done.code, done.err) == (5, "flash: fw.bin is no UF2 file\nhint: leave out --by: esptool takes it\n")


def test_a_drive_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look(env: Mapping[str, str]) -> list[Drive]:
        looks.append(1)
        if len(looks) == 3:
            bench.drive("RPI-RP2", "RPI-RP2")
        return drives(env)

    monkeypatch.setattr(plugin, "drives", look)
    bench.sh.write("fw.uf2", uf2(5))
    done = bench.sh("uf2 -y fw.uf2")
    assert (done.code, len(looks)) == (0, 3)
    assert done.err.startswith(
        "no board shows a UF2 drive: waiting for one, 20 s; hold BOOTSEL while it is plugged in\n"
    )
    assert done.out.startswith("FLASHED 2.6 kB to ")


def test_a_board_without_a_port(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "_APPEARS", 0.3)
    data = uf2(5)
    bench.sh.write("fw.uf2", data)
    none = bench.sh("uf2 -y fw.uf2")
    assert (none.code, none.out) == (3, "")
    assert "uf2: no board shows a UF2 drive within 0.3 s\nhint: hold BOOTSEL" in none.err
    drive = bench.drive("RPI-RP2", "RPI-RP2")
    done = bench.sh("uf2 -y fw.uf2")
    assert done.code == 0, done.err
    assert (drive / "FIRMWARE.UF2").read_bytes() == data
    assert done.out == f"FLASHED 2.6 kB to {drive} (RPI-RP2); the board restarts\n"
    bench.drive("SV16-Test", "OTHER")
    assert "several boards show a drive: " in bench.sh("uf2 -y fw.uf2").err
    other = bench.sh(f"uf2 -y fw.uf2 {bench.folder / 'OTHER'}")
    assert (other.code, "it is for RP2040, this chip is SV16" in other.err) == (5, True)
    assert f"{bench.folder} is no drive" in bench.sh(f"uf2 -y fw.uf2 {bench.folder}").err


def test_what_a_drive_says_reaches_no_terminal_as_it_is(bench: Bench) -> None:
    bench.drive("\x1b[31mRPI-RP2" + "x" * 500)
    bench.sh.write("fw.uf2", uf2())
    assert "\x1b" not in bench.sh("uf2 fw.uf2").err

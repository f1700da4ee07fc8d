"""ota: an app into the slot that does not run, chosen, tried, and kept or left."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from tests.conftest import Shell

OLD = "micropython v1.29.0-preview"
NEW = Build(version="1.30.0", app_size=40_000)


def app(chip: str = "esp32", build: Build = NEW) -> bytes:
    return firmware.app(RECIPES[chip], build)


@pytest.fixture
def slots(sh: Shell, port: Callable[..., str]) -> Shell:
    """A shell with a board that has two slots, and an app for it."""
    sh.ports.append(port(ota="1"))
    sh.write("new.bin", app())
    return sh


def test_a_new_board(slots: Shell) -> None:
    done = slots("ota status")
    assert done.lines == [
        "slot     offset   size  holds                                              state",
        f"ota_0   0x10000  1536K  {OLD}, Jul  5 2026 12:00:00  runs, boots next, valid",
        "ota_1  0x190000  1536K  no app",
    ]
    assert json.loads(slots("ota status --json").out)[1] == {
        "slot": "ota_1", "offset": 0x190000, "size": 0x180000, "project": None, "version": None, "built": None,
        "runs": False, "boots_next": False, "state": None,
    }  # fmt: skip


def test_an_update_is_tried_and_kept(slots: Shell) -> None:
    done = slots(
        "ota write new.bin -y; ota write new.bin -y --reset; ota mark; reset --hard; ota status; boards --json"
    )
    assert done.lines[:3] == [
        "WRITTEN · VERIFIED (ota_1: micropython v1.30.0) · BOOTS NEXT",
        "WRITTEN · VERIFIED · BOOTED (ota_1: micropython v1.30.0) · on trial: ota mark keeps it",
        "ota_1 is marked valid, and boots from now on",
    ]
    assert done.lines[-2].startswith("ota_1  0x190000  1536K  micropython v1.30.0, Jul  5 2026 12:00:00 ")
    assert done.lines[-2].endswith("  runs, boots next, valid")
    assert json.loads(done.lines[-1])[0]["firmware"] == "1.30.0"


def test_what_is_not_marked_is_left_at_the_next_restart(slots: Shell) -> None:
    done = slots("ota write new.bin -y --reset; ota status; reset --hard; ota status")
    tried, left = done.out.partition("BOOTED")[2].split("slot ")[1:]
    assert [line.split("  ")[-1] for line in tried.splitlines()[1:]] == ["boots next, valid", "runs, on trial"]
    assert [line.split("  ")[-1] for line in left.splitlines()[1:]] == ["runs, boots next, valid", "given up"]
    assert "ota_1 is on trial: the next restart leaves it" in done.err


def test_an_app_that_crashes_is_left_by_itself(slots: Shell) -> None:
    slots.write("bad.bin", app(build=Build(version="1.30.0", panics=True)))
    done = slots("ota write bad.bin -y --reset")
    assert (done.code, done.out) == (5, "")
    assert done.err.startswith(f"ota: WRITTEN · VERIFIED · NOT BOOTED: ota_0 came up ({OLD}), not ota_1\n")


def test_a_whole_firmware_gives_its_app(slots: Shell) -> None:
    slots.write("whole.bin", firmware.merged(RECIPES["esp32"], NEW) + b"files" * 1000)
    done = slots("ota write whole.bin -y --reset; partitions")
    assert "· BOOTED (ota_1: micropython v1.30.0)" in done.lines[0]
    assert "is a whole firmware: its app is taken" in done.err
    assert "otadata" in done.out


def test_no_switch_and_switch(slots: Shell) -> None:
    done = slots("ota write new.bin -y --no-switch; ota status; ota switch; ota switch ota_0; ota switch --reset")
    assert done.lines[0] == "WRITTEN · VERIFIED (ota_1: micropython v1.30.0)"
    assert done.lines[2].endswith("runs, boots next, valid")
    assert done.lines[4:] == [
        "ota_1 boots next (micropython v1.30.0)",
        f"ota_0 boots next ({OLD})",
        "BOOTED (ota_1: micropython v1.30.0) · on trial: ota mark keeps it",
    ]


def test_it_asks(slots: Shell) -> None:
    done = slots("ota write new.bin")
    assert (done.code, done.out) == (2, "")
    assert "nobody is here to answer: write micropython v1.30.0 to ota_1 of " in done.err


def test_what_goes_into_a_slot_is_what_the_file_holds(slots: Shell) -> None:
    data = app(build=Build(version="1.30.0", app_size=4096 * 3))
    slots.write("new.bin", data)
    slots.write(
        "same.py",
        "import esp32, hashlib\np = esp32.Partition('ota_1')\nb = bytearray(4096)\nh = hashlib.sha256()\n"
        f"for n in range({len(data) // 4096 + 1}):\n    p.readblocks(n, b)\n"
        f"    h.update(bytes(b)[:max(0, {len(data)} - n * 4096)])\nprint(h.digest().hex())\n",
    )
    import hashlib

    assert slots("ota write new.bin -y; run same.py").lines[-1] == hashlib.sha256(data).hexdigest()
    assert slots("ls :").out == ""


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (app("esp32c3"), 5, "ota: image is for ESP32-C3 (chip id 5), this chip is ESP32\n"),
        (app(build=Build(app_size=1_600_000)), 5, "holds 1572864\n"),
        (app()[:-100], 5, "is damaged: "),
        (app()[:20_000] + b"?" + app()[20_001:], 5, "is damaged: "),
        (firmware.bootloader(RECIPES["esp32"], NEW), 5, "ota: new.bin holds no app, but: bootloader alone\n"),
        (app("esp8266"), 5, "ota: new.bin holds no app, but: ESP8266 firmware\n"),
        (b"<html>", 5, "ota: new.bin is a web page, no firmware\n"),
        (b"", 5, "ota: new.bin is an empty file, no firmware\n"),
    ],
)
def test_what_cannot_run_is_not_written(slots: Shell, content: bytes, code: int, said: str) -> None:
    slots.write("new.bin", content)
    done = slots("ota write new.bin -y")
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert slots("ota status").lines[2].endswith("no app")


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("ota write", 2, "ota: write which firmware?\nhint: ota write FILE\n"),
        ("ota write none.bin", 2, "no such file"),
        ("ota switch", 1, "ota: ota_1 holds no app\nhint: ota write FILE\n"),
        ("ota switch ota_7", 2, "ota: no slot 'ota_7'\nhint: there are: ota_0, ota_1\n"),
        ("ota mark ota_1", 2, "ota: 'ota_1' is one word too many\n"),
        ("ota write new.bin --no-switch --reset", 2, "ota: --no-switch is for a write without --reset\n"),
        ("ota mark --reset", 2, "ota: --reset is for write and switch\n"),
    ],
)
def test_what_cannot_be_done_says_why(slots: Shell, line: str, code: int, said: str) -> None:
    done = slots(line)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_mark_is_for_what_runs(slots: Shell) -> None:
    assert slots("ota mark").out == "ota_0 is valid already\n"
    done = slots("ota write new.bin -y --reset; ota switch ota_0; ota mark")
    assert done.code == 1
    assert "ota: ota_0 boots next, and would be marked before it ever ran\n" in done.err


def test_the_way_back_is_not_written_over(slots: Shell) -> None:
    done = slots("ota write new.bin -y --reset; ota write new.bin -y")
    assert done.code == 1
    assert "ota: ota_1 is on trial, and ota_0, to which it would go back, is not written over\n" in done.err
    assert slots("ota mark; ota write new.bin -y --no-switch").code == 0


@pytest.mark.parametrize(
    ("profile", "options", "said"),
    [
        ("esp32", {}, "ota: this board has no OTA slots\nhint: MicroPython's builds for OTA have two: "),
        ("esp8266", {}, "ota: this firmware has no esp32\nhint: ota is for ESP32 boards\n"),
    ],
)
def test_a_board_without_slots(
    sh: Shell, port: Callable[..., str], profile: str, options: dict[str, str], said: str
) -> None:
    sh.ports.append(port(profile, **options))
    assert (sh("ota status").code, sh("ota status").err[: len(said)]) == (1, said)


def test_a_cable_that_is_put_back_is_no_failure(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(ota="1", fault="unplug@15000:replug=200ms"))
    sh.write("new.bin", app())
    done = sh("ota write new.bin -y --reset")
    assert "connected again" in done.err
    assert "· BOOTED (ota_1: micropython v1.30.0)" in done.out


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("unplug@15000", "the board is gone"),
        ("kill@15000", "ota: ota_1: the board restarted meanwhile\n"),
    ],
)
def test_what_is_cut_short_leaves_the_old_app(sh: Shell, port: Callable[..., str], fault: str, said: str) -> None:
    sh.ports.append(port(ota="1", fault=fault))
    sh.write("new.bin", app())
    done = sh("ota write new.bin -y", "--wait", "0.1")
    assert (done.code, done.out) == (4, "")
    assert said in done.err
    assert "hint: ota_0 runs on, and boots as before; ota_1 is not whole" in done.err
    sh.ports[-1] = sh.ports[-1].partition("&fault")[0]
    again = sh("ota status; ota switch; ls :")
    assert again.lines[1].endswith("runs, boots next, valid")
    assert again.lines[2].endswith("no app")
    assert "ota_1 holds no app" in again.err


def test_the_chosen_slot_is_given_up_before_it_is_written_over(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(ota="1", fault="kill@45000"))
    sh.write("new.bin", app())
    done = sh("ota write new.bin -y; ota write new.bin -y")
    assert (done.code, len(done.lines)) == (4, 1)
    assert "ota_0 runs on, and boots as before" in done.err
    assert sh("ota status").lines[1].endswith("runs, boots next, valid")


@pytest.mark.parametrize("lacking", ["deflate", "hashlib,stdin.buffer", "vfs"])
def test_boards_that_can_do_less(sh: Shell, port: Callable[..., str], lacking: str) -> None:
    sh.ports.append(port(ota="1", without=lacking))
    sh.write("new.bin", app(build=Build(version="1.30.0", app_size=9_000)))
    assert sh("ota write new.bin -y --reset").out.startswith("WRITTEN · VERIFIED · BOOTED (ota_1: micropython v1.30.0)")


def test_a_line_that_damages(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(ota="1", fault="lose:up:0.001,lose:down:0.001", seed="1"))
    sh.write("new.bin", app(build=Build(version="1.30.0", app_size=9_000)))
    assert "· BOOTED (ota_1: micropython v1.30.0)" in sh("ota write new.bin -y --reset").out


def test_a_set_of_boards(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports += [f"attic={port(ota='1')}", f"kitchen={port(ota='1')}"]
    sh.write("new.bin", app(build=Build(version="1.30.0", app_size=9_000)))
    assert "several boards at once are not asked: write micropython v1.30.0" in sh("@all ota write new.bin").err
    done = sh("@all ota write new.bin -y --reset")
    assert (
        done.out
        == "attic,kitchen: WRITTEN · VERIFIED · BOOTED (ota_1: micropython v1.30.0) · on trial: ota mark keeps it\n"
    )


def test_a_board_that_answers_nonsense(slots: Shell) -> None:
    slots.write("harm.py", "import esp32\nesp32.Partition.find = lambda *a: [esp32]\nesp32.info = lambda: 'x'\n")
    done = slots("run harm.py; ota status")
    assert done.code == 1
    assert done.err.startswith("ota: ")


def test_a_factory_app_and_one_slot(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(ota="1"))
    sh.write("new.bin", app())
    table = ("nvs,data,nvs,0x9000,0x4000,", "otadata,data,ota,0xd000,0x2000,", "factory,app,factory,0x10000,0x180000,",
             "ota_0,app,ota_0,0x190000,0x180000,", "vfs,data,fat,0x310000,0xf0000,")  # fmt: skip
    sh.write("table.csv", "\n".join(table))
    assert sh("flash new.bin --partition-table table.csv -y").code == 0
    done = sh("ota mark; ota write new.bin -y --reset; ota mark; ota write new.bin -y")
    assert (done.lines[0], done.lines[-1]) == ("factory needs no mark", "ota_0 is marked valid, and boots from now on")
    assert done.err.endswith("ota: ota_0 runs, and is the only slot\nhint: ota switch factory --reset, then write\n")
    done = sh("ota switch factory --reset; ota write new.bin -y; ota write new.bin -y --no-switch; ota status")
    assert done.code == 0
    assert done.lines[0] == "BOOTED (factory: micropython v1.30.0)"
    assert done.lines[-2].endswith("runs, boots next")


def test_an_encrypted_slot_is_left_alone(slots: Shell) -> None:
    slots.write(
        "lock.py",
        "import esp32\nP = esp32.Partition\ninfo = P.info\nP.info = lambda self: info(self)[:5] + (True,)\n",
    )
    done = slots("run lock.py; ota write new.bin -y")
    assert (done.code, done.out) == (5, "")
    assert "ota: ota_1 is encrypted, and is not written from here\n" in done.err


def test_a_board_with_little_memory(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(ota="1", heap="44k"))
    sh.write("new.bin", app(build=Build(version="1.30.0", app_size=20_000)))
    assert sh("ota write new.bin -y").out == "WRITTEN · VERIFIED (ota_1: micropython v1.30.0) · BOOTS NEXT\n"

"""romfs: what ROM partitions hold, images built of directories, written so that what is cut short is never mounted."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest
from espsh_plugins.romfs_image import build, read_bytes

from espsh.sim.machine import power_off
from tests.conftest import Shell

SOURCES = {
    "src/main.py": b"print('rom')\n",
    "src/lib/tool.py": b"def work():\n    return 42\n",
    "src/data.bin": bytes(range(256)) * 40,
    "src/.hidden": b"no",
    "src/__pycache__/tool.pyc": b"no",
}
NOISE = random.Random(7).randbytes(20_000)
# vfs.rom_ioctl as ports have it whose partition is memory: alif, stm32 and others. Flash that only clears bits.
MEMORY = """
import vfs
flash = [bytearray(16384), bytearray(bytes(12288))]
asked = []
def rom_ioctl(op, part=0, *more):
    asked.append((op, part, more if op == 3 else 0))
    if op == 1:
        return len(flash)
    if not 0 <= part < len(flash):
        return -22
    f = flash[part]
    if op == 2:
        return memoryview(f)
    if op == 6:
        return UNIT
    if op == 3:
        at, n = more if len(more) > 1 else (0, more[0])
        for i in range(at, min(len(f), (at + n + 4095) // 4096 * 4096)):
            f[i] = 255
        return 16
    if op == 4:
        at, data = more
        assert at % 16 == 0 and len(data) % 16 == 0, (at, len(data))
        for i in range(len(data)):
            f[at + i] &= data[i]
        return 0
    return 0 if op == 5 else -22
vfs.rom_ioctl = rom_ioctl
"""
WORN = """
import vfs
d = vfs.rom_ioctl(2, 0)
d.writeblocks(2, bytes(9), 7)
type(d).ioctl = lambda s, op, arg: {4: 16, 5: 4096}.get(op)  # it erases nothing any more
"""


@pytest.fixture
def rom(sh: Shell, port: Callable[..., str]) -> Shell:
    """A shell with sources, and a board with a ROM partition."""
    for name, data in SOURCES.items():
        sh.write(name, data)
    sh.ports.append(port(romfs="64k"))
    return sh


def test_a_directory_is_compiled_written_and_mounted(rom: Shell) -> None:
    done = rom("romfs deploy src")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("WRITTEN · VERIFIED (ROMFS0: 10.4 kB of 65.5 kB) · RESTARTED: it is at /rom")
    assert rom("ls -R :/rom; exec import tool; print(tool.work(), tool.__file__)").lines == [
        "data.bin", "lib/", "lib/tool.mpy", "main.mpy", "42 /rom/lib/tool.mpy",
    ]  # fmt: skip
    assert rom("cat :/rom/data.bin").data == SOURCES["src/data.bin"]


def test_what_it_holds_is_read_from_its_flash(rom: Shell) -> None:
    assert rom("romfs query").lines == [
        "partition     size  image  files",
        "ROMFS0     65.5 kB      -      -  no image",
    ]
    assert "ROMFS0 holds no image" in rom("romfs ls").err
    rom("romfs deploy src --no-mpy --no-reset")
    assert rom("romfs query").lines[1].split() == ["ROMFS0", "65.5", "kB", "10.3", "kB", "3"]
    assert rom("romfs ls").lines == ["10240  data.bin", "       lib/", "   26  lib/tool.py", "   13  main.py"]
    assert json.loads(rom("romfs query --json").out) == [
        {"number": 0, "size": 65536, "block": 4096, "image": 10330, "files": 3, "damaged": None}
    ]
    assert {one["path"] for one in json.loads(rom("romfs ls --json").out)} == {
        "data.bin", "lib", "lib/tool.py", "main.py",
    }  # fmt: skip


@pytest.mark.parametrize("line", ["touch :/rom/x", "rm :/rom/main.mpy", "cp app.py :/rom/", "mkdir :/rom/d"])
def test_what_would_change_the_mounted_image_is_refused(rom: Shell, line: str) -> None:
    rom("romfs deploy src")
    rom.write("app.py", "")
    result = rom(line)
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith("the filesystem is read-only (EROFS)\n")


def test_a_mirror_of_the_root_leaves_other_filesystems_alone(rom: Shell) -> None:
    assert rom("romfs deploy src; touch :old").code == 0
    rom.write("new/main.py", "")
    result = rom("rsync -m new/ :/; ls :; ls :/rom")
    assert result.code == 0, result.err
    assert not {"old", "- rom/"} & set(result.lines)
    assert {"main.py", "rom/", "main.mpy"} <= set(result.lines)


def test_the_mounted_image_is_no_part_of_the_boards_own_files(rom: Shell) -> None:
    assert rom("romfs deploy src; touch :own; cp -r : back; snapshot save board.zip").code == 0
    assert "own" in [path.name for path in (rom.folder / "back").iterdir()]
    assert not (rom.folder / "back/rom").exists()
    assert rom("rm -r src/lib; romfs deploy src; snapshot restore -y board.zip; ls :/rom").lines[-1] == "main.mpy"
    assert rom("cp -r :/rom there; ls there").lines[-1] == "main.mpy"


def test_a_directory_of_that_name_is_one_like_others(rom: Shell) -> None:
    assert rom("mkdir :rom; touch :rom/a; cp -r : back").code == 0
    assert (rom.folder / "back/rom/a").is_file()


def test_images_of_all_lengths_around_the_pages_of_flash(rom: Shell) -> None:
    for size in (1, 240, 246, 247, 248, 249, 260, 495, 502, 503, 504, 505, 4080, 4086, 4087, 4088, 4100):
        data = build({"x": bytes((7 * at + size) & 255 for at in range(size))})
        rom.write("x.romfs", data)
        assert "VERIFIED" in rom("romfs deploy x.romfs --no-reset").out
        assert rom("romfs ls").lines == [f"{size}  x"]


def test_an_image_that_is_there_is_not_written_again(rom: Shell) -> None:
    rom("romfs deploy src")
    again = rom("romfs deploy src")
    assert (again.code, again.out) == (0, "ROMFS0 holds this image already (10.4 kB)\n")
    rom.write("src/main.py", b"print('new')\n")
    assert "WRITTEN" in rom("romfs deploy src").out
    assert rom("exec import sys; sys.modules.pop('main', 0); import main").out == "new\n"


def test_without_a_restart_it_is_said_when_it_comes(rom: Shell) -> None:
    assert rom("romfs deploy src --no-reset").out.endswith("at /rom when the board restarts (reset)\n")
    assert "no such file" in rom("ls :/rom").err
    assert "main.mpy" in rom("reset; ls :/rom").out


def test_an_image_is_built_for_the_board_and_is_what_is_deployed(rom: Shell) -> None:
    built = rom("romfs build src")
    assert built.out == f"{rom.folder / 'src.romfs'}: 10.4 kB, for MicroPython 1.29.0-preview\n"
    assert rom("romfs ls src.romfs").lines[1:3] == ["       lib/", rom("romfs ls src.romfs").lines[2]]
    rom("romfs deploy src")
    assert "holds this image already" in rom("romfs deploy src.romfs").out
    rom.write("long.img", rom.read("src.romfs") + b"\xff" * 500)
    assert "holds this image already" in rom("romfs deploy long.img").out


def test_an_image_is_built_without_a_board(sh: Shell) -> None:
    sh.write("src/a.py", "x = 1\n")
    sh.write("src/b.txt", "text")
    assert sh("romfs build src --for 1.22 -o old.romfs").out.endswith("old.romfs: 54 B, for MicroPython 1.22\n")
    image = read_bytes(sh.read("old.romfs"))
    assert image
    assert [one.path for one in image.members] == ["a.mpy", "b.txt"]
    assert sh("romfs build src --no-mpy").code == 0
    assert sh.read("src.romfs") == build({"a.py": b"x = 1\n", "b.txt": b"text"})
    assert sh("romfs build src").code == 2
    assert "--for 1.29; or --no-mpy" in sh("romfs build src").err


def test_several_boards_at_once(sh: Shell, port: Callable[..., str]) -> None:
    sh.write("src/a.py", "x = 1\n")
    sh.ports += [f"attic={port(romfs='64k')}", f"kitchen={port('esp32c3', romfs='64k')}"]
    assert sh("@all romfs deploy src").out == (
        "attic,kitchen: WRITTEN · VERIFIED (ROMFS0: 40 B of 65.5 kB) · RESTARTED: it is at /rom\n"
    )
    assert "several boards cannot write to one image" in sh("@all romfs build src").err


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("romfs deploy big", 1, "romfs: the image has 70016 bytes, and ROMFS0 has 65536\n"),
        ("romfs deploy src -p 1", 2, "romfs: no partition 1\nhint: only 0 is\n"),
        ("romfs ls -p 7", 2, "romfs: no partition 7\n"),
        ("romfs deploy", 2, "romfs: deploy what?\nhint: romfs deploy DIR\n"),
        ("romfs deploy nothing", 2, "nothing: no such file or directory"),
        ("romfs deploy big/x", 1, "x is no ROMFS image\n"),
        ("romfs ls src", 2, "src is a directory, not an image\n"),
        ("romfs build big/x --no-mpy", 2, "x is no directory\n"),
        ("romfs deploy broken", 1, "broken.py:1: SyntaxError"),
        ("romfs deploy twice", 2, "romfs: two files would become a.mpy\n"),
        ("romfs deploy foreign", 1, "romfs: a.mpy: compiled as .mpy version 5"),
        ("romfs deploy foreign.img", 1, "romfs: a.mpy: compiled as .mpy version 5"),
        ("romfs deploy torn.img", 1, "torn.img: damaged image: "),
        ("romfs ls torn.img", 1, "\nhint: romfs build DIR makes it anew\n"),
        ("romfs deploy hidden", 2, "hidden holds nothing that an image takes\nhint: "),
        ("romfs build hidden --no-mpy", 2, "hidden holds nothing that an image takes\nhint: "),
    ],
)
def test_what_cannot_be_done_says_why_and_writes_nothing(rom: Shell, line: str, code: int, said: str) -> None:
    rom.write("big/x", bytes(70_000))
    rom.write("broken/broken.py", "def (\n")
    rom.write("twice/a.py", "")
    rom.write("twice/a.mpy", b"M\x06\x00\x1f")
    rom.write("foreign/a.mpy", b"M\x05\x00\x1f")
    rom.write("foreign.img", build({"a.mpy": b"M\x05\x00\x1f"}))
    rom.write("hidden/.git/x", "")
    rom.write("torn.img", build({"a": b"hello"})[:-3])
    done = rom(line)
    assert (done.code, done.out) == (code, ""), done.err
    assert said in done.err
    assert "no image" in rom("romfs query").out


@pytest.mark.parametrize(
    ("options", "action"),
    [
        ({}, "query"),
        ({}, "deploy src"),
        ({"without": "vfs"}, "ls"),
        ({"romfs": "64k", "without": "vfs.rom_ioctl"}, "query"),
    ],
)
def test_a_board_without_it(sh: Shell, port: Callable[..., str], options: dict[str, str], action: str) -> None:
    sh.write("src/a.txt", "")
    sh.ports.append(port(**options))
    done = sh(f"romfs {action}")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("romfs: this firmware has no ROMFS\nhint: firmware that has it: ESP8266_GENERIC with ")


def test_firmware_with_it_and_no_partition(board: Shell) -> None:
    board.write("none.py", "import vfs\nvfs.rom_ioctl = lambda *a: 0\n")
    assert board("run none.py; romfs query").err.startswith("romfs: this board has no ROM partition\n")


@pytest.mark.parametrize("number", ["'x'", "[1]", "1 << 40", "-5"])
def test_an_answer_that_makes_no_sense(board: Shell, number: str) -> None:
    board.write(
        "harm.py", f"import vfs\nclass V:\n ioctl=lambda *a: {number}\nvfs.rom_ioctl=lambda o,*a: V() if o>1 else 1\n"
    )
    done = board("run harm.py; romfs query")
    assert done.code == 1
    assert "Traceback" not in done.err


def test_a_damaged_image_in_flash_says_where(rom: Shell) -> None:
    rom.write("torn.py", "import vfs\nd = vfs.rom_ioctl(2, 0)\nd.writeblocks(0, b'\\xd2\\xcd1\\x7f' + bytes(60))\n")
    done = rom("run torn.py; romfs query")
    assert (done.code, done.lines[1].split(None, 5)[5]) == (0, "damaged image: no record at byte 4")
    assert "no record at byte 4" in rom("romfs ls").err


# Cut short


def test_a_cable_that_is_pulled_and_put_back_costs_nothing(sh: Shell, port: Callable[..., str]) -> None:
    sh.write("src/data.bin", NOISE)
    sh.ports.append(port(romfs="64k", fault="unplug@6000:replug=100ms"))
    done = sh("romfs deploy src")
    assert done.code == 0, done.err
    assert "connected again" in done.err
    assert sh("romfs ls").lines == ["20000  data.bin"]


def test_lost_bytes_cost_time_only(sh: Shell, port: Callable[..., str]) -> None:
    sh.write("src/data.bin", NOISE)
    sh.ports.append(port(romfs="64k", fault="lose:up:0.0005,damage:up:0.0005", seed="3"))
    assert "VERIFIED" in sh("romfs deploy src").out
    assert sh("cat :/rom/data.bin > back.bin").code == 0
    assert sh.read("back.bin") == sh.read("src/data.bin")


@pytest.mark.parametrize("at", [4000, 9000, 15_000, 22_000])
def test_a_power_cut_leaves_the_old_image_or_none(sh: Shell, port: Callable[..., str], at: int) -> None:
    sh.write("old/a.txt", "old" * 2000)
    sh.write("src/data.bin", NOISE)
    whole = port(romfs="64k")
    sh.ports = [whole]
    assert sh("romfs deploy old").code == 0
    sh.ports = [f"{whole}&fault=kill@{at}"]
    done = sh("romfs deploy src")
    assert done.code == 4, (done.out, done.err)
    assert "ROMFS0 may hold no image now, and what is not whole is not mounted: romfs deploy writes it " in done.err
    power_off(sh.ports[0])
    sh.ports = [whole]
    there = sh("ls :/rom")
    assert there.out in ("", "a.txt\n")
    assert sh("romfs query").lines[1].split()[-1] == ("1" if there.out else "image")
    assert at == 4000 or not there.out
    assert "VERIFIED" in sh("romfs deploy src").out


def test_flash_that_does_not_keep_what_is_written(rom: Shell) -> None:
    rom.write("worn.py", WORN)
    done = rom("run worn.py; romfs deploy src --no-reset")
    assert done.code == 4, done.err
    assert "ROMFS0" in done.err
    assert "/romfs~" not in done.err
    assert "no image" in rom("romfs query").out


@pytest.mark.parametrize("lacking", ["stdin.buffer", "deflate", "hashlib", "binascii"])
def test_boards_that_lack_what_copies_are_fast_by(sh: Shell, port: Callable[..., str], lacking: str) -> None:
    sh.write("src/data.bin", NOISE)
    sh.ports.append(port(romfs="64k", without=lacking))
    assert "VERIFIED" in sh("romfs deploy src").out
    assert sh("romfs ls").lines == ["20000  data.bin"]
    assert sh("cat :/rom/data.bin").data == NOISE


# Partitions that are memory


@pytest.mark.parametrize(("unit", "erasures"), [("4096", [(0, 4096), (4096, 4096), (8192, 4096)]), ("-22", [(10372,)])])
def test_partitions_that_are_memory(rom: Shell, unit: str, erasures: list[tuple[int, ...]]) -> None:
    rom.write("memory.py", MEMORY.replace("UNIT", unit))
    assert rom("run memory.py; romfs query").lines[1:] == [
        "ROMFS0     16.4 kB      -      -  no image",
        "ROMFS1     12.3 kB      -      -  no image",
    ]
    done = rom("run memory.py; romfs deploy src -p 1; romfs ls -p 1; eval [a[2] for a in asked if a[0] == 3]")
    assert done.code == 0, done.err
    assert done.lines[0] == (
        "WRITTEN · VERIFIED (ROMFS1: 10.4 kB of 12.3 kB): vfs.mount(vfs.VfsRom(vfs.rom_ioctl(2, 1)), '/rom1')"
    )
    assert [line.split()[-1] for line in done.lines[1:5]] == ["data.bin", "lib/", "lib/tool.mpy", "main.mpy"]
    assert done.lines[5] == str(erasures)

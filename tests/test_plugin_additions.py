"""What plugins have besides commands: hooks, and rows of our tables. All of it leaves with the run."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.base.events import BoardLost
from espsh.board.prompt import snippets
from espsh.chips import known
from espsh.core.plugged import Plugins
from espsh.core.plugins import in_folder
from espsh.core.registry import Registry
from espsh.diagnose import findings
from espsh.firmware import backends
from espsh.firmware.selection import Facts, select
from espsh.ports import open as ports
from espsh.ports.usb_ids import usb_kind
from tests.commands.test_flash import image
from tests.conftest import Shell
from tests.test_plugins import GREETER, own

HEARING = """
from espsh.api import hookimpl
def note(*said):
    with open({file!r}, "a") as file:
        print(*said, file=file)
@hookimpl
def {hook}:
    note({said})
"""


def heard(sh: Shell, hook: str, said: str) -> Callable[[], list[str]]:
    """Put a plugin with this hook into the user's folder; return what it noted down."""
    file = sh.folder.parent / "heard"
    own(sh, "hearing.py", HEARING.format(file=str(file), hook=hook, said=said))
    return lambda: file.read_text().splitlines() if file.exists() else []


@contextlib.contextmanager
def loaded(sh: Shell, name: str, source: str) -> Iterator[tuple[Plugins, list[str]]]:
    """Load a plugin outside of a run; yield all plugins and what was told of them."""
    path, told = own(sh, name, source), list[str]()
    plugins = Plugins(Registry({}), lambda: in_folder(path.parent), None, lambda n, t: told.append(f"{n}: {t.line}"))
    try:
        plugins.extend()
        yield plugins, told
    finally:
        plugins.close()


def test_before_transfer(board: Shell) -> None:
    noted = heard(board, "before_transfer(board, paths, size)", "board, *paths, size")
    board.write("a.txt", "abc")
    board.write("b.txt", "de")
    assert board("cp a.txt b.txt :; cp :a.txt back; cp a.txt :").code == 0
    (line,) = noted()
    assert line.split()[1:] == ["/a.txt", "/b.txt", "5"]


def test_before_transfer_on_a_board_without_stdin(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(without="stdin.buffer"))
    noted = heard(sh, "before_transfer(paths)", "*paths")
    sh.write("a.txt", "abc")
    assert sh("cp a.txt :").code == 0
    assert noted() == ["/a.txt"]


def test_board_connected(board: Shell) -> None:
    noted = heard(board, "board_connected(board)", "board")
    assert board("pwd; ls :").code == 0
    assert len(noted()) == 1


def test_after_flash(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(blank="1"))
    noted = heard(sh, "after_flash(outcome)", "outcome")
    sh.write("new.bin", image())
    assert sh("flash -y new.bin").code == 0
    assert noted() == ["FLASHED · VERIFIED · BOOTED (MicroPython 1.29.0 on ESP32)"]


def test_board_lost(sh: Shell) -> None:
    noted = heard(sh, "board_lost(board, reason)", "board, reason")
    with loaded(sh, "greeter.py", GREETER) as (plugins, _):
        plugins.hear(BoardLost("attic", "unplugged"))
    plugins.hear(BoardLost("attic", "unplugged again"))
    assert noted() == ["attic unplugged"]


@pytest.mark.parametrize("what", ["KeyError('x')", "SystemExit('x')"])
def test_a_hook_that_raises_costs_one_line(board: Shell, what: str) -> None:
    noted = heard(board, "before_transfer(board)", "'still called'")
    for name in ("a_first.py", "z_last.py"):
        source = f"from espsh.api import hookimpl\n@hookimpl\ndef before_transfer():\n    raise {what}\n"
        own(board, name, source)
    board.write("a.txt", "abc")
    found = board("cp a.txt :; cat :a.txt")
    assert (found.code, found.out) == (0, "abc")
    said = [line for line in found.err.splitlines() if "before_transfer" in line]
    assert [line.partition("before_transfer: ")[0] for line in sorted(said)] == [
        "plugin a_first: a_first.py:4: ",
        "plugin z_last: z_last.py:4: ",
    ]
    assert all("Error('x')" in line or "SystemExit('x')" in line or "KeyError: 'x'" in line for line in said)
    assert noted() == ["still called"]


WRONG = {
    "no hook": ("@hookimpl\ndef before_lunch(): pass", "hearing.py:3: there is no hook before_lunch, but: board_conn"),
    "a strange word": (
        "@hookimpl\ndef board_lost(bord): pass",
        "hearing.py:3: board_lost is told board, reason, not b",
    ),
    "no rows": ("DIAGNOSES = 5", "hearing.py:3: DIAGNOSES: 'int' object is not iterable"),
    "no rule": ("DIAGNOSES = ('x',)", "DIAGNOSES: 'x' is no row that diagnosis(…) made"),
    "a rule of ours": ("DIAGNOSES = (row('no-psram'),)", "'no-psram' is a signature of espsh"),
    "a weight": ("DIAGNOSES = (row(weight='heavy'),)", "mine: 'heavy' is none of: final, fatal, crash, note"),
    "a field": ("DIAGNOSES = (row(title='{what}'),)", "mine: no pattern has a group what"),
    "a usb id": ("USB_KINDS = (0x1234,)", "USB_KINDS: 4660 is no UsbKind"),
    "pids": ("USB_KINDS = (UsbKind(1, (2,), 'x'),)", "x: vid is a number, pids a frozenset"),
    "a scheme of ours": ("PORT_SCHEMES = {'sim': object}", "PORT_SCHEMES: sim:// is a port of espsh or pyserial"),
    "a scheme of pyserial": ("PORT_SCHEMES = {'loop': object}", "loop:// is a port of espsh or pyserial"),
    "a drive": ("PORT_SCHEMES = {'c': object}", "'c' is no scheme"),
    "no port": ("PORT_SCHEMES = {'lab': 5}", "lab: 5 is no class of ports"),
    "no Python": (
        "USB_KINDS = ()\nSNIPPETS = {'s': 'def f('}",
        "hearing.py:4: SNIPPETS: s: line 1 of it: '(' was never",
    ),
    "our name": ("USB_KINDS = ()\nSNIPPETS = {'s': 'def clock(): pass'}", "s: clock is espsh's own on the board"),
    "a long one": ("USB_KINDS = ()\nSNIPPETS = {'s': '#' * 5000}", "4096 bytes at most; it has 5000"),
    "no chip": ("CHIPS = ('RP2040',)", "hearing.py:3: CHIPS: 'RP2040' is no Chip"),
    "a chip of ours": (
        "x = 1\nCHIPS = (Chip('Rp-2040'),)",
        "plugin hearing: hearing.py:4: CHIPS: Rp-2040: name rp2040 is the RP2040's",
    ),
    "an alias of ours": ("CHIPS = (Chip('Mine', aliases=('ESP8285',)),)", "Mine: name esp8285 is the ESP8266's"),
    "an image id of ours": ("CHIPS = (Chip('Mine', image_id=9),)", "Mine: image id 9 is the ESP32-S3's"),
    "a family of ours": (
        "CHIPS = (Chip('Mine', uf2_families=(0xADA52840,)),)",
        "UF2 family 0xada52840 is the nRF52840",
    ),
    "two of one name": ("CHIPS = (Chip('Mine'), Chip('mine'))", "mine: name mine is the Mine's"),
    "a chip's short name": ("CHIPS = (Chip('C3'),)", "'C3' is too short to be found by"),
    "a chip's code": ("CHIPS = (Chip('Mine', arch='arm'),)", "Mine: arch 'arm' is none of: x86, x64, armv6, "),
    "a back end of ours": (
        "class By: name, reason, flash = 'esptool', id, id\nFIRMWARE_BACKENDS = (By(),)",
        "hearing.py:4: FIRMWARE_BACKENDS: 'esptool' is a back end of espsh",
    ),
    "no back end": ("FIRMWARE_BACKENDS = (5,)", "FIRMWARE_BACKENDS: 5 has no name that is a word"),
    "a name with a blank": (
        "class By: name, reason, flash = 'by hand', id, id\nFIRMWARE_BACKENDS = (By(),)",
        "has no name that is a word",
    ),
    "half a back end": (
        "class By: name, reason = 'dfu', id\nFIRMWARE_BACKENDS = (By(),)",
        "FIRMWARE_BACKENDS: dfu has no function flash",
    ),
    "Ctrl-C": ("USB_KINDS = ()\nSNIPPETS = {'s': 'x = \"\\x03\"'}", "ASCII without Ctrl-C"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_and_nothing_taken(sh: Shell, name: str) -> None:
    source, line = WRONG[name]
    with loaded(sh, "hearing.py", ROW + source) as (plugins, told):
        assert [plugin.state for plugin in plugins.all] == ["broken"]
        assert len(told) == 1
        assert line in f"plugin {told[0]}"
    assert (findings.ADDED, known.ADDED, backends.ADDED) == ([], [], [])


ROW = """from espsh.api import *
def row(name="mine", weight="note", title="t"): return diagnosis(name, weight, "x", title=title, cause="", fix="")
"""
SENSOR = """
from espsh.api import diagnosis
DIAGNOSES = (
    diagnosis("bme280-silent", "crash", r"OSError: \\[Errno 19\\] (?P<what>BME280)",
              title="the {what} does not answer", cause="its cable is loose", fix="plug it in again"),
)
"""


def test_a_diagnosis_of_a_plugin(sh: Shell) -> None:
    sh.write("boot.log", "rst:0x1 (POWERON_RESET),boot:0x13\nOSError: [Errno 19] BME280\n")
    assert "BME280 does not answer" not in sh("diagnose boot.log").out
    own(sh, "sensor.py", SENSOR)
    found = sh("diagnose boot.log")
    assert "the BME280 does not answer" in found.out
    assert "plug it in again" in found.out
    assert findings.ADDED == []


def test_usb_ids_of_a_plugin(sh: Shell) -> None:
    source = "from espsh.api import UsbKind\nUSB_KINDS = (UsbKind(0x303A, frozenset({0x8123}), 'My board'),)"
    with loaded(sh, "mine.py", source) as (_, told):
        kind, other = usb_kind(0x303A, 0x8123), usb_kind(0x303A, 0x8124)
        assert told == []
    assert kind and kind.name == "My board"
    assert other and other.name == "Espressif USB"
    assert usb_kind(0x303A, 0x8123) == other


CHIP = """
from espsh.api import Chip
CHIPS = (Chip("SV16", aliases=("small virtual board",), arch="armv6m", build="SV16_GENERIC"),)
"""


def test_a_chip_of_a_plugin(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(f"attic={port('small', heap='100k')}")
    assert "SV16" not in sh("boards").out
    own(sh, "sv.py", CHIP)
    assert " SV16 " in sh("ls :; boards").out
    assert sh("@chip:sv16 exec print(5)").out == "attic: 5\n"
    assert "chip SV16" in sh("plugins list sv").out
    with loaded(sh, "sv.py", CHIP):
        assert select(Facts("sv16")) == ("SV16_GENERIC", "", "")
    assert known.chip_named("SV16") is None


def test_a_new_chip_of_espressif(sh: Shell) -> None:
    """Its images are judged and its log is read as those of a chip that we know."""
    log = "rst:0x1 (POWERON),boot:0x8\nE (45) boot_comm: mismatch chip ID, expected 9, found 77\n"
    sh.write("boot.log", log)
    assert "no chip that is known (id 77)" in sh("diagnose boot.log").out
    own(sh, "new.py", "from espsh.api import EspChip\nCHIPS = (EspChip('ESP32-X7', image_id=77, bootloader=0x2000),)")
    assert "ESP32-X7" in sh("diagnose boot.log").out


def test_two_plugins_with_one_chip(sh: Shell) -> None:
    own(sh, "a.py", CHIP)
    own(sh, "b.py", CHIP.replace("SV16", "SV-16").replace("small", "large") + GREETER)
    found = sh("greet")
    assert "plugin b: b.py:3: a chip with name sv16 exists already, from plugin a" in found.err


DFU = """
from espsh.api import FlashPlan
class Dfu:
    name = "dfu"
    def reason(self, wish):
        return None if wish.files and wish.files[0].data.startswith(b"DfuSe") else "it is no DFU file"
    def flash(self, wish, agree):
        if agree(FlashPlan((f"  {wish.files[0].name}",), "all of it is lost")):
            wish.tell("now")
            return "FLASHED by DFU"
        return ""
FIRMWARE_BACKENDS = (Dfu(),)
"""


def test_a_firmware_back_end_of_a_plugin(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port())
    noted = heard(sh, "after_flash(outcome)", "outcome")
    own(sh, "dfu.py", DFU)
    sh.write("fw.dfu", b"DfuSe\x01")
    assert "all of it is lost" in sh("flash fw.dfu").err
    assert sh("flash -n fw.dfu").out == "  fw.dfu\n"
    assert noted() == []
    done = sh("flash -y fw.dfu")
    assert (done.code, done.out, noted()) == (0, "FLASHED by DFU\n", ["FLASHED by DFU"])
    sh.write("x.bin", b"\x00\x01\x02\x03")
    refused = sh("flash -y x.bin")
    assert refused.code == 5
    assert "esptool: x.bin is no firmware: it starts with 00 01 02 03" in refused.err
    assert "; dfu: it is no DFU file" in refused.err
    assert "firmware by dfu" in sh("plugins list dfu").out


def test_of_several_that_can_the_user_says_which(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port())
    own(sh, "dfu.py", DFU)
    own(sh, "other.py", DFU.replace('"dfu"', '"other"'))
    sh.write("fw.dfu", b"DfuSe\x01")
    done = sh("flash -y fw.dfu")
    assert done.code == 2
    assert "dfu and other can both do that\nhint: say which: flash --by dfu …" in done.err
    assert sh("flash -y --by other fw.dfu").out == "FLASHED by DFU\n"


LAB = """
from espsh.ports.protocol_sim import Serial

class LabPort(Serial):
    def open(self):
        self._port = self._port.replace("lab://", "sim://")
        super().open()

PORT_SCHEMES = {"lab": LabPort}
"""


def test_ports_of_a_plugin(sh: Shell, port: Callable[..., str]) -> None:
    url = port().replace("sim:", "lab://")
    assert sh("ls :", "-p", url).code == 3
    own(sh, "lab.py", LAB)
    sh.write("a.txt", "abc")
    assert sh("cp a.txt :; cat :a.txt", "-p", url).out == "abc"
    assert ports.SCHEMES == {}


COUNTING = '''
from espsh.api import Context, command
SNIPPETS = {"counting": """
import time
LIMIT = 3
def count_up(start):
    # a comment that travels
    return [start + n for n in range(LIMIT)]
"""}

@command(boards="each")
def count(ctx: Context) -> None:
    """Have the board count."""
    ctx.out.text(ctx.board.call("counting", "count_up", 5))
'''


@pytest.mark.parametrize("options", [{}, {"profile": "small"}, {"without": "deflate,stdin.buffer,rawpaste"}])
def test_a_snippet_of_a_plugin(sh: Shell, port: Callable[..., str], options: dict[str, str]) -> None:
    own(sh, "counting.py", COUNTING)
    sh.ports.append(port(**options))
    found = sh("count; touch :x; count", "-q")
    assert found.lines == ["[5, 6, 7]", "[5, 6, 7]"], found.err
    assert snippets.CALLED == {}


def test_a_snippet_that_is_loaded_anew_runs_anew(board: Shell) -> None:
    path = own(board, "counting.py", COUNTING)
    other = board.write("other.py", COUNTING.replace("LIMIT = 3", "LIMIT = 1"))
    found = board.run("-f", "-", stdin=f"count\n!cp {other} {path}\nplugins reload\ncount\n")
    assert found.lines == ["[5, 6, 7]", "[5]"], found.err


def test_two_snippets_of_one_name_on_boards(board: Shell) -> None:
    own(board, "a.py", COUNTING)
    own(board, "b.py", COUNTING.replace("counting", "more").replace("def count(", "def more("))
    assert "plugin b: b.py:3: the name LIMIT on boards exists already, from plugin a" in board("count").err


PATIENT = '''
from typing import Annotated
from espsh.api import DURATION, SIZE, Arg, Context, command

@command(boards="none")
def patient(
    ctx: Context, size: Annotated[int, Arg(SIZE, "how much")], wait: Annotated[float, Arg(DURATION, "how long")]
) -> None:
    """Say what was said."""
    ctx.progress("it", 1, 2)
    ctx.out.json([size, wait, dict(ctx.settings("patient"))])
'''


def test_what_the_user_set_for_a_plugin(sh: Shell) -> None:
    config = own(sh, "patient.py", PATIENT).parent.parent / "config.toml"
    config.write_text('[plugins.patient]\nwhom = "Ada"\n[plugins]\nother = 5\n')
    found = sh("patient 2k 500ms")
    assert found.out == '[2048, 0.5, {"whom": "Ada"}]\n'
    assert "plugins.other: '5' is no section of settings" in found.err
    assert "'2x' is no size" in sh("patient 2x 1").err


def test_only_what_has_more_than_commands_is_loaded_at_the_start(sh: Shell) -> None:
    mark = sh.folder.parent / "loaded"
    own(sh, "greeter.py", GREETER + f"\nopen({str(mark)!r}, 'w').close()")
    assert sh("echo hi").out == "hi\n"
    assert not mark.exists()
    own(sh, "hearing.py", HEARING.format(file=str(mark), hook="board_lost()", said="") + "\nnote('loaded')")
    assert sh("echo hi").out == "hi\n"
    assert mark.read_text() == "loaded\n"


def test_what_is_installed_is_remembered_until_it_changes(
    sh: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    info = site / "later-1.dist-info"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    assert sh("greet").code == 2
    kept = Path(sh.env["ESPSH_CACHE_DIR"], "plugins")
    before = kept.read_text()
    assert sh("greet").code == 2
    assert kept.read_text() == before
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: later\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[espsh.plugins]\nlater = later_plugin\n")
    (site / "later_plugin.py").write_text(GREETER)
    assert sh("greet Ada").lines == ["hello Ada"]
    assert "later_plugin" in kept.read_text()
    kept.write_text("plugin\tspoilt\n")
    assert sh("greet Ada").lines == ["hello Ada"]
    sys.modules.pop("later_plugin")

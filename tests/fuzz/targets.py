"""The parsers of espsh that read what others wrote: boards, files, servers, people. All may raise is EspshError."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from espsh.base.location import is_board_name, spell
from espsh.board import manifest as snapshots
from espsh.board.download import Blocks
from espsh.board.failures import board_error, clean_traceback, parse_traceback
from espsh.board.heapmap import read_heap
from espsh.board.ignore import Ignored
from espsh.board.remote import literal
from espsh.core.config import read_config
from espsh.core.fleetfile import read_fleet
from espsh.core.parser import parse
from espsh.core.sets import parse_set
from espsh.diagnose.verdict import Diagnosis
from espsh.firmware.files import read_data, read_firmware
from espsh.firmware.kinds import refuse_strangers
from espsh.firmware.pages import read_boards, read_builds
from espsh.firmware.table_files import build_table, read_csv, read_table
from espsh.packages.index import read_listing, read_object, search
from espsh.packages.manifest import read_manifest
from espsh.packages.record import read_record, write_record
from espsh.packages.spec import read_spec
from espsh.sim.firmware import Build, merged
from espsh.sim.options import parse_board
from espsh.sim.profiles import PROFILES

LOGS = Path(__file__).parents[1] / "diagnose" / "bootlogs"


class Target(NamedTuple):
    """A parser, and what it usually reads."""

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _pieces(data: bytes) -> list[bytes]:
    chance = random.Random(len(data))
    cuts = sorted(chance.randint(0, len(data)) for _ in range(chance.randint(0, 5)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def _reply(data: bytes) -> None:
    blocks = Blocks("7", 64)
    for piece in _pieces(data):
        blocks.feed(piece)
        _ = blocks.heard, blocks.end, blocks.whole, blocks.stray, blocks.traceback
    blocks.let_go()
    for row in blocks.rows.values():
        literal(row)
    if blocks.final is not None:
        literal(blocks.final.text[1:])


def _log(data: bytes) -> None:
    diagnosis = Diagnosis()
    for piece in _pieces(data):
        diagnosis.feed(piece)
    diagnosis.end()
    _ = diagnosis.verdict, diagnosis.findings, diagnosis.settled


def _failure(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    kind, said, number = parse_traceback(text)
    board_error(kind, said, number, text, "/x")
    clean_traceback(data, "main.py")


def _table(data: bytes) -> None:
    build_table(read_table(data))


def _firmware(data: bytes) -> None:
    refuse_strangers("x.bin", data)
    read_data("x.bin", data)
    read_firmware("x.bin", data)


def _package(data: bytes) -> None:
    found = read_object(_text(data))
    if found is not None:
        read_manifest(found, read_spec("neopixel"))


def _index(data: bytes) -> None:
    search(read_listing(_text(data)) or [], ["a"])


def _record(data: bytes) -> None:
    write_record(read_record(data) or {})


def _config(data: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        read_config(Path(file.name), lambda name, line: None)


def _ignored(data: bytes) -> None:
    ignored = Ignored(_text(data).splitlines())
    ignored("a/b.py", False)
    ignored("lib", True)


def _place(data: bytes) -> None:
    is_board_name(_text(data))
    spell(_text(data))


def _image() -> bytes:
    esp = PROFILES["esp32"].esp
    assert esp is not None
    return merged(esp.recipe, Build(psram="", flash=4 << 20, vfs_size=1 << 20, app_size=20_000))[:120_000]


_LINES = (
    b"cp -r src/* attic:/lib; ls -l : | grep x", b"@attic,kitchen!shed rsync --exclude '*.pyc' \"a b\" :/lib &",
    b"eval 1 + 1", b">>> print('x')", b"run main.py > out.txt", b"# comment", b"ls a\\ b",
)  # fmt: skip
_SETS = (b"attic,kitchen", b"@all!attic", b"esp*&chip:esp32c3", b"lab^shed", b"*")


def _record_of(text: bytes) -> bytes:
    return b"\x1e%d %d %s\r\n" % (len(text), crc32(text), text)


_REPLIES = (
    b"OK" + _record_of(b"7 0 +('boot.py', 0, 139)") + _record_of(b"7 1 =[1, 2]") + b"\x04\x04>",
    b'OK12 12\r\n\x04Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\nOSError: 2\r\n\x04>',
    b"\x1eB" + crc32(bytes(4) + b"\4\0data").to_bytes(4, "little") + bytes(4) + b"\4\0data" + _record_of(b"7 0 +4"),
    _record_of(b"7 0 =" + b"(" * 300 + b"1" + b",)" * 300), _record_of(b"7 " + b"9" * 5000 + b" +1"), _record_of(b"7 0 ={[]: 1}"),
    _record_of(b"7 0 =" + b"-" * 3000 + b"1"), _record_of(b"7 0 =" + b"9" * 5000),
)  # fmt: skip
_FAILURES = (
    b'Traceback (most recent call last):\n  File "main.py", line 3, in f\nOSError: [Errno 28] ENOSPC\n',
    b"MemoryError: memory allocation failed, allocating 4096 bytes\n", b"KeyboardInterrupt: \n",
)  # fmt: skip
_CSV = b"# name, type, subtype, offset, size, flags\nnvs,data,nvs,0x9000,0x6000,\nfactory,app,factory,0x10000,1M,\n"
_FLEET = (
    b'[lab]\nboards = "attic,kitchen"\nfirmware = "1.27.0"\nafter = ["reset"]\n[[lab.files]]\nfrom = "src"\nto = "/"\n'
)
_PACKAGE = (
    b'{"v": 1, "version": "1.2", "hashes": [["a.py", "0123456789abcdef"]], "urls": [["b.py", "github:x/y/b.py"]],'
    b' "deps": [["os", "latest"]]}'
)
_INDEX = b'{"v": 2, "packages": [{"name": "a", "version": "1", "author": "x", "description": "d", "versions": {"6": ["1"]}}]}'
_SNAPSHOT = snapshots.to_json(
    [
        snapshots.SavedBoard(
            "attic", "30aea4", "ESP32", "1.27.0", "2026-01-01", (snapshots.SavedFile("lib/a", 1, "0" * 64),), ("lib",)
        ),
    ]
)
_HEAP = (
    b"stack: 1234 out of 15360\nGC: total: 111168, used: 3120, free: 108048\n No. of 1-blocks: 29, 2-blocks: 9, max blk sz: 64\n"
    b"GC memory layout; from 3ffe3a90:\n00000: h=MhhhBDhh..hTTT....\n00400: ....\n"
)
_PAGE = b'<a href="/download/ESP32_GENERIC/" class="board-card"><img src="x"><div class="board-product">ESP32</div></a>'
_BUILDS = b'<a href="/resources/firmware/ESP32_GENERIC-20240602-v1.23.0.bin">[.bin]</a> / <strong>v1.23.0 (2024-06-02) .bin</strong>'


def targets() -> Mapping[str, Target]:
    """Return the parsers by name."""
    image = _image()
    logs = tuple(path.read_bytes()[:4000] for path in sorted(LOGS.iterdir())[:40])
    return {
        "line": Target(lambda data: parse(_text(data)), _LINES),
        "rest of a line": Target(lambda data: parse(_text(data), lambda name: "text"), _LINES),
        "set": Target(lambda data: parse_set(_text(data)), _SETS),
        "place": Target(_place, (b"attic:/lib/x.py", b"host:x", b":x", b"./a:b", b"C:\\x", b"*:/x")),
        "reply": Target(_reply, _REPLIES),
        "value": Target(lambda data: literal(_text(data)), (b"(1, 'a', b'x', [None, True], {1: 2})", b"<object>")),
        "boot log": Target(_log, (*logs, b"rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n")),
        "failure": Target(_failure, _FAILURES),
        "heap": Target(lambda data: read_heap(_text(data)), (_HEAP,)),
        "partitions": Target(_table, (image[0x8000 - 0x1000 : 0x8000 - 0x1000 + 256], image[0x8000 : 0x8000 + 256])),
        "partitions.csv": Target(lambda data: read_csv(_text(data)), (_CSV,)),
        "firmware": Target(_firmware, (image[:2000], image[0xF000:0x11000], b"\x7fELF" + bytes(200))),
        "package.json": Target(_package, (_PACKAGE,)),
        "index.json": Target(_index, (_INDEX,)),
        "record": Target(_record, (b'{"a": {"version": "1", "files": {"a.py": "00"}}}',)),
        "package": Target(
            lambda data: read_spec(_text(data)), (b"a@1.2", b"github:x/y@main", b"https://x/y.json", b"./x")
        ),
        "config": Target(_config, (b'[options]\nwait = 3\n[aliases]\nll = "ls -l"\n',)),
        "fleet file": Target(lambda data: read_fleet(_text(data), "FLEET.toml"), (_FLEET,)),
        "snapshot": Target(snapshots.from_json, (_SNAPSHOT,)),
        "ignore": Target(_ignored, (b"*.pyc\n!a.pyc\n/lib/**\n[a-z]\n",)),
        "download page": Target(lambda data: read_boards(_text(data)), (_PAGE,)),
        "firmware page": Target(lambda data: read_builds(_text(data), "https://x/"), (_BUILDS,)),
        "virtual board": Target(
            lambda data: parse_board(_text(data)), (b"esp32/x?baud=115200&fault=lose:up:0.001&wait=1",)
        ),
    }

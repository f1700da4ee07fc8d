"""The parsers of espsh that read what others wrote: boards, files, servers, people. All may raise is EspshError."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from espsh_plugins.uf2_file import read_uf2

from espsh.base.location import is_board_name, spell
from espsh.board.copying.download import Blocks
from espsh.board.heapmap import read_heap
from espsh.board.prompt.failures import board_error, clean_traceback, parse_traceback
from espsh.board.prompt.remote import literal
from espsh.board.trees import manifest as snapshots
from espsh.board.trees.ignore import Ignored
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
from tests.plugins.uf2 import uf2

SEEDS = Path(__file__).parent / "seeds"
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


def _snapshot() -> bytes:
    file = snapshots.SavedFile("lib/a", 1, "0" * 64)
    return snapshots.to_json(
        [snapshots.SavedBoard("attic", "30aea4", "ESP32", "1.27", "2026-01-01", (file,), ("lib",))]
    )


READERS: Mapping[str, Callable[[bytes], object]] = {
    "line": lambda data: parse(_text(data)),
    "line-of-text": lambda data: parse(_text(data), lambda name: "text"),
    "set": lambda data: parse_set(_text(data)),
    "place": _place,
    "reply": _reply,
    "value": lambda data: literal(_text(data)),
    "boot-log": _log,
    "failure": _failure,
    "heap": lambda data: read_heap(_text(data)),
    "partitions": _table,
    "partitions-csv": lambda data: read_csv(_text(data)),
    "firmware": _firmware,
    "package-json": _package,
    "index-json": _index,
    "record": _record,
    "package": lambda data: read_spec(_text(data)),
    "config": _config,
    "fleet-file": lambda data: read_fleet(_text(data), "FLEET.toml"),
    "snapshot": snapshots.from_json,
    "ignore": _ignored,
    "download-page": lambda data: read_boards(_text(data)),
    "firmware-page": lambda data: read_builds(_text(data), "https://x/"),
    "uf2": lambda data: read_uf2("fw.uf2", data),
    "virtual-board": lambda data: parse_board(_text(data)),
}


def seeds() -> Mapping[str, tuple[bytes, ...]]:
    """Return what each reads usually: the files of ``seeds/``, captured boot logs, and what espsh makes itself."""
    image = _image()
    found = {name: tuple(path.read_bytes() for path in sorted(SEEDS.glob(f"{name}.*"))) for name in READERS}
    return {
        **found,
        "line-of-text": found["line"],
        "boot-log": tuple(path.read_bytes()[:4000] for path in sorted(LOGS.iterdir())),
        "partitions": (image[0x7000:0x7100], image[0x8000:0x8100]),
        "firmware": (image[:2000], image[0xF000:0x11000], b"\x7fELF" + bytes(200)),
        "snapshot": (_snapshot(),),
        "uf2": (uf2(3), uf2(1, None) + uf2(2)),
    }


def targets() -> Mapping[str, Target]:
    """Return the parsers by name."""
    usual = seeds()
    return {name: Target(read, usual[name]) for name, read in READERS.items()}

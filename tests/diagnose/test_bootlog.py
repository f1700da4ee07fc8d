"""Bytes to facts: from real logs, from anything, cut anywhere."""

from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.diagnose.bootlog import BootLog, Fact, recognise
from espsh.diagnose.lines import LONGEST, Lines, harmless
from espsh.diagnose.verdict import Diagnosis
from tests.diagnose.samples import SAMPLES

LOGS = sorted((Path(__file__).parent / "bootlogs").glob("*.bin"))
PIECES = [
    b"\r\n",
    b"\n",
    b"\r",
    b">>> ",
    b"\x1b[0;31m",
    b"\x1b[0m",
    b"\0",
    b"\xff\x80",
    "é".encode(),
    b"rst:0x1 (X),boot:0x13 (Y)",
]
PIECES += [sample.log.encode() for sample in SAMPLES[::7]]
ANYTHING = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=40)), max_size=30).map(b"".join)


def facts_of(data: bytes, cuts: list[int]) -> list[Fact]:
    log = BootLog()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    found = [fact for start, end in itertools.pairwise(edges) for fact in log.feed(data[start:end])]
    return found + log.end()


@given(data=ANYTHING, cuts=st.lists(st.integers(0, 2000), max_size=12))
def test_any_bytes_cut_anywhere_give_the_same_facts(data: bytes, cuts: list[int]) -> None:
    assert facts_of(data, cuts) == facts_of(data, [])


@given(data=ANYTHING, cuts=st.lists(st.integers(0, 2000), max_size=12))
def test_any_bytes_have_one_verdict(data: bytes, cuts: list[int]) -> None:
    whole, parts = Diagnosis(), Diagnosis()
    whole.feed(data)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        parts.feed(data[start:end])
    whole.end()
    parts.end()
    assert (parts.verdict, parts.findings, parts.settled) == (whole.verdict, whole.findings, whole.settled)
    assert "\n" not in whole.verdict.text


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_real_log_byte_by_byte(path: Path) -> None:
    data = path.read_bytes()
    assert facts_of(data, list(range(len(data)))) == facts_of(data, [])


@pytest.mark.parametrize(
    "block", [b"x" * 4096, b"rst:0x7 (A),boot:0x13 (B)\r\ninvalid header: 0x12345678\r\n" * 80, b"\n" * 4096]
)
def test_endless_input_takes_no_memory(block: bytes) -> None:
    diagnosis = Diagnosis()
    for _ in range(8):
        diagnosis.feed(block)
    tracemalloc.start()
    for _ in range(40):
        diagnosis.feed(block)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 30_000
    assert len(diagnosis.boots) <= 16


@given(data=ANYTHING)
def test_a_line_is_never_longer_than_the_longest(data: bytes) -> None:
    lines = Lines()
    assert all(0 < len(line) <= LONGEST for line in (*lines.feed(data * 3), *lines.end()))


@given(data=st.binary(max_size=200))
def test_nothing_that_steers_a_terminal_is_left(data: bytes) -> None:
    assert all(char.isprintable() or char in "\t\xad" or not char.isascii() for char in harmless(data))
    assert "\x9b" not in harmless(data)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"\x1b[0;31mE (68) x: y\x1b[0m", "E (68) x: y"),
        (b"\x1b]0;owned\x07after", "after"),
        (b"\x1b[2J\x1b[Hclear", "clear"),
        (b"bell \x07 and \x08", "bell \\x07 and \\x08"),
        ("\u009b31mold".encode(), "\\x9b31mold"),
        (b"caf\xc3\xa9\t1", "café\t1"),
        (b"half \xc3", "half �"),
    ],
)
def test_harmless(raw: bytes, shown: str) -> None:
    assert harmless(raw) == shown


@pytest.mark.parametrize(
    ("line", "kind", "fields"),
    [
        (b"rst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)", "reset", {"number": "c", "straps": "13"}),
        (b" ets Jan  8 2013,rst cause:4, boot mode:(3,6)", "reset", {"number": "4", "mode": "3"}),
        (b"e\xff\xffts Jun  8 2016 00:22:57", "text", {}),
        (b"ets Jun  8 2016 00:22:57", "chip", {"chip": "esp32"}),
        (b"ESP-ROM:esp32s3-20210327", "chip", {"chip": "esp32s3"}),
        (b"E (408) quad_psram: PSRAM ID read error", "log", {"level": "E", "tag": "quad_psram"}),
        (b"\x1b[0;33mW (1:02) wifi:late\x1b[0m", "text", {}),
        (b"\x1b[0;33mW (12) wifi: late\x1b[0m", "log", {"level": "W", "text": "late"}),
        (b"E cpu_start: Failed to init external RAM!", "log", {"level": "E", "tag": "cpu_start"}),
        (
            b"Guru Meditation Error: Core  1 panic'ed (Load access fault)",
            "panic",
            {"core": "1", "cause": "Load access fault"},
        ),
        (b"abort() was called at PC 0x40081e7a on core 0", "abort", {"address": "0x40081e7a", "core": "0"}),
        (b"MEPC    : 0x40382970  RA      : 0x40382936  SP      : 0x3fca7f70", "registers", {}),
        (b"MicroPython v1.24.0 on 2024-10-25; Generic ESP32 module with ESP32", "banner", {"version": "v1.24.0"}),
        (b"raw REPL; CTRL-B to exit", "raw", {}),
        (b"MPY: soft reboot", "restart", {}),
        (b"ELF file SHA256: 9c4248e4297d02ec", "elf", {"digest": "9c4248e4297d02ec"}),
        (bytes(range(0x80, 0xC0)), "garbled", {}),
        (b"load:0x3fff0030,len:4728", "rom", {}),
        (b"hello", "text", {}),
    ],
)
def test_lines(line: bytes, kind: str, fields: dict[str, str]) -> None:
    fact = recognise(line)
    assert fact.kind == kind
    assert fields.items() <= fact.fields.items()

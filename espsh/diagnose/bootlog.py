"""What a board says while it starts, runs and crashes: bytes to facts, one for each line that says something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from espsh.diagnose.chips import chip_of_rom
from espsh.diagnose.lines import PROMPT, Lines, harmless, unreadable

_NOTHING: Mapping[str, str] = MappingProxyType({})
_GARBLED = 0.3
"""Share of unreadable bytes that makes a line one of another baud rate: nearly two thirds where bytes are random."""
_ENOUGH = 16
"""Bytes a line needs to be called garbled: an open line makes one or two when a board is reset."""


class Fact(NamedTuple):
    """A line of a log: its ``kind`` (see KINDS), its text without control sequences, and what its parts are."""

    kind: str
    line: str
    fields: Mapping[str, str] = _NOTHING


_KINDS = (
    ("reset", r"rst:0x(?P<number>[0-9a-f]+) \((?P<name>\w*)\)(?:,boot:0x(?P<straps>[0-9a-f]+) \((?P<mode>.*)\))?"),
    ("reset", r"rst cause:(?P<number>\d+), boot mode:\((?P<mode>\d+),\d+\)"),
    ("rom", r"^(?:load:0x|entry 0x|configsip|clk_drv|SPIWP|mode:\w|ho \d|tail \d|chksum 0x|csum 0x|Build:|Saved PC)"),
    (
        "rom",
        r"^(?:load 0x|csum err|flash read err|invalid header|ets_main|wait(?:ing)? |wrong chip id|Invalid chip)",
    ),
    ("panic", r"Guru Meditation Error: Core\s+(?P<core>\d+) panic'ed \((?P<cause>[^)]*)\)"),
    ("panic", r"Fatal exception \(?(?P<number>\d+)\)?(?:\((?P<cause>\w+)\))?"),
    ("registers", r"^(?:PC|MEPC|A\d+|S\d+/?|EXCVADDR|MSTATUS|MHARTID|epc1|\w{1,8})\s*[:=]\s*0x[0-9a-f]{8}(?:[ ,]|$)"),
    ("backtrace", r"Backtrace:(?P<addresses>(?:\s*0x[0-9a-f]{8}:0x[0-9a-f]{8})*)(?P<corrupted>.*CORRUPTED)?"),
    ("abort", r"abort\(\) was called at PC (?P<address>0x[0-9a-f]{8})(?: on core (?P<core>\d))?"),
    ("assert", r"assert failed: (?P<where>.+)"),
    ("elf", r"^ELF file SHA256:\s+(?P<digest>[0-9a-f]{8,64})"),
    ("crash", r"^A fatal error occurred\. The crash dump"),
    ("crash", r"^Rebooting\.\.\."),
    ("brownout", r"Brownout detector was triggered"),
    ("watchdog", r"Task watchdog got triggered|^(?:Soft )?[wW](?:dt|DT) reset"),
    ("log", r"^(?P<level>[EWIDV]) \((?P<time>[\d:.]+)\) (?P<tag>[^:]+): (?P<text>.*)"),
    ("log", r"^(?P<level>[EWIDV]) (?P<tag>[\w.]+): (?P<text>.*)"),
    ("banner", r"MicroPython (?P<version>v?\d[^ ]*)(?: on (?P<date>[^;]+))?; (?P<machine>.+)"),
    ("raw", r"raw REPL; CTRL-B to exit"),
    ("restart", r"^MPY: soft reboot"),
)
KINDS = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
"""What lines are recognised by, first come. Besides there are ``prompt``, ``garbled``, and ``text`` for the rest."""


def recognise(line: bytes) -> Fact:
    """Return what a line says."""
    text = harmless(line)
    if text == PROMPT:
        return Fact("prompt", text)
    for kind, pattern in KINDS:
        if match := pattern.search(text):
            return Fact(kind, text, match.groupdict(""))
    if chip := chip_of_rom(text):
        return Fact("chip", text, {"chip": chip})
    garbled = len(line) >= _ENOUGH and unreadable(line) >= _GARBLED
    return Fact("garbled" if garbled else "text", text)


class BootLog:
    """Reads a log as it comes. What it keeps is one line at most, whatever comes."""

    def __init__(self) -> None:
        self._lines = Lines()

    def feed(self, data: bytes) -> list[Fact]:
        """Return the facts that are complete now; the same ones however the bytes are cut."""
        return _facts(self._lines.feed(data))

    def end(self) -> list[Fact]:
        """Return what the last line says, which never ended."""
        return _facts(self._lines.end())


def _facts(lines: Iterable[bytes]) -> list[Fact]:
    return [recognise(line) for line in lines]


_WORD = re.compile(r"(\w+)\s*[:=]\s*(0x[0-9a-f]{8})")
_ADDRESS = re.compile(r"(0x[0-9a-f]{8}):")


def registers_of(line: str) -> dict[str, int]:
    """Return the registers that a line of a crash dump shows."""
    return {name: int(value, 16) for name, value in _WORD.findall(line)}


def addresses_of(backtrace: str) -> list[int]:
    """Return the addresses of a ``Backtrace:`` line, the crash's first."""
    return [int(address, 16) for address in _ADDRESS.findall(backtrace)]

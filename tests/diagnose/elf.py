"""A small ELF file of an ESP32's firmware, made by hand: two functions, and the lines of one of them (DWARF 2)."""

from __future__ import annotations

import struct

XTENSA, RISCV = 94, 243
CRASH, CALLER = 0x401DBC17, 0x4015E2D1
"""Addresses in the two functions: those of esp32-v1.23.0-panic-wlan.bin."""


def make_elf(machine: int = XTENSA) -> bytes:
    """Return an ELF: ``esp_wifi_set_mode`` (wifi/mode.c:42) is around CRASH, ``network_wlan_active`` around CALLER."""
    names = [b"", b".text", b".symtab", b".strtab", b".debug_abbrev", b".debug_info", b".debug_line", b".debug_aranges"]
    strings = b"\0esp_wifi_set_mode\0network_wlan_active\0"
    symbols = b"\0" * 16 + _symbol(1, CRASH - 7, 16) + _symbol(19, CALLER - 9, 64)
    bodies = [b"", b"\0" * 16, symbols, strings, _abbreviations(), _unit(), _line_program(), _ranges()]
    kinds = [0, 1, 2, 3, 1, 1, 1, 1]
    shstrtab = b"\0".join([*names, b".shstrtab"]) + b"\0"
    sections, content, offset = b"", b"", 52
    for name, kind, body in zip([*names, b".shstrtab"], [*kinds, 3], [*bodies, shstrtab], strict=True):
        at = shstrtab.index(b"\0" + name + b"\0") + 1 if name else 0
        link, info, entry = (3, 1, 16) if kind == 2 else (0, 0, 0)
        sections += struct.pack("<10I", at, kind, 0, 0, offset if kind else 0, len(body), link, info, 1, entry)
        content += body
        offset += len(body)
    head = b"\x7fELF\x01\x01\x01" + b"\0" * 9
    head += struct.pack("<HHIIIIIHHHHHH", 2, machine, 1, CRASH, 0, offset, 0, 52, 0, 0, 40, len(names) + 1, len(names))
    return head + content + sections


def _symbol(name: int, address: int, size: int) -> bytes:
    return struct.pack("<IIIBBH", name, address, size, 0x12, 0, 1)


def _abbreviations() -> bytes:
    attributes = ((0x03, 0x08), (0x1B, 0x08), (0x11, 0x01), (0x12, 0x01), (0x10, 0x06))
    return bytes([1, 0x11, 0, *(byte for pair in attributes for byte in pair), 0, 0, 0])


def _unit() -> bytes:
    body = struct.pack("<HIB", 2, 0, 4) + b"\x01mode.c\0/src\0"
    return _sized(body + struct.pack("<III", CRASH - 7, CRASH + 9, 0))


def _ranges() -> bytes:
    return _sized(struct.pack("<HIBB4xIIII", 2, 0, 4, 0, CRASH - 7, 16, 0, 0))


def _line_program() -> bytes:
    tables = b"wifi\0\0" + b"mode.c\0\x01\0\0" + b"\0"
    head = bytes([1, 1, 0xFB, 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1]) + tables
    steps = b"\0\x05\x02" + struct.pack("<I", CRASH - 7)  # set_address
    steps += b"\x03" + bytes([40]) + b"\x01"  # advance_line 40, copy: line 41
    steps += b"\x02\x04\x03\x01\x01"  # four bytes on, line 42
    steps += b"\x02\x08\x03\x01\x01"  # eight more, line 43
    steps += b"\x02\x04\0\x01\x01"  # the end of the sequence
    return _sized(struct.pack("<HI", 2, len(head)) + head + steps)


def _sized(body: bytes) -> bytes:
    return struct.pack("<I", len(body)) + body

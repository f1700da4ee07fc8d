"""A virtual board's files over a second, clean connection that has nothing of espsh in it but the port."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import serial

import espsh.ports.open  # noqa: F401  (makes pyserial know sim://)

_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_PATIENCE = 15.0
_LONG = 60.0
"""Seconds for an answer: 60 kB in hex are 10 s at 115200 baud, and the computer may be busy."""
_HELPERS = """
import os
from binascii import hexlify, unhexlify
def each(d):
 for e in list(os.ilistdir(d or '/')):
  p = d + '/' + e[0]
  if e[1] & 0x4000:
   each(p)
   act(p, 1)
  else:
   act(p, 0)
"""
_SHOW = """
def act(p, d):
 if d: return
 print('\\nF', hexlify(p.encode()).decode(), end=' ')
 with open(p, 'rb') as f:
  b = f.read(512)
  while b:
   print(hexlify(b).decode(), end='')
   b = f.read(512)
 print()
each('')
"""
_EMPTY = "act = lambda p, d: os.rmdir(p) if d else os.remove(p)\neach('')\n"
_FILE = re.compile(rb"^F ([0-9a-f]+) ([0-9a-f]*)\r?$", re.MULTILINE)


class StuckError(Exception):
    """The board does not come to its prompt."""


def read_files(url: str) -> dict[str, bytes]:
    """Return all files of the board, by path."""
    with _prompt(url) as port:
        text = _run(port, _HELPERS + _SHOW)
    return {bytes.fromhex(name.decode()).decode(): bytes.fromhex(data.decode()) for name, data in _FILE.findall(text)}


def put_files(url: str, folder: str, files: Mapping[str, bytes]) -> None:
    """Make these all the files that the board has, in the only directory."""
    with _prompt(url) as port:
        _run(port, f"{_HELPERS}{_EMPTY}os.mkdir({folder!r})\n")
        for name, data in files.items():
            path = f"{folder}/{name}"
            _run(port, f"f = open({path!r}, 'wb')\n")
            for start in range(0, len(data), 1024):
                _run(port, f"f.write(unhexlify({data[start : start + 1024].hex()!r})) and None\n")
            _run(port, "f.close()\n")
        _run(port, "for x in ('each', 'act', 'f', 'hexlify', 'unhexlify'): globals().pop(x, None)\n")


@contextmanager
def _prompt(url: str) -> Iterator[serial.SerialBase]:
    port = serial.serial_for_url(url.replace("sim:", "sim://", 1), baudrate=115200, timeout=0.25)
    try:
        end = time.monotonic() + _PATIENCE
        said = b""
        while not said.endswith(_BANNER):
            if time.monotonic() > end:
                raise StuckError(repr(said[-300:]))
            port.write(b"\r\x03\x01")
            said += _until(port, _BANNER, 0.25)
        yield port
        port.write(b"\x02")
        _until(port, b">>> ", 2)
    finally:
        port.close()


def _run(port: serial.SerialBase, source: str) -> bytes:
    port.write(source.encode() + b"\x04")
    said = _until(port, b"\x04>", _LONG)
    if not said.endswith(b"\x04\x04>"):
        raise StuckError(repr(said[-300:]))
    return said


def _until(port: serial.SerialBase, what: bytes, seconds: float) -> bytes:
    said = b""
    end = time.monotonic() + seconds
    while not said.endswith(what) and time.monotonic() < end:
        said += port.read(max(1, port.in_waiting))
    return said

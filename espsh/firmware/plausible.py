"""Whether bytes can be the file that a name promises: a web page in its place is the usual surprise."""

from __future__ import annotations

from collections.abc import Callable

from espsh.errors import FirmwareError

Check = Callable[[str, bytes], None]
"""Takes a file's name and bytes; raises an EspshError where they cannot be what was asked for."""

_BEGINNINGS = {".uf2": b"UF2\n", ".dfu": b"DfuSe", ".elf": b"\x7fELF", ".hex": b":"}
"""How a file of a kind begins, by its name's ending."""
_TEXTS = (".hex", ".map")
_LOOKED_AT = 1024
_TEXT = frozenset((*b"\t\n\f\r", *range(0x20, 0x7F)))


def check_plausible(name: str, data: bytes) -> None:
    """Raise FirmwareError for an empty file, a page or text instead of firmware, and a wrong beginning."""
    beginning = data[:_LOOKED_AT]
    ending = f".{name.rpartition('.')[2]}"
    if not data:
        raise FirmwareError(f"{name} came empty")
    if beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise FirmwareError(f"what came as {name} is a web page", "is there a hotspot or a proxy that wants a login?")
    if ending not in _TEXTS and not set(beginning) - _TEXT:
        raise FirmwareError(f"what came as {name} is text")
    if not beginning.startswith(_BEGINNINGS.get(ending, b"")):
        raise FirmwareError(f"what came as {name} is no {ending} file")

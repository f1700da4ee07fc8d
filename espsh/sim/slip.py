"""SLIP (RFC 1055): packets in a stream of bytes, as the ROM loaders frame them, with an END before and after. Pure."""

from __future__ import annotations

END, ESC, ESC_END, ESC_ESC = 0xC0, 0xDB, 0xDC, 0xDD
LONGEST = 0x8000 + 64
"""Bytes of a packet after which a receiver gives up on it: two of the stub's largest blocks."""


def frame(packet: bytes) -> bytes:
    """Return the packet as it goes out."""
    escaped = packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    return b"\xc0" + escaped + b"\xc0"


class Deframer:
    """Finds packets in what arrives. What stands outside of frames is dropped, and so is a frame with a bad escape."""

    def __init__(self) -> None:
        self._packet: bytearray | None = None
        self._held = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; return the packets that are complete with them. Empty ones do not count."""
        found = []
        *closed, rest = data.split(b"\xc0")
        for piece in closed:
            packet = self._take(piece)
            if packet:
                found.append(packet)
            self._packet = bytearray()  # an END ends a packet, and may begin the next
        if self._packet is not None:
            self._packet += rest
            if len(self._packet) > 2 * LONGEST:
                self._packet = None
        return found

    def _take(self, piece: bytes) -> bytes:
        if self._packet is None:
            return b""
        escaped = bytes(self._packet + piece)
        plain = escaped.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
        bad = escaped.count(b"\xdb") != escaped.count(b"\xdb\xdc") + escaped.count(b"\xdb\xdd")
        return b"" if bad else plain

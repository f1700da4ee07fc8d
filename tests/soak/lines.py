"""Bad lines for a virtual board: single bytes, packets of 64 bytes, strangers' prints; and a cut at a given byte."""

from __future__ import annotations

import random
from collections.abc import Callable

from espsh.sim.faults import UP, Faults, FaultSpec

PACKET = 64
PRINTS = (
    b"E (%d) wifi: bcn_timeout,ap_probe_send_start\r\n",
    b"\r\nI (%d) wifi:state: run -> init (6c0)\r\n",
    b"temperature: %d\r\n",
    b"OK %d\r\n",
)
BYTES = ("lose", "double", "damage")
KINDS = (*BYTES, *(f"{kind}64" for kind in BYTES), "print", "mixed")


class BadLine(Faults):
    """Damages what passes in the directions ``ways`` at ``rate``, of bytes or of packets: 64 at most, sent at once."""

    def __init__(self, kind: str, rate: float, ways: tuple[str, ...], seed: int) -> None:
        super().__init__(())
        self.hits = 0
        self._kind = kind
        self._rate = rate
        self._ways = ways
        self._rng = random.Random(seed)

    def apply(self, direction: str, data: bytes) -> tuple[bytes, FaultSpec | None]:
        """Return what arrives of ``data``."""
        if self._rate and direction in self._ways:
            data = b"".join(self._change(data[at : at + PACKET]) for at in range(0, len(data), PACKET))
        return data, None

    def _change(self, packet: bytes) -> bytes:
        kind = self._drawn(True)
        return b"".join(self._hit(kind or self._drawn(False), packet[at : at + 1]) for at in range(len(packet)))

    def _drawn(self, packet: bool) -> str:
        """Return what happens to the next byte or packet: most often nothing."""
        if self._rng.random() >= self._rate:
            return ""
        kind = self._rng.choice((*KINDS[:-1], "")) if self._kind == "mixed" else self._kind
        if kind.endswith("64") != packet:
            return ""
        self.hits += 1
        return kind.removesuffix("64")

    def _hit(self, kind: str, byte: bytes) -> bytes:
        if kind == "lose":
            return b""
        if kind == "double":
            return byte * 2
        if kind == "damage":
            return bytes((byte[0] ^ self._rng.randrange(1, 256),))
        if kind == "print":
            return self._rng.choice(PRINTS) % self._rng.randrange(100000) + byte
        return byte


class CutLine(Faults):
    """Calls ``act`` when ``at`` bytes have passed to the board, or in another direction.

    An event that ``act`` returns cuts the line there; bytes take the place of as many.
    """

    def __init__(self, at: int, act: Callable[[], FaultSpec | bytes | None], way: str = UP) -> None:
        super().__init__(())
        self.passed = 0
        self._way = way
        self._at = at
        self._act: Callable[[], FaultSpec | bytes | None] | None = act

    def apply(self, direction: str, data: bytes) -> tuple[bytes, FaultSpec | None]:
        """Return what arrives of ``data``, and the event that ends it."""
        if direction != self._way:
            return data, None
        before, self.passed = self.passed, self.passed + len(data)
        if self._act is None or self.passed < self._at:
            return data, None
        act, self._act = self._act, None
        event, start = act(), self._at - before
        if isinstance(event, bytes):
            return data[:start] + event + data[start + len(event) :], None
        return (data, None) if event is None else (data[:start], event)

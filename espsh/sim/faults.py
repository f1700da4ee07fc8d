"""Faults of the cable and the power, from text to bytes.

``lose:up:0.001`` loses one byte in a thousand on the way to the board, ``lose:down@1234`` the 1234th byte to the host;
``double`` and ``damage`` likewise. ``noise:down:every=2000`` puts a log line between the board's bytes. ``mute@n``,
``unplug@n`` and ``kill@n`` happen when byte n has passed (to the board, unless ``:down`` says otherwise); ``replug=2s``
puts the plug back (``unplug@9000:replug=2s``). Several are joined with a comma.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from espsh.sim.units import read_time

UP = "up"
DOWN = "down"
BYTE_FAULTS = ("lose", "double", "damage")
EVENTS = ("mute", "unplug", "kill")
KINDS = (*BYTE_FAULTS, "noise", *EVENTS)
NOISE_LINE = b"\r\nI (%d) wifi:bcn_timeout,ap_probe_send_start\r\n"


@dataclass(frozen=True)
class FaultSpec:
    """One fault: its kind, its direction, and when: a ``rate``, a position ``at`` or a period ``every``, in bytes."""

    kind: str
    direction: str
    rate: float = 0.0
    at: int | None = None
    every: int = 0
    replug: float | None = None


def parse_faults(text: str) -> tuple[FaultSpec, ...]:
    """Return the faults that ``text`` lists; a ValueError says which word is wrong."""
    return tuple(_parse_one(word.strip()) for word in text.split(",") if word.strip())


def _parse_one(text: str) -> FaultSpec:
    kind, *words = text.replace("@", ":@").split(":")
    if kind not in KINDS:
        raise ValueError(f"no fault '{kind}' (there is {', '.join(KINDS)})")
    found: dict[str, str] = {}
    for word in words:
        key, value = _classify(word)
        if key is None or key in found:
            raise ValueError(f"'{word}' in '{text}' cannot be meant (example: lose:up:0.001, unplug@5000)")
        found[key] = value
    try:
        spec = FaultSpec(
            kind,
            found.get("direction", DOWN if kind == "noise" else UP),
            rate=float(found.get("rate", 0)),
            at=int(found["at"]) if "at" in found else None,
            every=int(found.get("every", 0)),
            replug=read_time(found["replug"]) if "replug" in found else None,
        )
    except ValueError:
        raise ValueError(f"a number in '{text}' cannot be read") from None
    if not 0 <= spec.rate <= 1:
        raise ValueError(f"the rate in '{text}' is not between 0 and 1")
    if not _has_time(spec):
        raise ValueError(f"'{text}' does not say when (a rate, @POSITION or every=BYTES)")
    return spec


def _classify(word: str) -> tuple[str | None, str]:
    if word in (UP, DOWN):
        return "direction", word
    if word.startswith("@"):
        return "at", word[1:]
    key, equals, value = word.partition("=")
    if equals:
        return (key if key in ("every", "replug", "rate") else None), value
    return "rate", word


def _has_time(spec: FaultSpec) -> bool:
    if spec.kind in EVENTS:
        return spec.at is not None and not spec.rate and not spec.every
    return spec.at is not None or spec.rate > 0 or spec.every > 0


class Faults:
    """The faults of one machine, changeable while it runs.

    Positions count the bytes that have passed in that direction since the machine was made, or since the fault was
    added.
    """

    def __init__(self, specs: Iterable[FaultSpec] = (), seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # a fixed seed makes a faulty run repeatable
        self._active: list[_Active] = [_Active(spec) for spec in specs]
        self.fired: list[FaultSpec] = []

    def add(self, text: str) -> None:
        """Add the faults that ``text`` lists; positions count from now."""
        specs = parse_faults(text)
        with self._lock:
            self._active.extend(_Active(spec) for spec in specs)

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._active.clear()

    def apply(self, direction: str, data: bytes) -> tuple[bytes, FaultSpec | None]:
        """Return what arrives of ``data``, and the event that cut it off, if one did."""
        with self._lock:
            event: FaultSpec | None = None
            for active in [a for a in self._active if a.spec.direction == direction]:
                if active.spec.kind in EVENTS:
                    if active.passed + len(data) >= (active.spec.at or 0):
                        data, event = data[: max(0, (active.spec.at or 0) - active.passed)], active.spec
                        self._active.remove(active)
                        self.fired.append(active.spec)
                    active.passed += len(data)
                else:
                    data = active.change(data, self._random, self.fired)
            return data, event


class _Active:
    """A fault with the number of bytes it has seen."""

    def __init__(self, spec: FaultSpec) -> None:
        self.spec = spec
        self.passed = 0

    def change(self, data: bytes, rng: random.Random, fired: list[FaultSpec]) -> bytes:
        """Return ``data`` with this fault in it."""
        out = bytearray()
        for byte in data:
            hit = self._hits(rng)
            if hit:
                fired.append(self.spec)
            out += _CHANGES[self.spec.kind](byte, self.passed) if hit else bytes((byte,))
            self.passed += 1
        return bytes(out)

    def _hits(self, rng: random.Random) -> bool:
        spec = self.spec
        if spec.at is not None and self.passed == spec.at:
            return True
        if spec.every and self.passed and self.passed % spec.every == 0:
            return True
        return spec.rate > 0 and rng.random() < spec.rate


_CHANGES: dict[str, Callable[[int, int], bytes]] = {
    "lose": lambda byte, count: b"",
    "double": lambda byte, count: bytes((byte, byte)),
    "damage": lambda byte, count: bytes((byte ^ 0x20,)),
    "noise": lambda byte, count: NOISE_LINE % count + bytes((byte,)),
}

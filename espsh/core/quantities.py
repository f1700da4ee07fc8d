"""Sizes and durations as people write them: ``4k``, ``2MB``, ``500ms``, ``1.5h``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from espsh.core.params import Candidate, Scope
from espsh.core.parser import Token
from espsh.errors import UsageError

_WRITTEN = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)", re.IGNORECASE | re.ASCII)


class Quantity:
    """A number with a unit. ``units`` has what each unit is worth, in small letters; ``""`` is a number by itself.

    The value is in the unit that is worth 1: an int where ``whole``, else a float.
    """

    def __init__(self, metavar: str, units: Mapping[str, float], example: str, *, whole: bool) -> None:
        self.metavar = metavar
        self._units = units
        self._example = example
        self._whole = whole

    def parse(self, word: Token, scope: Scope) -> float:
        """Return the value; raise UsageError for what is no such quantity, or no whole number of the unit."""
        match = _WRITTEN.fullmatch(word.text)
        worth = self._units.get(match[2].lower()) if match else None
        value = float(match[1]) * worth if match and worth is not None else math.nan
        if not math.isfinite(value) or (self._whole and value != int(value)):
            raise UsageError(f"'{word.text}' is no {self.metavar.lower()}", f"as in {self._example}")
        return int(value) if self._whole else value

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer nothing."""
        return ()


_K = 1024
SIZE = Quantity(
    "SIZE",
    {"": 1, "b": 1, "k": _K, "kb": _K, "kib": _K, "m": _K**2, "mb": _K**2, "mib": _K**2, "g": _K**3, "gb": _K**3},
    "4096, 4k or 2MB",
    whole=True,
)
"""Bytes; a kB has 1024, as memory and flash chips are counted."""
DURATION = Quantity(
    "DURATION", {"": 1, "ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600}, "500ms, 2s or 5m", whole=False
)
"""Seconds."""

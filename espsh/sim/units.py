"""Sizes and times as users write them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmM]?)i?[bB]?", re.ASCII)
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|)", re.ASCII)
_SIZE_UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}
_TIME_UNITS = {"us": 1e6, "ms": 1e3, "s": 1.0, "": 1e3}  # parts of a second


def read_size(text: str) -> int:
    """Return the bytes that ``110k``, ``4MB`` or ``260`` mean."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is no size (examples: 260, 110k, 4MB)")
    return int(float(match[1]) * _SIZE_UNITS[match[2].lower()])


def read_time(text: str) -> float:
    """Return the seconds that ``30ms``, ``0.5s`` or ``400us`` mean; a bare number is milliseconds."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is no time (examples: 30ms, 0.5s, 400us)")
    return float(match[1]) / _TIME_UNITS[match[2]]

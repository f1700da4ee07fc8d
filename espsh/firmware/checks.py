"""Why a payload cannot run on the chip in hand, found before anything is erased."""

from __future__ import annotations

from typing import NamedTuple

from espsh.firmware.payload import Layout, Payload
from espsh.firmware.target import Target


class Problem(NamedTuple):
    """Something wrong, in one line, and what to do. A ``fatal`` one is refused unless the user insists."""

    message: str
    hint: str
    fatal: bool


def problems(payload: Payload, target: Target, layout: Layout) -> list[Problem]:
    """Return all that is wrong, the fatal first."""
    raise NotImplementedError

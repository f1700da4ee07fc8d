"""Asking a board who it is and what it can do, and whether it is the one that was known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from espsh.base.files import Entry
from espsh.board.identity import NAMES, Abilities, Identity, understand
from espsh.board.meeting.greeting import greet
from espsh.board.prompt.remote import Remote
from espsh.errors import RemoteError

_LEAN = 24_000
"""Bytes of free heap below which helpers on the board make room for each other."""
_ROOMY = 60_000
"""Bytes of free heap from which on the helpers, 1 to 3 kB, stay when a program of the user's runs."""


class Met(NamedTuple):
    """What a board said of itself; ``root`` is what its root holds, None where that was not seen."""

    identity: Identity
    abilities: Abilities
    root: list[Entry] | None


def learn(remote: Remote, start_anew: Callable[[], None]) -> Met:
    """Ask who the board is and, in the same turn, what its root holds, since most sessions look there.

    ``start_anew`` soft-resets a board without memory for the question.
    """
    greeting = greet(remote)
    identity, abilities = understand(greeting.about if greeting else _ask_patiently(remote, start_anew))
    remote.toolbox.lean = remote.toolbox.lean or abilities.heap < _LEAN
    remote.toolbox.roomy = abilities.heap >= _ROOMY
    return Met(identity, abilities, greeting.root if greeting else None)


def is_same(known: Identity, found: Identity) -> bool:
    """Tell whether two identities are one board's. One without a unique id is known by its description."""
    return known.unique_id == found.unique_id and (bool(known.unique_id) or known.machine == found.machine)


def _ask_patiently(remote: Remote, start_anew: Callable[[], None]) -> tuple[Any, ...]:
    """Ask a board that is not usual who it is. One without the memory for the question is restarted first.

    That is for nothing else of use: what the last to work with it left there, or a Ctrl-C at a bad time
    (micro:bit 1.9.2), took its heap, and whatever is asked of it fails.
    """
    try:
        return _ask_about(remote)
    except RemoteError as error:
        if error.kind != "MemoryError":
            raise
        start_anew()
        return _ask_about(remote)


def _ask_about(remote: Remote) -> tuple[Any, ...]:
    about: tuple[Any, ...] = remote.call("about", NAMES, snippets=("about",), repeatable=True)
    return about

"""The first question to a board, in one script that checks itself: most sessions need no other helper for a listing."""

from __future__ import annotations

from typing import Any, NamedTuple
from zlib import crc32

from espsh.base.deadline import Deadline
from espsh.base.files import Entry
from espsh.board.identity import USUAL
from espsh.board.prompt.delivery import DamagedError
from espsh.board.prompt.failures import parse_traceback
from espsh.board.prompt.remote import Remote, literal
from espsh.board.prompt.snippets import USUAL as LOADER_FOR_USUAL
from espsh.board.prompt.snippets import snippet

_COMMAND = b"(lambda e,s:e('binascii').crc32(s)==%d and e('builtins').exec(s,{}))(__import__,b'''%s''')"
_UNUSUAL = frozenset({"ImportError", "AttributeError", "NameError", "TypeError", "MemoryError", "OSError"})
"""What a board raises that lacks something; a damaged command is most often a SyntaxError, or does not match."""
_TRIES = 3
_IDLE = 4.0


class Greeting(NamedTuple):
    """What a usual board answered: ``about`` as onboard/about.py says it; the root's entries, None if not whole."""

    about: tuple[Any, ...]
    root: list[Entry] | None


def greet(remote: Remote) -> Greeting | None:
    """Ask a usual board who it is; None where it is not usual and must be asked more patiently."""
    text = snippet("greeting").strip().encode()
    command = _COMMAND % (crc32(text), text)
    for _ in range(_TRIES):
        try:
            reply = remote.ask_plainly(command, Deadline(30, _IDLE))
        except DamagedError as error:
            if parse_traceback(error.said.decode("utf-8", "replace"))[0] in _UNUSUAL:
                return None
            remote.damaged(error)
        else:
            remote.toolbox.use(LOADER_FOR_USUAL)
            about, _, root = reply.text[1:].partition("\t")
            return Greeting((USUAL, *literal(about)), _entries(literal(root)))
    return None


def _entries(rows: Any) -> list[Entry] | None:
    if not isinstance(rows, list) or any(len(row) < 4 and not row[1] & 0x4000 for row in rows):
        return None  # a file without its size; a filesystem that is mounted has none
    found = [Entry(row[0], bool(row[1] & 0x4000), 0 if row[1] & 0x4000 else row[3]) for row in rows]
    return sorted(found, key=lambda entry: entry.path)

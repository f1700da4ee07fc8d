"""Programs on boards with a small stack: the command at their prompt that runs them, too short on levels to be checked.

What checks a command on the board costs a level of calls, and a micro:bit has six. So the host tells from what the
command answers whether the line damaged it, and whether the program ran.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from espsh.base.deadline import Deadline
from espsh.board.prompt.delivery import DamagedError, until_end
from espsh.board.prompt.frames import Record
from espsh.board.prompt.remote import Remote
from espsh.board.prompt.replies import Reply

# Each step on a line of its own: the traceback of a damaged one says which it was.
_COMMAND = """try:
 _espsh['emit'](0)
 {0}
 _espsh['end'](None,{1})
except BaseException as _espsh_e:_espsh['end'](_espsh_e,'')"""
_WORK = {
    "exec": ("exec(_espsh['code'],_espsh['g'])", "''"),
    "eval": ("_espsh_e=repr(eval(_espsh['code'],_espsh['g']))", "_espsh_e"),
}
_RUNS = 3
"""The command's line that runs the program."""
_FRAME = re.compile(rb'^  File "([^"]*)", line (\d+)(, in )?', re.MULTILINE)
_PROMPT = b"<stdin>"
_OF_EITHER = frozenset({"SystemExit", "MemoryError"})
"""No traceback is printed for the first; the second is true of the board, wherever it happened."""
_QUIET = 1.0
"""Seconds of silence after which a board that should answer is taken not to."""


class Damage(NamedTuple):
    """A step of the command that the line damaged. ``ran``: the program had ended by then, without an exception."""

    ran: bool


def damage(kind: str, error: bytes) -> Damage | None:
    """Return what an exception tells of the command itself, None where it is the program's.

    ``kind`` is its class, ``error`` the board's traceback. One that was not heard may be of either.
    """
    frames = _FRAME.findall(error)
    if kind in _OF_EITHER or any(name != _PROMPT for name, _, _ in frames):
        return None
    if not frames:
        return Damage(ran=True)
    _, line, executed = frames[-1]
    return Damage(ran=bool(executed) and int(line) > _RUNS)


def begin(remote: Remote, nonce: str, text: bytes) -> Record | None:
    """Make the board ready for the run ``nonce`` of ``text``. Return the program's answer where it has run already.

    Raises DamagedError.
    """
    begun = Reply(nonce)
    remote.toolbox.start(b"begin,%d" % remote.toolbox.facts.digest(text), begun)
    until_end(remote.repl, begun, Deadline(10, _QUIET))
    if begun.final is None or not begun.final.text.startswith(("=(", "=True")):
        raise DamagedError("the code is not on the board")
    return None if begun.final.text == "=True" else begun.final


def command(mode: str) -> bytes:
    """Return what runs the program: ``exec`` or ``eval``."""
    return _COMMAND.format(*_WORK[mode]).encode()

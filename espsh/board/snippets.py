"""The code that runs on boards, minified at development time, and the loader that goes before it."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import espsh.onboard
from espsh.board.frames import digest

_PACKED = Path(espsh.onboard.__file__).parent / "packed"

# Everything of ours lives in one dict, the user's global `_espsh`. c: checksum; l: the last call; x: run what has
# this checksum, and say the checksum that it has and the one that came. `builtins` is asked for exec and globals,
# since the user may have shadowed them.
_BODY = """import sys
l=0,
def c(s,a=0):
 for x in s:a=(a*67+x)%8388593
 return a
def x(s,q):
 a=c(s);print(a,q)
 if a==q:exec(s,d)
d=g['_espsh']=globals()
print(c(s)+hasattr(sys,'stdin'))
{nonce}"""
_LOADER = """import builtins as _espsh
(lambda e,s:e.exec(s,{{'s':s,'g':e.globals()}}))(_espsh,b'''{body}''')"""


@functools.cache
def snippet(name: str) -> str:
    """Return the minified text of a snippet."""
    return (_PACKED / f"{name}.py").read_text(encoding="utf-8")


@functools.cache
def names_in(name: str) -> tuple[str, ...]:
    """Return the names that a snippet defines on the board."""
    found = re.findall(r"^(?:def (\w+)|(?:except NameError:)?(\w+)=)", snippet(name), re.MULTILINE)
    return tuple(function or variable for function, variable in found)


def loader(nonce: str) -> tuple[bytes, int]:
    """Return the loader and the number by which it proves that it arrived whole; one more says: there is a stdin."""
    body = _BODY.format(nonce=nonce)
    return _LOADER.format(body=body).encode(), digest(body.encode())

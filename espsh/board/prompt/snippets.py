"""The code that runs on boards, minified at development time, and the loader that goes before it."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import espsh.onboard
from espsh.board.prompt.frames import digest

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKED = Path(espsh.onboard.__file__).parent / "packed"

# Everything of ours lives in one dict, the user's global `_espsh`. c: checksum; l: the last call; x: run what has
# this checksum, and say the checksum that it has and the one that came. `builtins` is asked for exec and globals,
# since the user may have shadowed them.
_ANY = """import sys
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
# The same for a usual board: the checksum is CRC-32, and z takes deflated text of n bytes from stdin to o.
_USUAL = """import sys,io,deflate as f
from binascii import crc32 as c
l=0,
def x(s,q):
 a=c(s);print(a,q)
 if a==q:exec(s,d)
def z(o,n,q):
 s=sys.stdin.buffer.read(n).replace(b'~C',bytes((3,))).replace(b'~A',b'~');o(f.DeflateIO(io.BytesIO(s),1,11).read(),q)
d=g['_espsh']=globals()
print(c(s)+1)
{nonce}"""
_LOADER_NAMES = "acdefglnopqsxz"
_LOADER = """import builtins as _espsh
(lambda e,s:e.exec(s,{{'s':s,'g':e.globals()}}))(_espsh,{kind}'''{body}''')"""


CALLED: dict[str, str] = {}
"""The snippets of plugins: what each is kept as by the name it is called by."""
_ADDED: dict[str, str] = {}


def add(name: str, text: str) -> None:
    """Have ``text`` be the snippet ``name`` from now on. What was so before stays: boards may have it."""
    CALLED[name] = f"{name}@{crc32(text.encode()):08x}"
    _ADDED[CALLED[name]] = text


def own_names() -> frozenset[str]:
    """Return what our snippets and the loader define on the board, all in one namespace."""
    return frozenset(_LOADER_NAMES).union(*(names_in(path.stem) for path in _PACKED.glob("*.py")))


def names_of(text: str) -> tuple[str, ...]:
    """Return the names that Python source defines at its top. Raises SyntaxError."""
    import ast

    from espsh.base.literals import tree_of

    found: list[str] = []
    for node in tree_of(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.ImportFrom):
            found += [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.Import):  # a module under its own name is what others have by that name, too
            found += [alias.asname for alias in node.names if alias.asname]
        else:
            stored = (part for part in ast.walk(node) if isinstance(part, ast.Name))
            found += [part.id for part in stored if isinstance(part.ctx, ast.Store)]
    return tuple(found)


@functools.cache
def snippet(name: str) -> str:
    """Return the minified text of a snippet, or that of a plugin as it came."""
    if name in _ADDED:
        return _ADDED[name].rstrip() + "\n"
    return (_PACKED / f"{name}.py").read_text(encoding="utf-8")


@functools.cache
def names_in(name: str) -> tuple[str, ...]:
    """Return the names that a snippet defines on the board."""
    if name in _ADDED:
        return names_of(_ADDED[name])
    found = re.findall(r"^(?:def (\w+)|(?:except NameError:)?(\w+)=)", snippet(name), re.MULTILINE)
    return tuple(function or variable for function, variable in found)


class Loader(NamedTuple):
    """What goes to a board before any other text: ``body``, a literal of ``kind``, checks text by ``digest``."""

    body: str
    kind: str
    digest: Callable[[bytes], int]

    def text(self, nonce: str) -> tuple[bytes, int]:
        """Return the loader and the number by which it proves that it is whole; one more says: there is a stdin."""
        body = self.body.format(nonce=nonce)
        return _LOADER.format(kind=self.kind, body=body).encode(), self.digest(body.encode())


ANY = Loader(_ANY, "b", digest)
"""For any board."""
USUAL = Loader(_USUAL, "", crc32)
"""For boards with CRC-32, a binary stdin, and deflate; it raises ImportError on others."""

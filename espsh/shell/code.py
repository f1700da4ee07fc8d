"""The colours of code on the screen. Pygments is loaded when a file of a kind that it knows is shown: 30 ms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "keyword": "ansimagenta",
        "operator.word": "ansimagenta",
        "name.builtin": "ansicyan",
        "name.builtin.pseudo": "ansicyan",
        "name.function": "ansiblue",
        "name.class": "ansiblue",
        "name.decorator": "ansiblue",
        "name.tag": "ansiblue",
        "name.attribute": "ansicyan",
        "literal.string": "ansigreen",
        "literal.number": "ansiyellow",
        "comment": "ansibrightblack italic",
        "generic.heading": "bold",
        "generic.subheading": "bold",
        "generic.strong": "bold",
        "generic.emph": "italic",
    }
)
"""The style of each kind of token, by Pygments' names, in prompt_toolkit's words: in cells and in files alike."""

_SGR = {
    "ansigreen": "32", "ansiyellow": "33", "ansiblue": "34", "ansimagenta": "35", "ansicyan": "36",
    "ansibrightblack": "90", "bold": "1", "italic": "3",
}  # fmt: skip
_LEXERS = {
    ".css": ("css", "CssLexer"),
    ".htm": ("html", "HtmlLexer"),
    ".html": ("html", "HtmlLexer"),
    ".ini": ("configs", "IniLexer"),
    ".js": ("javascript", "JavascriptLexer"),
    ".json": ("data", "JsonLexer"),
    ".md": ("markup", "MarkdownLexer"),
    ".py": ("python", "PythonLexer"),
    ".pyi": ("python", "PythonLexer"),
    ".toml": ("configs", "TOMLLexer"),
    ".xml": ("html", "XmlLexer"),
    ".yaml": ("data", "YamlLexer"),
    ".yml": ("data", "YamlLexer"),
}
"""Pygments' module and lexer by a name's ending. Its own search loads plugins of third parties, 80 ms."""
_STEERING = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]")


def painter(name: str) -> Callable[[bytes], bytes] | None:
    """Return what colours the content of a file of this name, or None where the name tells no kind."""
    known = _LEXERS.get(PurePosixPath(name).suffix.lower())
    return partial(_painted, *known) if known else None


def _painted(module: str, lexer: str, data: bytes) -> bytes:
    """Return content in colours; as it is where it is no text, or has characters that steer a screen."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    if _STEERING.search(text):
        return data
    found: Lexer = getattr(import_module(f"pygments.lexers.{module}"), lexer)()
    # Not get_tokens(), which makes line ends alike and takes blank lines away at the ends.
    tokens = [(kind, part) for _, kind, part in found.get_tokens_unprocessed(text)]
    if "".join(part for _, part in tokens) != text:
        return data
    return "".join(_in_colour(part, _sgr(kind)) for kind, part in tokens).encode()


def _in_colour(text: str, sgr: str) -> str:
    """Return a token in its colour, each of its lines by itself: a pager and a cut line end no colour."""
    if not sgr:
        return text
    return "".join(f"\x1b[{sgr}m{line}\x1b[0m{end}" if line else end for line, end in _lines(text))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a text and what ends each."""
    for line in text.splitlines(keepends=True):
        shown = line.rstrip("\r\n")
        yield shown, line[len(shown) :]


def _sgr(kind: _TokenType) -> str:
    """Return the SGR parameters of a kind of token: its own, or those of the nearest kind above it."""
    for above in reversed(kind.split()):
        words = KINDS.get(".".join(above).lower())
        if words:
            return ";".join(_SGR[word] for word in words.split())
    return ""

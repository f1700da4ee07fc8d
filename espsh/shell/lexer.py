"""The colours of the line while it is typed: what will be understood as what."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from espsh.base.location import spell
from espsh.core.command import Command
from espsh.core.expect import parameters_of
from espsh.core.parser import Kind, Token, tokenize
from espsh.core.paths import Path
from espsh.core.registry import Registry
from espsh.errors import EspshError

Span = tuple[int, int, str]
"""Start, end, style class."""


class LineLexer(Lexer):
    """Colours words by what the declarations say they are."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._last: tuple[str, StyleAndTextTuples] = ("", [("", "")])

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Return a function that gives a line's coloured parts."""

        def line(number: int) -> StyleAndTextTuples:
            text = document.lines[number]
            if text != self._last[0]:  # a line is drawn several times for one key
                self._last = text, _fragments(text, spans(text, self._registry))
            return self._last[1]

        return line


def spans(text: str, registry: Registry) -> list[Span]:
    """Return the coloured stretches of a line, in order, without overlap."""
    found: list[Span] = []
    words: list[Token] = []
    redirected = False
    for token in tokenize(text, registry.typed_rest_rule):
        if token.kind is Kind.WORD and not redirected:
            words.append(token)
            continue
        found.append((token.start, token.end, "path" if token.kind is Kind.WORD else token.kind.value))
        redirected = token.kind is Kind.OPERATOR and token.text != ";" and token.text != "&"
        if token.kind is Kind.OPERATOR and token.text == ";":
            found += _of_command(text, words, registry)
            words = []
    found += _of_command(text, words, registry)
    return sorted(found)


def _of_command(text: str, words: list[Token], registry: Registry) -> Iterator[Span]:
    if not words:
        return
    command = _find(registry, words[0].text)
    kind = "command" if command else "partial" if _may_become(registry, words[0].text, text) else "unknown"
    yield words[0].start, words[0].end, kind
    if command is None:
        return
    for word, parameter in parameters_of(command, words[1:]):
        if parameter is None and word.text.startswith("-"):
            yield word.start, word.end, "option"
        elif parameter is not None and isinstance(parameter.declaration.type, Path):
            yield from _path(text, word)
        elif text[word.start] in "'\"":
            yield word.start, word.end, "string"


def _may_become(registry: Registry, name: str, text: str) -> bool:
    """Tell whether ``name`` ends the line and begins a command's: it is still being typed."""
    return text.endswith(name) and any(known.startswith(name) for known, _ in registry.builtin_names())


def _path(text: str, word: Token) -> Iterator[Span]:
    """Colour ``place:`` apart from the path."""
    try:
        place = spell(word.text).place
    except EspshError:
        return
    cut = word.start
    if place is not None and text.startswith(f"{place}:", word.start):
        cut += len(place) + 1
        yield word.start, cut, "place"
    if cut < word.end:
        yield cut, word.end, "string" if text[cut] in "'\"" else "path"


def _find(registry: Registry, name: str) -> Command | None:
    try:
        return registry.find_typed(name)
    except EspshError:
        return None


def _fragments(text: str, found: list[Span]) -> StyleAndTextTuples:
    fragments: StyleAndTextTuples = []
    position = 0
    for start, end, kind in found:
        if start > position:
            fragments.append(("", text[position:start]))
        fragments.append((f"class:line.{kind}", text[start:end]))
        position = end
    return [*fragments, ("", text[position:])]

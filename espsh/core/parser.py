"""A line of text to its structure: pure, and the one understanding that running, completing and colouring share.

Words are split at blanks; ``'…'`` and ``"…"`` quote; ``;`` separates invocations; ``#`` at the start of a word
begins a comment; ``>`` and ``>>`` redirect; ``@boards`` stands first, ``&`` last. A backslash is an escape only
before a blank or a quote, so that ``C:\\Users\\x`` stays itself.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from espsh.errors import UsageError


class Kind(Enum):
    """What a stretch of the line is."""

    WORD = "word"
    BOARDS = "boards"
    OPERATOR = "operator"
    COMMENT = "comment"
    REST = "rest"


class Token(NamedTuple):
    """A stretch ``start:end`` of the line. ``text`` is its meaning after quotes and escapes.

    ``pattern`` is the text as a glob with quoted characters escaped, or None where it is no glob.
    ``quote`` is the quote left open at the end of the line, if any.
    """

    kind: Kind
    text: str
    start: int
    end: int
    pattern: str | None = None
    quote: str = ""


class Redirect(NamedTuple):
    """``> target`` or ``>> target``."""

    target: Token
    append: bool


class Invocation(NamedTuple):
    """One command of a line. ``rest`` is what it takes as it stands, or None; ``text`` is the command as typed."""

    words: tuple[Token, ...]
    boards: str | None = None
    redirect: Redirect | None = None
    background: bool = False
    rest: str | None = None
    text: str = ""

    @property
    def name(self) -> str:
        """The command's name as typed."""
        return self.words[0].text


RestRule = Callable[[str], "str | None"]
"""Given a command's name: None, or the marker after which the rest of the line is taken as it stands ("" = at once)."""

GLOB_MARKS = frozenset("*?[")
FOREIGN = {
    "&&": "write ; between commands: one that fails ends the line",
    "||": "write ; between commands; espsh --keep-going goes on after one that fails",
    "|": "write > FILE, or use espsh's output in your own shell: espsh cat :log.txt | grep x",
    "<": "name the file as an argument; standard input is /dev/stdin",
}
"""What stands for itself in other shells and not here, with what to write instead."""
_PREFIXES = (">>>", "!")


def no_rest(_name: str) -> None:
    """The RestRule of a shell without such commands."""


def from_words(words: list[str], rest_rule: RestRule = no_rest) -> Invocation:
    """Make an invocation of words that a host shell has split already; they are not read again.

    Only ``@boards`` in front is special; a glob is still a glob, since the host's shell cannot expand a board's.
    """
    boards = None
    if len(words) > 1 and words[0].startswith("@"):
        boards, words = words[0][1:], words[1:]
    tokens = tuple(Token(Kind.WORD, word, 0, 0, word if not GLOB_MARKS.isdisjoint(word) else None) for word in words)
    marker = rest_rule(words[0])
    if marker is None or (marker and marker not in words):
        return Invocation(tokens, boards)
    cut = words.index(marker) if marker else 1
    return Invocation(tokens[:cut], boards, rest=" ".join(words[cut:]))


def parse(text: str, rest_rule: RestRule = no_rest) -> tuple[Invocation, ...]:
    """Return the invocations of a line, or of several; raise UsageError where one is malformed."""
    return tuple(invocation for line in text.split("\n") for invocation in _parse_line(line, rest_rule))


def _parse_line(line: str, rest_rule: RestRule) -> list[Invocation]:
    tokens = tokenize(line, rest_rule)
    for token in tokens:
        if token.quote:
            raise UsageError(f"a {token.quote} is not closed", f"write {_close(token.quote)} to mean the character")
    found, part = [], list[Token]()
    for token in (*tokens, Token(Kind.OPERATOR, ";", len(line), len(line))):
        if token.kind is Kind.OPERATOR and token.text == ";":
            if part:
                found.append(_invocation(part, line))
            part = []
        elif token.kind is not Kind.COMMENT:
            part.append(token)
    return found


def tokenize(line: str, rest_rule: RestRule = no_rest) -> list[Token]:
    """Split ``line`` into tokens that cover all but its blanks. Never fails: an open quote is marked."""
    tokens: list[Token] = []
    position, first = 0, True
    rest_marker: str | None = None
    while (position := _skip_blanks(line, position)) < len(line):
        if first and (prefix := next((p for p in _PREFIXES if line.startswith(p, position)), None)):
            tokens.append(Token(Kind.WORD, prefix, position, position + len(prefix)))
            return [*tokens, *_rest(line, position + len(prefix))]
        token = _next(line, position, first)
        if rest_marker and token.text == rest_marker:
            return [*tokens, *_rest(line, position)]
        tokens.append(token)
        position = token.end
        if token.kind is Kind.OPERATOR and token.text == ";":
            first, rest_marker = True, None
        elif token.kind is Kind.WORD and first:
            first = False
            rest_marker = rest_rule(token.text)
            if rest_marker == "":
                return [*tokens, *_rest(line, position)]
    return tokens


def _rest(line: str, position: int) -> list[Token]:
    start = _skip_blanks(line, position)
    return [Token(Kind.REST, line[start:].rstrip(), start, len(line))]


def _skip_blanks(line: str, position: int) -> int:
    while position < len(line) and line[position].isspace():
        position += 1
    return position


def _next(line: str, start: int, first: bool) -> Token:
    char = line[start]
    if char == "#":
        return Token(Kind.COMMENT, line[start:], start, len(line))
    if char == ";":
        return Token(Kind.OPERATOR, ";", start, start + 1)
    if char == ">":
        end = start + (2 if line.startswith(">>", start) else 1)
        return Token(Kind.OPERATOR, line[start:end], start, end)
    if char == "&" and _ends_invocation(line, start + 1):
        return Token(Kind.OPERATOR, "&", start, start + 1)
    word = _word(line, start)
    if first and char == "@" and len(word.text) > 1:
        return Token(Kind.BOARDS, word.text[1:], start, word.end)
    return word


def _ends_invocation(line: str, position: int) -> bool:
    position = _skip_blanks(line, position)
    return position == len(line) or line[position] in ";#"


def _word(line: str, start: int) -> Token:
    text: list[str] = []
    pattern: list[str] = []
    position, quote, is_glob = start, "", False
    while position < len(line):
        char = line[position]
        following = line[position + 1 : position + 2]
        if char == "\\" and _escapes(quote, following):
            text.append(following)
            pattern.append(_literal(following))
            position += 2
            continue
        if quote:
            if char == quote:
                quote = ""
            else:
                text.append(char)
                pattern.append(_literal(char))
        elif char in "'\"":
            quote = char
        elif char.isspace() or char in ";>":
            break
        else:
            text.append(char)
            pattern.append(char)
            is_glob = is_glob or char in GLOB_MARKS
        position += 1
    return Token(Kind.WORD, "".join(text), start, position, "".join(pattern) if is_glob else None, quote)


def _own(word: Token, line: str) -> Token:
    """Return a word that is none of another shell's; raise UsageError for one that is, and is not quoted."""
    typed = line[word.start : word.end]
    if typed in FOREIGN:
        raise UsageError(f"{typed} is not known here", f"{FOREIGN[typed]}; '{typed}' in quotes is a word")
    return word


def _escapes(quote: str, following: str) -> bool:
    if quote == '"':
        return following == '"'
    return not quote and following != "" and (following.isspace() or following in "'\"")


def _literal(char: str) -> str:
    return f"[{char}]" if char in GLOB_MARKS else char


def _close(quote: str) -> str:
    return '"\'"' if quote == "'" else "'\"'"


def _invocation(tokens: list[Token], line: str) -> Invocation:
    words: list[Token] = []
    boards, redirect, background, rest = None, None, False, None
    remaining = iter(tokens)
    for token in remaining:
        if token.kind is Kind.BOARDS:
            boards = token.text
        elif token.kind is Kind.REST:
            rest = token.text
        elif token.kind is Kind.WORD:
            words.append(_own(token, line))
        elif token.text == "&":
            background = True
        else:
            target = next(remaining, None)
            if target is None or target.kind is not Kind.WORD:
                raise UsageError(f"'{token.text}' needs a file to write to", "for example: ls > files.txt")
            if line[target.start] == "&":
                raise UsageError(f"{token.text}& is not known here", "errors are not in what > takes, and stay visible")
            if redirect is not None:
                raise UsageError("two redirections in one command")
            redirect = Redirect(target, token.text == ">>")
    if not words:
        raise UsageError(
            "a command is missing", f"for example: @{boards} ls" if boards else "for example: ls > files.txt"
        )
    typed = line[tokens[0].start : tokens[-1].start if background else tokens[-1].end].rstrip()
    return Invocation(tuple(words), boards, redirect, background, rest, typed)

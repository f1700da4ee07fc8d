"""Words against declarations: options, arguments, their errors."""

from __future__ import annotations

from typing import Annotated

import pytest

from espsh.core.command import Arg, Command, DeclarationError, Opt, command
from espsh.core.declaration import build
from espsh.core.match import match
from espsh.core.params import TEXT, Number
from espsh.core.parser import from_words
from espsh.errors import UsageError

Source = Annotated[list[str], Arg(TEXT, "sources", many="+")]
Target = Annotated[str, Arg(TEXT, "target")]
Switch = Annotated[bool, Opt("-r", "--recursive", help="deep")]
Level = Annotated[int, Opt("-n", "--level", help="level", type=Number())]


@command()
def copy(ctx: object, sources: Source, target: Target, *, recursive: Switch = False, level: Level = 1) -> None:
    """Copy things."""


@command()
def start(
    ctx: object,
    program: Annotated[str, Arg(TEXT, "program")],
    words: Annotated[list[str], Arg(TEXT, "its words", many="...")],
    *,
    recursive: Switch = False,
) -> None:
    """Start a program."""


COPY: Command = build(copy, "test")
START: Command = build(start, "test")


def matched(*words: str) -> dict[str, list[str]]:
    found = match(COPY, from_words(["copy", *words]))
    return {name: [word.text for word in words] for name, words in found.words.items()}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("a", "b"), {"sources": ["a"], "target": ["b"]}),
        (("a", "b", "c"), {"sources": ["a", "b"], "target": ["c"]}),
        (("-r", "a", "b"), {"sources": ["a"], "target": ["b"], "recursive": []}),
        (("a", "b", "--recursive"), {"sources": ["a"], "target": ["b"], "recursive": []}),
        (("-rn5", "a", "b"), {"sources": ["a"], "target": ["b"], "recursive": [], "level": ["5"]}),
        (("-n", "5", "a", "b"), {"sources": ["a"], "target": ["b"], "level": ["5"]}),
        (("--level=5", "a", "b"), {"sources": ["a"], "target": ["b"], "level": ["5"]}),
        (("--", "-r", "b"), {"sources": ["-r"], "target": ["b"]}),
        (("-", "-1"), {"sources": ["-"], "target": ["-1"]}),
    ],
)
def test_words_find_their_parameters(words: tuple[str, ...], expected: dict[str, list[str]]) -> None:
    assert matched(*words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("p",), {"program": ["p"]}),
        (("p", "-r", "--", "--help", "-x=1"), {"program": ["p"], "words": ["-r", "--", "--help", "-x=1"]}),
        (("-r", "p", "-r"), {"program": ["p"], "recursive": [], "words": ["-r"]}),
        (("--", "-p", "a"), {"program": ["-p"], "words": ["a"]}),
    ],
)
def test_a_programs_own_words_are_no_options(words: tuple[str, ...], expected: dict[str, list[str]]) -> None:
    found = match(START, from_words(["start", *words]))
    assert {name: [word.text for word in given] for name, given in found.words.items()} == expected
    assert not found.wants_help
    assert START.usage == "start [-r] PROGRAM [WORD…]"


@pytest.mark.parametrize(
    "words", [("a",), (), ("-x", "a", "b"), ("--recursiv", "a", "b"), ("a", "b", "-n"), ("--recursive=1", "a", "b")]
)
def test_what_fits_nowhere_is_a_usage_error(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        matched(*words)


def test_a_misspelt_option_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        matched("--recursiv", "a", "b")
    assert caught.value.hint == "did you mean '--recursive'?"


def test_usage_is_made_of_the_declaration() -> None:
    assert COPY.usage == "copy [-r] [-n N] SOURCE… TARGET"


def test_wrong_declarations_are_refused() -> None:
    @command()
    def undocumented(ctx: object) -> None: ...

    @command()
    def unannotated(ctx: object, words: str) -> None:
        """Do it."""

    @command()
    def positional_option(ctx: object, recursive: Switch) -> None:
        """Do it."""

    @command()
    def twice(ctx: object, a: Source, b: Source) -> None:
        """Do it."""

    for wrong in (undocumented, unannotated, positional_option, twice):
        with pytest.raises(DeclarationError, match=wrong.__name__):
            build(wrong, "test")

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.document import Document

from espsh.core.plugins import BUILTIN
from espsh.core.registry import Registry
from espsh.shell.lexer import LineLexer, spans

REGISTRY = Registry(BUILTIN)


def coloured(text: str) -> list[tuple[str, str]]:
    return [(text[start:end], kind) for start, end, kind in spans(text, REGISTRY)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ls", [("ls", "command")]),
        ("lss", [("lss", "unknown")]),
        ("l", [("l", "partial")]),
        ("l x", [("l", "unknown")]),
        ("ls -l attic:/x", [("ls", "command"), ("-l", "option"), ("attic:", "place"), ("/x", "path")]),
        ("@all ls :", [("@all", "boards"), ("ls", "command"), (":", "place")]),
        ("echo 'a # b' # c", [("echo", "command"), ("'a # b'", "string"), ("# c", "comment")]),
        ("ls; cd x", [("ls", "command"), (";", "operator"), ("cd", "command"), ("x", "path")]),
        ("ls > :x", [("ls", "command"), (">", "operator"), (":x", "path")]),
        ("ls -- -x", [("ls", "command"), ("--", "option"), ("-x", "path")]),
        ("exec x = 1", [("exec", "command"), ("x = 1", "rest")]),
        ("cat 'my file", [("cat", "command"), ("'my file", "string")]),
    ],
)
def test_words_are_coloured_by_what_they_are(text: str, parts: list[tuple[str, str]]) -> None:
    assert coloured(text) == parts


@given(st.text(alphabet="ls cp-@'\"\\;>#&!:/=é~\t", max_size=30))
def test_colours_never_change_the_text(text: str) -> None:
    line = LineLexer(REGISTRY).lex_document(Document(text))(0)
    assert "".join(fragment[1] for fragment in line) == text

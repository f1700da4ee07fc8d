"""The grammar of a line (docs: locations and lines)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.core.parser import FOREIGN, Kind, from_words, parse, tokenize
from espsh.errors import UsageError

REST = {"exec": "", "repl": "~"}.get


def words(line: str) -> list[list[str]]:
    return [[word.text for word in invocation.words] for invocation in parse(line, REST)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("  # only a comment", []),
        ("ls", [["ls"]]),
        ("ls; ls -l ;", [["ls"], ["ls", "-l"]]),
        ("cp 'a b' \"c d\" :", [["cp", "a b", "c d", ":"]]),
        ("echo 'it''s' \"it's\"", [["echo", "its", "it's"]]),
        ("echo a#b # comment", [["echo", "a#b"]]),
        ("echo '# no comment; no end'", [["echo", "# no comment; no end"]]),
        (r"cp C:\Users\x\a.py :", [["cp", r"C:\Users\x\a.py", ":"]]),
        (r"cp a\ b.py :", [["cp", "a b.py", ":"]]),
        (r"echo \"x\' ", [["echo", "\"x'"]]),
        ('echo ""', [["echo", ""]]),
        ('cp O"\'"zbek.py :', [["cp", "O'zbek.py", ":"]]),
        ("echo =é 你好", [["echo", "=é", "你好"]]),
    ],
)
def test_words(line: str, expected: list[list[str]]) -> None:
    assert words(line) == expected


def test_boards_redirect_and_background() -> None:
    (found,) = parse("@attic,kitchen ls -l >> 'a b' &")
    assert (found.boards, found.redirect.target.text, found.redirect.append, found.background) == (
        "attic,kitchen",
        "a b",
        True,
        True,
    )
    assert [word.text for word in found.words] == ["ls", "-l"]


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("  @all  ls 'a b' &  # why", ["@all  ls 'a b'"]),
        ("ls > x; cp a b& ; rm c&d &", ["ls > x", "cp a b&", "rm c&d"]),
        ("exec a; b  ", ["exec a; b"]),
    ],
)
def test_a_command_knows_how_it_was_typed(line: str, texts: list[str]) -> None:
    assert [invocation.text for invocation in parse(line, REST)] == texts


def test_an_ampersand_inside_the_line_is_text() -> None:
    assert words("echo a & b") == [["echo", "a", "&", "b"]]


@pytest.mark.parametrize(
    ("line", "name", "rest"),
    [
        ("exec print('a;b') # x", "exec", "print('a;b') # x"),
        ("exec  x = 1 > 2", "exec", "x = 1 > 2"),
        (">>> 1+1; 2", ">>>", "1+1; 2"),
        (">>>machine.freq()", ">>>", "machine.freq()"),
        ("!ls | wc; echo $HOME", "!", "ls | wc; echo $HOME"),
        ("repl attic ~ a ; b ~", "repl", "~ a ; b ~"),
    ],
)
def test_the_rest_of_the_line_is_taken_as_it_stands(line: str, name: str, rest: str) -> None:
    (found,) = parse(line, REST)
    assert (found.name, found.rest) == (name, rest)


def test_a_command_before_one_that_takes_the_rest() -> None:
    assert [i.rest for i in parse("ls; exec a; b", REST)] == [None, "a; b"]


@pytest.mark.parametrize(
    "line", ["echo 'open", 'echo "open', "ls >", "ls > >", "> x", "@all", "@all ; ls", "ls > a > b"]
)
def test_malformed_lines_are_usage_errors(line: str) -> None:
    with pytest.raises(UsageError):
        parse(line, REST)


def test_quoted_glob_characters_are_literal_in_the_pattern() -> None:
    (found,) = parse("rm 'a*'b*.py 'c*'")
    assert [word.pattern for word in found.words] == [None, "a[*]b*.py", None]


def test_words_of_the_command_line_are_not_read_again() -> None:
    found = from_words(["@all", "cp", "a;b #c", "C:\\x y", ":*.py"])
    assert found.boards == "all"
    assert [word.text for word in found.words] == ["cp", "a;b #c", "C:\\x y", ":*.py"]
    assert found.words[-1].pattern == ":*.py"
    assert from_words(["exec", "print(1)", "#x"], REST).rest == "print(1) #x"


@given(st.text())
def test_tokens_cover_every_character_but_blanks(line: str) -> None:
    tokens = tokenize(line, REST)
    covered = {i for token in tokens for i in range(token.start, token.end)}
    assert all(line[i].isspace() for i in range(len(line)) if i not in covered)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)


@given(st.text())
def test_any_line_is_understood_or_a_usage_error(line: str) -> None:
    try:
        for invocation in parse(line, REST):
            assert invocation.words
    except UsageError:
        pass


@given(st.lists(st.text(st.characters(exclude_characters="'\n"), min_size=1), min_size=1))
def test_single_quotes_keep_any_text(texts: list[str]) -> None:
    line = "echo " + " ".join(f"'{text}'" for text in texts)
    (found,) = parse(line)
    assert [word.text for word in found.words[1:]] == texts
    assert all(token.kind is Kind.WORD for token in tokenize(line))


@pytest.mark.parametrize("typed", FOREIGN)
def test_what_other_shells_have_is_refused_and_not_taken_for_a_file(typed: str) -> None:
    with pytest.raises(UsageError) as told:
        parse(f"ls : {typed} df")
    assert str(told.value) == f"{typed} is not known here"
    assert FOREIGN[typed] in (told.value.hint or "")
    (found,) = parse(f"ls : '{typed}' a{typed}b")
    assert [word.text for word in found.words[2:]] == [typed, f"a{typed}b"]


@pytest.mark.parametrize("line", ["ls 2>&1", "ls >> &x"])
def test_no_file_is_made_of_what_joins_streams_elsewhere(line: str) -> None:
    with pytest.raises(UsageError, match="& is not known here"):
        parse(line)
    (found,) = parse("ls > '&1'")
    assert found.redirect is not None
    assert found.redirect.target.text == "&1"

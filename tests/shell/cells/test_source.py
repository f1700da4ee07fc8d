"""A cell's text, judged without a board."""

from __future__ import annotations

import ast
import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.shell.cells.source import Mistake, is_complete, mistake, next_indent, showing, signatures

BLOCK = "for i in range(2):\n    print(i)"


@pytest.mark.parametrize(
    "text",
    ["1 + 1", "x = 1  # one", "x = (1,\n  2)", f"{BLOCK}\n", f"{BLOCK}\n    ", "x = 1\ny = 2", "def f(): pass\n",
     "def f():\n    return 1\nf()", "s = '''a\nb'''", "", "# only this", "1 +* 2", "'open", "x\0"],
)  # fmt: skip
def test_what_cannot_go_on_is_run_by_enter(text: str) -> None:
    assert is_complete(text)


@pytest.mark.parametrize(
    "text",
    ["f(", "x = (1,", "for i in range(2):", "if x: y", BLOCK, "if x:\n    y\nelse:", "'''open", "@dec", "x = \\",
     "class A:\n    def f(self):\n        pass"],
)  # fmt: skip
def test_what_may_go_on_is_not(text: str) -> None:
    assert not is_complete(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("1 +* 2", (0, 3)), ("x = 1\ny = = 2", (1, 4)), ("'abc", (0, 0)), ("def g(\n)):", (1, 1)), ("f(", None),
     ("", None), (BLOCK, None)],
)  # fmt: skip
def test_a_mistake_is_placed_where_no_typing_can_mend_it(text: str, found: tuple[int, int] | None) -> None:
    place = mistake(text)
    assert (place and place[:2]) == found


def test_a_null_byte_is_a_mistake() -> None:
    assert isinstance(mistake("x = 1\0"), Mistake)


@pytest.mark.parametrize(
    ("line", "blanks"),
    [("x = 1", 0), ("if x:", 4), ("    if x:  ", 8), ("        return 1", 4), ("    pass", 0), ("passing()", 0)],
)
def test_the_next_line_is_indented_as_the_last_asks(line: str, blanks: int) -> None:
    assert next_indent(line) == " " * blanks


def run(text: str) -> tuple[str, dict[str, object]]:
    names: dict[str, object] = {}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(showing(text), names)
    return said.getvalue(), names


@pytest.mark.parametrize(
    ("text", "said"),
    [("6 * 7", "42\n"), ("None", ""), ("x = 1", ""), ("x = 1; x + 1  # two", "2\n"), ("'ä' + 'ö'", "'äö'\n"),
     ("x = 'ä'; (x +\n x)", "'ää'\n"), ("def f():\n    return 3\nf()", "3\n"), ("[1,\n 2]", "[1, 2]\n"),
     ("print('a')", "a\n"), ("6;", "6\n"), ("# nothing", "")],
)  # fmt: skip
def test_the_last_lines_value_is_printed(text: str, said: str) -> None:
    assert run(text)[0] == said


def test_the_value_is_kept_and_lines_keep_their_numbers() -> None:
    assert run("6 * 7")[1]["_"] == 42
    with pytest.raises(ZeroDivisionError) as caught:
        run("x = 0\n\n1 / x")
    assert caught.traceback[-1].lineno == 2


def test_what_is_no_python_goes_as_it_is() -> None:
    assert showing("1 +* 2") == "1 +* 2"


def test_what_functions_and_classes_take_is_known() -> None:
    cell = "def f(a, b=1, *c): pass\nclass A:\n    def __init__(self, x, y=2): pass\nclass B: pass\nasync def g(): pass"
    assert dict(signatures(cell)) == {"f": "(a, b=1, *c)", "A": "(x, y=2)", "B": "()", "g": "()"}
    assert list(signatures("def (")) == []


@given(st.text(st.sampled_from("ab1+(): \n'\"#\\[]=,\t"), max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    is_complete(text)
    mistake(text)
    shown = showing(text)
    with contextlib.suppress(SyntaxError, ValueError):
        before, after = ast.parse(text).body, ast.parse(shown).body
        assert len(after) - len(before) in (0, 1)

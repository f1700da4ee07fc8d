from __future__ import annotations

import io

import pytest

from espsh.base.world import World
from espsh.cli import main
from tests.conftest import Shell

FAILING = "echo one\ncat nosuch\necho three\n"


def test_a_script_stops_at_its_first_failure_and_names_file_and_line(sh: Shell) -> None:
    sh.write("deploy.espsh", FAILING)
    found = sh.run("-f", "deploy.espsh")
    assert found.code == 2
    assert found.lines == ["one"]
    assert found.err.startswith("deploy.espsh:2: cat: ")
    assert "nosuch: no such file" in found.err


def test_keep_going_ends_with_the_gravest_code(sh: Shell) -> None:
    sh.write("deploy.espsh", FAILING + "!exit 3\n")
    found = sh.run("-k", "-f", "deploy.espsh")
    assert found.lines == ["one", "three"]
    assert "deploy.espsh:2:" in found.err
    assert "deploy.espsh:4: !: exit code 3" in found.err
    assert found.code == 1


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_comments_blank_lines_quotes_and_foreign_line_ends(sh: Shell, end: str, bom: str) -> None:
    lines = ["# a comment", "", "   ", 'echo "a # b; c"  # d', "echo it\\'s; echo 'é 你'", "echo last"]
    sh.write("x.espsh", (bom + end.join(lines)).encode())
    found = sh.run("-f", "x.espsh")
    assert (found.code, found.err) == (0, "")
    assert found.lines == ["a # b; c", "it's", "é 你", "last"]


def test_a_line_separator_of_unicode_ends_no_line(sh: Shell) -> None:
    sh.write("x.espsh", "echo 'a\u2028b\x0bc'\necho d")
    assert sh.run("-f", "x.espsh").out == "a\u2028b\x0bc\nd\n"


def test_an_open_quote_is_told_with_its_line(sh: Shell) -> None:
    sh.write("x.espsh", "echo fine\necho it's\n")
    found = sh.run("-f", "x.espsh")
    assert found.code == 2
    assert found.err.startswith("x.espsh:2: a ' is not closed")


def test_what_is_not_utf8_is_told_with_its_line(sh: Shell) -> None:
    sh.write("x.espsh", b"echo a\necho \xff\n")
    found = sh.run("-f", "x.espsh")
    assert found.code == 2
    assert found.out == "a\n"
    assert "x.espsh:2: this is not UTF-8" in found.err


def test_a_missing_script_and_a_directory(sh: Shell) -> None:
    assert sh.run("-f", "nosuch.espsh").code == 2
    (sh.folder / "d").mkdir()
    found = sh.run("-f", "d")
    assert (found.code, found.err) == (2, "d is a directory\nhint: name a file of commands\n")


def test_stdin_is_a_script(sh: Shell) -> None:
    found = sh.run(stdin=FAILING)
    assert found.code == 2
    assert found.err.startswith("stdin:2: cat: ")
    assert sh.run("-f", "-", stdin="echo hi\n").out == "hi\n"
    assert sh.run(stdin="").code == 0


def test_stdin_as_bytes_with_a_bom(sh: Shell) -> None:
    stdin = io.TextIOWrapper(io.BytesIO("\ufeffecho é\r\n".encode()), "latin-1")
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    assert main([], World(stdin, out, err, sh.env, sh.folder)) == 0
    assert out.buffer.getvalue() == "é\n".encode()


@pytest.mark.parametrize("code", [0, 3, 255])
def test_exit_says_how_a_script_ended(sh: Shell, code: int) -> None:
    sh.write("x.espsh", f"echo a\nexit {code}\necho b\n")
    sh.write("outer.espsh", "source x.espsh\necho c\n")
    for argv in (("-f", "x.espsh"), ("-f", "outer.espsh"), ("-c", f"echo a; exit {code}; echo b", "-c", "echo c")):
        found = sh.run(*argv)
        assert (found.code, found.out, found.err) == (code, "a\n", "")
    assert sh.run("exit", str(code)).code == code
    assert sh.run(stdin=f"echo a\nexit {code}\necho b\n").code == code


def test_exit_with_a_code_counts_more_than_what_failed(sh: Shell) -> None:
    assert sh.run("-k", "-c", "cat nosuch; exit 7").code == 7
    assert sh.run("-k", "-c", "cat nosuch; exit 0").code == 0
    assert sh.run("-k", "-c", "cat nosuch; exit").code == 2
    assert sh.run("-c", "cat nosuch &; exit 7").code == 7


@pytest.mark.parametrize(
    ("word", "said"),
    [("256", "exit: '256' is out of range\nhint: 0 to 255\n"), ("-1", "exit: '-1' is out of range\nhint: 0 to 255\n"),
     ("x", "exit: 'x' is no whole number\n"), ("1.5", "exit: '1.5' is no whole number\n")],
)  # fmt: skip
def test_what_is_no_exit_code_is_refused(sh: Shell, word: str, said: str) -> None:
    found = sh.run("-c", f"exit {word}; echo b")
    assert (found.code, found.out, found.err) == (2, "", said)


def test_exit_ends_a_script(sh: Shell) -> None:
    sh.write("x.espsh", "echo a\nexit\necho b\n")
    assert sh.run("-f", "x.espsh", "-c", "echo c").out == "a\n"


def test_several_files_run_in_order_up_to_the_first_failure(sh: Shell) -> None:
    sh.write("a.espsh", "echo a\n")
    sh.write("b.espsh", "cat nosuch\n")
    sh.write("c.espsh", "echo c\n")
    found = sh.run("-f", "a.espsh", "-f", "b.espsh", "-f", "c.espsh")
    assert (found.code, found.out) == (2, "a\n")
    assert sh.run("-k", "-f", "a.espsh", "-f", "b.espsh", "-f", "c.espsh").out == "a\nc\n"


def test_a_script_may_source_another_but_not_itself(sh: Shell) -> None:
    sh.write("outer.espsh", "source inner.espsh\necho outer\n")
    sh.write("inner.espsh", "echo inner\n")
    assert sh.run("-f", "outer.espsh").lines == ["inner", "outer"]
    sh.write("inner.espsh", "echo again\nsource outer.espsh\n")
    found = sh.run("-f", "outer.espsh")
    assert found.code == 2
    assert found.lines == ["again"]
    assert "outer.espsh is running already" in found.err
    assert [line.partition(": ")[0] for line in found.err.splitlines()] == ["inner.espsh:2", "outer.espsh:1"]


def test_a_sourced_script_is_found_from_where_the_shell_is(sh: Shell) -> None:
    sh.write("sub/x.espsh", "echo here\n")
    assert sh("cd sub; source x.espsh").out == "here\n"


def test_what_needs_a_terminal_says_so_in_a_script(sh: Shell) -> None:
    sh.write("a.txt", "x")
    found = sh.run("-f", str(sh.write("x.espsh", "edit a.txt\n")))
    assert found.code == 2
    assert "needs a terminal" in found.err

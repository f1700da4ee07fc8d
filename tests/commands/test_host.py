"""Commands that need no board."""

from __future__ import annotations

from tests.conftest import Shell


def test_words_and_the_hosts_shell(sh: Shell) -> None:
    assert sh("echo a  'b  c' \"it's\"; args x 'y z'").lines == ["a b  c it's", "arg[0] = 'x'", "arg[1] = 'y z'"]
    assert sh("!echo one; echo two | cat").lines == ["one", "two"]
    assert sh("!exit 3").code == 1


def test_files_of_the_host(sh: Shell) -> None:
    assert sh("mkdir -p a/b; echo hi > a/b/c; cp -r a z; mv z/b/c z/d; rm -r z/b; ls -R z; cat z/d").lines == [
        "d",
        "hi",
    ]


def test_options(sh: Shell) -> None:
    assert sh("set timing on; set timing").lines == ["on"]
    assert "took 0." in sh("set timing on").err
    assert sh("set nosuch 1").code == 2
    assert sh("set timing maybe").code == 2


def test_help(sh: Shell) -> None:
    overview = sh("help").out
    assert "  cp " in overview
    assert "  i2c " in overview
    assert sh("help cp").out == sh("cp --help").out
    assert "usage: cp [-r] [-f] [--in-place] SOURCE… TARGET" in sh("help cp").out
    assert "ACTION  what to do: list, get, cached\n" in sh("help firmware").out
    assert sh("help nosuch").code == 2


def test_a_line_stops_at_its_first_failure(sh: Shell) -> None:
    assert sh("echo 1; cat nosuch; echo 2").out == "1\n"
    kept = sh("echo 1; cat nosuch; echo 2", "-k")
    assert (kept.code, kept.out) == (2, "1\n2\n")


def test_without_a_board_a_boards_path_is_refused(sh: Shell) -> None:
    result = sh("ls attic:/")
    assert result.code == 2
    assert not (sh.folder / "attic:").exists()

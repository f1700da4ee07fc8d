"""diff between any two places, by the front door."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.conftest import Shell

Port = Callable[..., str]


@pytest.fixture
def pair(sh: Shell, port: Port) -> Shell:
    """Two boards and the host, all with the same tree."""
    sh.ports += [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    sh.write("src/main.py", "a = 1\nb = 2\n")
    sh.write("src/lib/x.py", "x = 1\n")
    sh.write("src/data.bin", b"\0\1\2")
    sh.write("src/empty", "")
    assert sh("@all rsync src/ :/app").code == 0
    return sh


def test_what_is_the_same_says_nothing(pair: Shell) -> None:
    for line in ("diff src :/app", "diff attic:/ kitchen:/", "diff src @all:/app", "@all diff src/main.py :/app"):
        result = pair(line)
        assert (result.code, result.out, result.err) == (0, "", ""), line


def test_one_changed_file_between_two_boards(pair: Shell) -> None:
    pair.write("new.py", "a = 1\nb = 3\n")
    result = pair("cp new.py kitchen:/app/main.py; diff attic:/app kitchen:/app")
    assert (result.code, result.err) == (1, "diff: 1 file differs\n")
    assert result.lines == [
        *("--- attic:/app/main.py", "+++ kitchen:/app/main.py", "@@ -1,2 +1,2 @@"),
        *(" a = 1", "-b = 2", "+b = 3"),
    ]
    brief = pair("diff --brief attic:/ kitchen:/")
    assert (brief.code, brief.lines) == (1, ["attic:/app/main.py and kitchen:/app/main.py differ"])


def test_everything_that_can_differ(pair: Shell) -> None:
    pair.write("src/data.bin", b"\0\1\3")
    pair.write("src/big", b"x" * 300_000)
    pair.write("src/hollow/deep/y", "")
    (pair.folder / "src/empty").unlink()
    (pair.folder / "src/empty").mkdir()
    (pair.folder / "src/main.py").unlink()
    assert pair("touch attic:/app/big; mkdir attic:/app/old; touch attic:/app/old/z").code == 0
    result = pair("diff src attic:/app")
    assert result.code == 1
    assert result.lines == [
        "large files differ: src/big (300.0 kB) and attic:/app/big (0 B)",
        "binary files differ: src/data.bin (3 B) and attic:/app/data.bin (3 B)",
        "src/empty is a directory, attic:/app/empty is a file",
        "only in src: hollow/",
        "only in attic:/app: main.py",
        "only in attic:/app: old/",
    ]
    assert result.err == "diff: 3 files differ, 1 only in src, 2 only in attic:/app\n"


def test_a_file_and_a_directory_are_that_file_in_both(pair: Shell) -> None:
    pair.write("src/main.py", "a = 2\n")
    for line in ("diff -q src/main.py :/app", "diff -q src/ :/app/main.py"):
        result = pair(line)
        assert (result.code, result.lines) == (1, ["src/main.py and attic:/app/main.py differ"][: len(result.lines)])
    missing = pair("diff src/lib/x.py :/app")
    assert (missing.code, "attic:/app/x.py: no such file" in missing.err) == (2, True)


def test_a_set_on_one_side_reads_alike(pair: Shell) -> None:
    pair.write("src/lib/x.py", "x = 2\n")
    result = pair("diff src @all:/app")
    assert result.code == 1
    assert result.lines[:3] == ["attic,kitchen:", "--- src/lib/x.py", "+++ :/app/lib/x.py"]
    assert result.err.splitlines()[-1] == "2 failed: attic,kitchen: 1 file differs"
    assert pair("cp src/lib/x.py kitchen:/app/lib; diff -q src @all:/app").lines == [
        "attic: src/lib/x.py and :/app/lib/x.py differ"
    ]


def test_what_is_ignored_is_ignored_on_both_sides(pair: Shell) -> None:
    pair.write("src/.espshignore", "*.log\n/data.bin\n")
    pair.write("src/a.log", "")
    pair.write("src/data.bin", "other")
    pair.write("src/.hidden", "")
    assert pair("touch :/app/b.log :/app/notes.md; diff --exclude '*.md' src :/app").code == 0
    assert pair("diff --exclude '*.md' :/app src").code == 0
    assert pair("diff -a --exclude '*.md' src :/app").lines == ["only in src: .hidden"]


def test_for_a_program_to_read(pair: Shell) -> None:
    pair.write("src/new/x", "")
    result = pair("diff src :/app", "--json")
    assert (result.code, json.loads(result.out)) == (
        1,
        [{"path": "new", "left": {"directory": True, "size": 0}, "right": None}],
    )


def test_what_is_equal_is_not_read(pair: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr("espsh.board.files.filesystem.BoardFiles.read", read)
    assert pair("diff attic:/ kitchen:/; diff src :/app").code == 0
    assert pair("cp src/empty src/main.py; diff --brief src :/app").lines == [
        "src/main.py and attic:/app/main.py differ"
    ]


def test_without_a_board(sh: Shell) -> None:
    sh.write("a/x", "1\n")
    sh.write("b/x", "1\n")
    assert sh("diff a b").code == 0
    sh.write("b/y", "")
    result = sh("diff a b; echo no")
    assert (result.code, result.lines) == (1, ["only in b: y"])
    assert sh("diff a nosuch").code == 2

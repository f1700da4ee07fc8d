from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from espsh.shell import history
from espsh.shell.history import LineHistory


def test_newest_first_and_each_once(tmp_path: Path) -> None:
    kept = LineHistory(tmp_path / "deep" / "history")
    for line in ("ls", "pwd", "ls", "ls", " secret", "  "):
        kept.append_string(line)
    assert kept.load_history_strings() == ["ls", "pwd"]


def test_concurrent_shells_add_to_one_file(tmp_path: Path) -> None:
    one, other = LineHistory(tmp_path / "h"), LineHistory(tmp_path / "h")
    one.append_string("a")
    other.append_string("b")
    one.append_string("c")
    assert LineHistory(tmp_path / "h").load_history_strings() == ["c", "b", "a"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_any_text_comes_back(tmp_path_factory: object, lines: list[str]) -> None:
    path = tmp_path_factory.mktemp("h") / "history"  # type: ignore[attr-defined]
    kept = LineHistory(path)
    wanted = [line for line in lines if line.strip() and line[0] not in " \t"]
    for line in lines:
        kept.append_string(line)
    assert kept.load_history_strings() == list(dict.fromkeys(reversed(wanted)))


def test_a_damaged_file_costs_its_damaged_lines_only(tmp_path: Path) -> None:
    (tmp_path / "h").write_bytes(b'"ls"\n\xff\xfe broken\n"half\n17\n"pwd"\n')
    assert LineHistory(tmp_path / "h").load_history_strings() == ["pwd", "ls"]


def test_a_place_that_cannot_be_written_costs_the_history_only(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = LineHistory(tmp_path / "file" / "h")
    kept.append_string("ls")
    assert kept.load_history_strings() == []


def test_a_long_file_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "h"
    path.write_text("".join(f'"{n}"\n' for n in range(2 * history.KEPT + 1)))
    assert LineHistory(path).load_history_strings()[0] == str(2 * history.KEPT)
    assert len(path.read_bytes().splitlines()) == history.KEPT
    assert [p.name for p in tmp_path.iterdir()] == ["h"]


def test_passwords_are_not_kept(tmp_path: Path) -> None:
    history = LineHistory(tmp_path / "history")
    history.append_string("connect ws://:secret@attic.local attic")
    assert history.get_strings() == ["connect ws://:secret@attic.local attic"]  # as long as this shell lives
    assert list(LineHistory(tmp_path / "history").load_history_strings()) == ["connect ws://attic.local attic"]
    assert "secret" not in (tmp_path / "history").read_text()

"""Whatever a program asks has an answer: a number of an OSError where it makes no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from espsh.board.mount.answers import Answers
from espsh.board.mount.folder import Folder
from espsh.board.mount.questions import Question, answer, refusal

VALUE = st.one_of(
    st.integers(), st.text(max_size=5), st.binary(max_size=5), st.none(), st.lists(st.integers(), max_size=2)
)
WHAT = st.sampled_from(["stat", "list", "open", "read", "write", "chdir", "statvfs", "rename", "no"]) | VALUE


def folder(path: Path) -> Folder:
    return Folder(path, writable=False, room=256, epoch=0)


@given(st.lists(VALUE, max_size=4), WHAT, st.booleans())
def test_nonsense_is_refused(words: list[Any], what: Any, known: bool) -> None:
    answers = Answers(lambda _: None)
    answers.open("/remote", 7, folder(Path("/nosuch")))
    asked = (7, what, *words) if known else tuple(words)
    assert answers(Question(1, asked))[0] == 0x1E


def test_only_what_is_mounted_is_answered_for(tmp_path: Path) -> None:
    told: list[str] = []
    answers = Answers(told.append)
    answers.open("/remote", 7, folder(tmp_path))
    question = Question(3, (7, "chdir", "/"))
    assert answers(question) == answer(3, b"/", deflated=False)
    assert answers(Question(3, (8, "chdir", "/"))) == refusal(3, 19)
    for _ in range(2):
        assert answers(Question(4, (7, "stat", "/.."))) == refusal(4, 13)
    assert told == [f"/.. was refused: it leads out of {tmp_path.resolve()}"]
    answers.close("/remote")
    assert answers(question) == refusal(3, 19)


def test_what_is_spared_is_hidden_from_those_who_mean_others(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    answers = Answers(lambda _: None)
    answers.open("/remote", 7, folder(tmp_path))
    everything = Question(1, (7, "list", "/", ""))
    seen = answers(everything)
    with answers.spared(("/", 1)):
        assert answers(everything) != seen
    with answers.spared(("/remote", 1)):
        assert answers(everything) == seen
    assert answers(everything) == seen

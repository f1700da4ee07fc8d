"""What is known of a copy is what the copy is."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.base.files import Entry, Files
from espsh.base.hostfiles import HostFiles
from espsh.board.trees.ignore import nothing_ignored
from espsh.board.trees.replica import Content, Replica, after, content
from espsh.board.trees.sync import Item
from espsh.errors import EspshError, NotFoundError
from tests.board.trees.test_sync import Model, Tree, carry_out, planned, trees, unclashing


class Asked(Model):
    """A model that says what it holds, and counts how often."""

    asked = 0

    def survey(self, path: str) -> list[Entry] | None:
        assert path == "/"
        self.asked += 1
        return [Entry(item.path, item.is_dir, item.size, digest=digest(self, item)) for item in self.items()]

    def remove(self, path: str) -> None:
        if path not in self.tree:
            raise NotFoundError(path)
        super().remove(path)


def digest(side: Model, item: Item) -> str:
    return sha256(side.tree[item.origin] or b"").hexdigest()


def held(side: Model) -> Content:
    return Content(tuple(item._replace(digest=digest(side, item)) for item in side.items()), (), hidden=True)


def plain(items: Sequence[Item]) -> set[tuple[str, bool, int]]:
    return {(item.path, item.is_dir, item.size) for item in items}


@given(trees(), trees(), st.booleans())
def test_what_is_known_after_a_plan_is_what_is_there(source_tree: Tree, target_tree: Tree, mirror: bool) -> None:
    source, target = Model(source_tree), Model(unclashing(source_tree, target_tree))
    before = target.items()
    steps = planned(source, target, nothing_ignored, delete_below={""} if mirror else ())
    carry_out(steps, source, target)
    assert plain(after(before, steps)) == plain(target.items())


@given(trees(), st.lists(trees(), max_size=4))
def test_asked_once_it_follows_all_changes(target_tree: Tree, saved: list[Tree]) -> None:
    target, source = Asked({}), Model({})
    replica = Replica(cast(Files, source), lambda: cast(Files, target), "/", delete=True)
    for tree in (target_tree, *saved):
        source.tree = Model(tree).tree
        if planned(source, target).clashes:
            continue
        replica.bring(held(source))
        expected = {path: data for path, data in target.relative().items() if not is_ours(path)}
        assert expected == {path: data for path, data in tree.items() if not is_ours(path)}
    assert target.asked <= 1


def is_ours(path: str) -> bool:
    """Tell what is left alone on both sides in any case."""
    return path.endswith(".pyc") or ".pyc/" in path


def test_what_is_not_as_it_was_known_is_asked_again() -> None:
    source, target = Model({"a": b"1", "b": b"2"}), Asked({})
    replica = Replica(cast(Files, source), lambda: cast(Files, target), "/", delete=True)
    replica.bring(held(source))
    del target.tree["/b"], source.tree["/b"]
    replica.bring(held(source))
    assert target.relative() == {"a": b"1"}
    assert target.asked == 2


def test_what_was_forgotten_is_asked_again() -> None:
    source, target = Model({"a": b"1"}), Asked({})
    replica = Replica(cast(Files, source), lambda: cast(Files, target), "/")
    replica.bring(held(source))
    target.tree["/a"] = b"2"
    assert replica.bring(held(source)).copied == []
    replica.forget()
    assert len(replica.bring(held(source)).copied) == 1


def test_a_failure_of_what_was_just_asked_is_one() -> None:
    class Full(Asked):
        def write(self, path: str, *_: object) -> None:
            raise NotFoundError("no such place")

    source, target = Model({"a": b"1"}), Full({})
    replica = Replica(cast(Files, source), lambda: cast(Files, target), "/")
    with pytest.raises(EspshError):
        replica.bring(held(source))
    assert target.asked == 1


def found(folder: Path, **options: object) -> Content:
    files = HostFiles()
    return content(files, str(folder), files.digests, **options)  # type: ignore[arg-type]


def test_content_goes_by_the_rules_of_rsync(tmp_path: Path) -> None:
    names = ["a.py", ".hidden", "no.txt", "a.py~", "4913", "#a.py#", "x.pyc", "a.py___jb_tmp___", "out.py"]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / ".espshignore").write_text("no.txt\n")
    assert [item.path for item in found(tmp_path, exclude=("out.*",)).items] == ["a.py"]
    assert [item.path for item in found(tmp_path, exclude=("out.*",), hidden=True).items] == [".hidden", "a.py"]


def test_content_is_equal_where_all_that_counts_is(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"x")
    before = found(tmp_path)
    (tmp_path / ".swp").write_bytes(b"")
    file.touch()
    assert found(tmp_path) == before
    file.write_bytes(b"y")
    assert found(tmp_path) != before
    file.write_bytes(b"x")
    (tmp_path / ".espshignore").write_text("b.py\n")
    assert found(tmp_path) != before


def test_content_has_what_a_step_makes(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x")
    made = found(tmp_path, step=lambda path, data: (path + "c", data + data))
    assert [(item.path, item.content, item.size) for item in made.items] == [("a.pyc", b"xx", 2)]

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from espsh.board.trees.compare import compare
from espsh.board.trees.ignore import Ignored, nothing_ignored
from espsh.board.trees.sync import Item


def item(path: str, content: str = "") -> Item:
    return Item(path.rstrip("/"), path.endswith("/"), len(content), digest=content.ljust(16, "0") or None)


def told(left: Sequence[Item], right: Sequence[Item]) -> list[tuple[str, bool, bool]]:
    found = compare(left, right, nothing_ignored)
    return [(difference.path, difference.left is not None, difference.right is not None) for difference in found]


def test_a_directory_of_one_side_stands_for_what_it_holds() -> None:
    left = [item("a/"), item("a/b/"), item("a/b/x", "1"), item("same/"), item("same/y", "2"), item("z", "1")]
    right = [item("same/"), item("same/y", "3"), item("z/"), item("z/deep", "1")]
    assert told(left, right) == [("a", True, False), ("same/y", True, True), ("z", True, True)]
    assert [d.kinds for d in compare(left, right, nothing_ignored)] == [False, False, True]


def test_files_are_told_apart_by_size_then_by_digest() -> None:
    assert told([item("a", "1"), item("b", "22"), item("c")], [item("a", "2"), item("b", "2"), item("c")]) == [
        ("a", True, True),
        ("b", True, True),
    ]
    assert told([item("a", "1")._replace(digest=None)], [item("a", "1")]) == [("a", True, True)]


def test_what_is_ignored_differs_nowhere() -> None:
    assert compare([item("x.log", "1")], [item("y.log", "1"), item(".git/")], Ignored(["*.log"])) == []


paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
trees = st.dictionaries(paths, st.sampled_from(["1", "2"]))


def items(tree: dict[str, str]) -> list[Item]:
    """Return a tree that can be: what has something below it is a directory."""
    above = {path.rpartition("/")[0] for path in tree} | {path.split("/")[0] for path in tree if path.count("/") == 2}
    files = [item(path, content) for path, content in tree.items() if path not in above]
    return [*(item(path + "/") for path in above - {""}), *files]


@given(trees, trees)
def test_it_is_empty_for_equal_trees_and_the_same_from_both_sides(one: dict[str, str], other: dict[str, str]) -> None:
    left, right = items(one), items(other)
    assert compare(left, left, nothing_ignored) == []
    assert (told(left, right) == []) is (sorted(left) == sorted(right))
    assert told(right, left) == [(path, there, here) for path, here, there in told(left, right)]

"""The plan of a sync against a model of files: what it leaves equals the source, and nothing protected is lost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.base.files import Entry, Files, Incoming
from espsh.board.trees.ignore import Ignored, nothing_ignored
from espsh.board.trees.sync import Action, Item, Plan, apply, doubtful, listed, plan, transformed
from espsh.errors import EspshError, UsageError

Tree = dict[str, bytes | None]
"""Content by path; None is a directory."""


class Model:
    """Files in memory that are as strict as a board's: no parent, no file; no directory goes that holds something."""

    on_host = True

    def __init__(self, tree: Tree) -> None:
        self.tree = {f"/{path}": content for path, content in tree.items()}
        self.changes = 0

    def read(self, path: str) -> Iterator[bytes]:
        content = self.tree[path]
        assert content is not None
        yield content

    def write(self, path: str, blocks: Iterable[bytes], size: int | None = None) -> None:
        parent = path.rpartition("/")[0]
        assert parent == "" or self.tree.get(parent, b"") is None, f"{path} has no directory"
        assert self.tree.get(path, b"") is not None, f"{path} is a directory"
        self.tree[path] = b"".join(blocks)
        self.changes += 1

    def make_directory(self, path: str, *, parents: bool = False) -> None:
        assert parents
        parts = path.strip("/").split("/")
        for depth in range(len(parts)):
            above = "/" + "/".join(parts[: depth + 1])
            assert self.tree.get(above) is None, f"{above} is a file"
            self.tree[above] = None
        self.changes += 1

    def make_directories(self, paths: Sequence[str]) -> None:
        for path in paths:
            self.make_directory(path, parents=True)

    def write_many(self, files: Sequence[Incoming], verified: Callable[[Incoming], None]) -> None:
        for file in files:
            self.write(file.path, file.blocks(), file.size)
            verified(file)

    def remove_many(self, paths: Sequence[str], done: Callable[[str], None]) -> None:
        for path in paths:
            self.remove(path)
            done(path)

    def remove(self, path: str) -> None:
        assert not [other for other in self.tree if other.startswith(path + "/")], f"{path} is not empty"
        del self.tree[path]
        self.changes += 1

    def relative(self) -> Tree:
        return {path[1:]: content for path, content in self.tree.items()}

    def items(self) -> list[Item]:
        sizes = [Entry(path[1:], content is None, len(content or b"")) for path, content in self.tree.items()]
        return listed(sorted(sizes, key=lambda entry: entry.path.split("/")), "/")


def with_digests(side: Model, chosen: Collection[str]) -> list[Item]:
    return [
        item._replace(digest=sha256(side.tree[item.origin] or b"").hexdigest()) if item.origin in chosen else item
        for item in side.items()
    ]


def planned(source: Model, target: Model, ignored: Any = nothing_ignored, **options: Any) -> Plan:
    """Make a plan as the command does: digests of the doubtful pairs and of no other."""
    chosen = {mine.origin for mine, _ in doubtful(source.items(), target.items(), ignored)}
    return plan(with_digests(source, chosen), with_digests(target, chosen), ignored, **options)


def carry_out(steps: Plan, source: Model, target: Model) -> list[Any]:
    done: list[Any] = []
    apply(steps, cast(Files, source), cast(Files, target), "/", done.append)
    return done


NAMES = st.sampled_from(["a", "b", "c.py", "c.mpy", ".d", "x.pyc", "é =", "keep", "A"])
CONTENTS = st.sampled_from([b"", b"1", b"2", b"12", b"21"])


@st.composite
def trees(draw: st.DrawFn, depth: int = 2) -> Tree:
    found: Tree = {}
    for name in draw(st.lists(NAMES, max_size=4, unique=True)):
        if depth and draw(st.booleans()):
            found[name] = None
            found |= {f"{name}/{path}": content for path, content in draw(trees(depth - 1)).items()}
        else:
            found[name] = draw(CONTENTS)
    return found


def unclashing(source: Tree, target: Tree) -> Tree:
    """Drop from ``target`` what is of another kind in ``source``, and all below."""
    bad = {path for path in target if path in source and (source[path] is None) != (target[path] is None)}
    return {path: data for path, data in target.items() if not any(f"{path}/".startswith(f"{b}/") for b in bad)}


def filtered(tree: Tree, ignored: Ignored, *, by: bool = False) -> Tree:
    return {path: content for path, content in tree.items() if ignored(path, content is None) is by}


PATTERNS = st.lists(st.sampled_from(["keep", "/a", "*.mpy", "b/", "!.d", "a/**/b"]), max_size=3)


@given(trees(), trees(), PATTERNS, st.booleans())
def test_a_mirror_equals_the_filtered_source_and_what_is_protected(
    source_tree: Tree, target_tree: Tree, patterns: list[str], hidden: bool
) -> None:
    ignored = Ignored(patterns, hidden=hidden)
    wanted = filtered(source_tree, ignored)
    source, target = Model(source_tree), Model(unclashing(wanted, target_tree))
    protected = filtered(target.relative(), ignored, by=True)
    steps = planned(source, target, ignored, delete_below={""})
    assert steps.clashes == []
    assert carry_out(steps, source, target) == list(steps.steps)
    left = target.relative()
    assert {path: left[path] for path in protected} == protected
    holding = {path for path in left if any(other.startswith(path + "/") for other in protected)}
    assert {path: data for path, data in left.items() if path not in protected and path not in holding} == {
        path: data for path, data in wanted.items() if path not in holding
    }
    assert planned(source, target, ignored, delete_below={""}).steps == ()


@given(trees(), trees())
def test_without_delete_nothing_else_is_touched(source_tree: Tree, target_tree: Tree) -> None:
    source, target = Model(source_tree), Model(unclashing(source_tree, target_tree))
    expected = target.relative() | source_tree
    steps = planned(source, target)
    carry_out(steps, source, target)
    assert target.relative() == expected
    assert steps.same + len(steps.copied) == steps.files
    assert planned(source, target).steps == ()


@given(trees(), trees())
def test_clashes_are_all_named_and_change_nothing(source_tree: Tree, target_tree: Tree) -> None:
    clashing = {p for p in source_tree if p in target_tree and (source_tree[p] is None) != (target_tree[p] is None)}
    source, target = Model(source_tree), Model(target_tree)
    steps = planned(source, target, delete_below={""})
    assert {step.item.path for step in steps.clashes} == clashing
    if clashing:
        with pytest.raises(EspshError) as caught:
            carry_out(steps, source, target)
        assert caught.value.exit_code == 1
        assert all(path in caught.value.message for path in clashing)
        assert target.changes == 0


@given(trees(), trees())
def test_digests_are_asked_of_equal_sizes_only(source_tree: Tree, target_tree: Tree) -> None:
    source, target = Model(source_tree), Model(target_tree)
    for mine, other in doubtful(source.items(), target.items(), nothing_ignored):
        assert (mine.path, mine.size) == (other.path, other.size)
        assert mine.size > 0


@given(trees())
def test_directories_first_then_files_then_what_goes(target_tree: Tree) -> None:
    source = Model({"n": None, "n/f": b"1", "g": b"2"})
    target = Model(unclashing({"n": None, "n/f": b"1", "g": b"2"}, target_tree))
    order = [step.action for step in planned(source, target, delete_below={""}).steps]
    ranks = {Action.MAKE: 0, Action.NEW: 1, Action.CHANGED: 1, Action.REMOVE: 2}
    assert [ranks[action] for action in order] == sorted(ranks[action] for action in order)


def test_a_missing_root_is_made_first() -> None:
    source, target = Model({"a": b"1"}), Model({})
    steps = plan(source.items(), None, nothing_ignored)
    assert [(step.sign, step.item.path) for step in steps.steps] == [("+", ""), ("+", "a")]
    done: list[Any] = []
    apply(steps, cast(Files, source), cast(Files, target), "/x/y", done.append)
    assert target.relative() == {"x": None, "x/y": None, "x/y/a": b"1"}


def test_deleting_below_one_directory_only() -> None:
    source, target = Model({"lib": None}), Model({"lib": None, "lib/old": b"", "library": b"", "main": b""})
    carry_out(planned(source, target, delete_below={"lib"}), source, target)
    assert sorted(target.relative()) == ["lib", "library", "main"]


def test_a_name_that_changed_its_case_goes_before_its_successor_comes() -> None:
    source, target = Model({"Lib": None, "Lib/a": b"1"}), Model({"lib": None, "lib/a": b"1", "lib/b": b"", "z": b""})
    steps = planned(source, target, delete_below={""})
    assert [(step.sign, step.item.path) for step in steps.steps] == [
        *(("-", "lib/a"), ("-", "lib/b"), ("-", "lib")),
        *(("+", "Lib"), ("+", "Lib/a"), ("-", "z")),
    ]
    carry_out(steps, source, target)
    assert target.relative() == {"Lib": None, "Lib/a": b"1"}


def compiled(path: str, data: bytes) -> tuple[str, bytes]:
    return (path, data) if path == "main.py" else (path.removesuffix(".py") + ".mpy", b"M" + data)


def planned_compiled(source: Model, target: Model) -> Plan:
    items = transformed(source.items(), nothing_ignored, source.read, compiled)
    chosen = {item.origin for item in target.items()}
    return plan(items, with_digests(target, chosen), nothing_ignored, twins=True)


def test_what_is_transformed_is_compared_as_it_is_sent_and_its_stale_twin_goes() -> None:
    source = Model({"main.py": b"0", "lib": None, "lib/a.py": b"1", "b.py": b"2", "data": b"3"})
    target = Model({"lib": None, "lib/a.py": b"1", "b.mpy": b"M2", "b.py": b"old", "main.mpy": b"", "c.py": b""})
    steps = planned_compiled(source, target)
    assert [(step.sign, step.item.path) for step in steps.steps] == [
        *(("+", "data"), ("+", "lib/a.mpy"), ("+", "main.py")),
        *(("-", "b.py"), ("-", "lib/a.py"), ("-", "main.mpy")),
    ]
    carry_out(steps, source, target)
    assert target.relative() == {
        "lib": None,
        "lib/a.mpy": b"M1",
        "b.mpy": b"M2",
        "main.py": b"0",
        "data": b"3",
        "c.py": b"",
    }


def test_two_of_the_source_for_one_place_clash() -> None:
    source = Model({"a.py": b"1", "a.mpy": b"old"})
    assert [step.item.path for step in planned_compiled(source, Model({})).clashes] == ["a.mpy"]


@pytest.mark.parametrize(
    ("path", "is_dir", "left_alone"),
    [
        ("lib/a.py", False, False),
        (".git", True, True),
        ("a/.git/config", False, True),
        ("a/__pycache__/b.txt", False, True),
        ("x.pyc", False, True),
        (".env", False, True),
        (".espsh~", False, True),
        ("lib/.espsh~1", False, True),
        (".espshignore", False, True),
        ("build", True, True),
        ("build", False, False),
        ("build/kept", False, True),
        ("logs/a.txt", False, True),
        ("logs/b.txt", False, False),
    ],
)
def test_what_is_left_alone(path: str, is_dir: bool, left_alone: bool) -> None:
    assert Ignored(["# no", "", "build/", "!build/kept", "*.txt", "!b.txt"])(path, is_dir) is left_alone


@pytest.mark.parametrize(("path", "left_alone"), [(".env", False), (".git", True), (".espsh~", True)])
def test_hidden_names_may_be_wanted(path: str, left_alone: bool) -> None:
    assert Ignored(hidden=True)(path, False) is left_alone


@pytest.mark.parametrize("pattern", ["!", "[z-a]"])
def test_a_malformed_pattern_is_a_usage_error(pattern: str) -> None:
    with pytest.raises(UsageError):
        Ignored([pattern])("a", False)

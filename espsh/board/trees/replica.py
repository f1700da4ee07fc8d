"""A directory of the host kept on a board: what is to be there, and what is known to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from espsh.base.files import Files
from espsh.board.trees import sync
from espsh.board.trees import tree as trees
from espsh.board.trees.ignore import Ignored
from espsh.errors import NotFoundError, RemoteError

Digests = Callable[[Sequence[str]], dict[str, str]]
"""Returns the SHA-256 of files by path."""

_EDITORS = ("*~", "4913", r"\#*#", "*___jb_tmp___", "*___jb_old___")
"""What editors leave beside a file while they save it: backups, vim's probe, Emacs's and JetBrains's copies."""


class Content(NamedTuple):
    """What a directory of the host holds that counts: ``items`` with digests, and the ``patterns`` of what does not.

    ``left_out`` are paths without a file behind them. Two that are equal are the same to a board.
    """

    items: tuple[sync.Item, ...]
    patterns: tuple[str, ...]
    hidden: bool
    left_out: tuple[str, ...] = ()

    @property
    def ignored(self) -> Ignored:
        """Tells what is left alone, on both sides."""
        return Ignored(self.patterns, hidden=self.hidden)


def content(
    files: Files, root: str, digests: Digests, *, exclude: Sequence[str] = (), hidden: bool = False,
    step: sync.Transform | None = None,
) -> Content:  # fmt: skip
    """Return what ``root`` holds by rsync's rules; ``step`` turns files into what is written of them."""
    patterns = (*trees.own_patterns(files, root), *_EDITORS, *exclude)
    empty = Content((), patterns, hidden)
    ignored = empty.ignored
    found = trees.tree(files, root)
    items = [item for item in found.items if not ignored(item.path, item.is_dir) and item.path not in found.left_out]
    if step is not None:
        items = sync.transformed(items, ignored, files.read, step)
    asked = digests([item.origin for item in items if not (item.is_dir or item.digest)])
    left_out = tuple(path for path in found.left_out if not ignored(path, False))
    return empty._replace(items=tuple(trees.with_digests(items, asked)), left_out=left_out)


class Replica:
    """The copy at ``root`` of a board. It is asked what it holds once, and again where it cannot do what fits that.

    With ``delete`` goes what the host has not, but for what is on other filesystems, at ``mounts``; ``compiled`` says
    that .py came as .mpy.
    """

    def __init__(
        self, source: Files, target: Callable[[], Files], root: str, *, delete: bool = False, compiled: bool = False,
        mounts: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._source = source
        self._target = target
        self._root = root
        self._delete_below = ("",) if delete else ()
        self._compiled = compiled
        self._mounts = mounts
        self._known: list[sync.Item] | None = None

    def bring(self, wanted: Content) -> sync.Plan:
        """Make the board hold ``wanted``; return what that took. Raises an EspshError for clashes, as a sync does."""
        is_known = self._known is not None
        try:
            return self._bring(wanted)
        except (RemoteError, NotFoundError):
            if not is_known:
                raise
        return self._bring(wanted)

    def forget(self) -> None:
        """The board's files may be others than they were."""
        self._known = None

    def ran(self) -> None:
        """A program ran and may have made files, which go where what is not at the source goes.

        What else it changed is left to it until the host's file changes.
        """
        if self._delete_below:
            self.forget()

    def _bring(self, wanted: Content) -> sync.Plan:
        target, ignored = self._target(), wanted.ignored
        there = self._known if self._known is not None else self._ask(target, wanted.items, ignored)
        plan = sync.plan(wanted.items, there, ignored, delete_below=self._delete_below, twins=self._compiled)
        self._known = None
        sync.apply(plan, self._source, target, self._root, lambda _: None)
        self._known = after(there, plan)
        return plan

    def _ask(self, target: Files, wanted: Sequence[sync.Item], ignored: sync.Ignored) -> list[sync.Item] | None:
        try:
            entries = target.survey(self._root)
        except NotFoundError:
            return None
        if entries is None:
            return None
        there = trees.without_mounts(sync.listed(entries, self._root), self._root, self._mounts, wanted)
        asked = [other.origin for _, other in sync.doubtful(wanted, there, ignored) if not other.digest]
        return trees.with_digests(there, target.digests(asked) if asked else {})


def after(there: Iterable[sync.Item] | None, plan: sync.Plan) -> list[sync.Item]:
    """Return what the target holds when the steps of ``plan`` have been taken."""
    items = {item.path: item for item in there or ()}
    for step in plan.steps:
        if step.action is sync.Action.REMOVE:
            items.pop(step.item.path, None)
        elif step.item.path:
            items[step.item.path] = step.item._replace(content=None)
    return list(items.values())

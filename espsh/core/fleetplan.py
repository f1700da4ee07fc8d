"""What is to be done on one board of a fleet, as values: planned, shown, and told when it is done. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from espsh.base.units import human_size
from espsh.core.fleetfile import Files, Goal, is_version
from espsh.core.output import Styled
from espsh.errors import UsageError

Record = Mapping[str, Any]
"""What ``rsync --json`` says of one directory: the steps, and what they come to."""

_SIGNS = {"make": ("+", "good"), "new": ("+", "good"), "changed": ("*", ""), "remove": ("-", "bad")}
_SHOWN = 12
"""How many steps of a directory are shown, where not all are wanted."""

_COPY, _REMOVE = ("to copy", "copied"), ("to remove", "removed")


class BoardPlan(NamedTuple):
    """The way of one board to its goal: it ``has`` one firmware, ``wants`` another or "", and ``records`` differ.

    There is one of them for each of the goal's directories.
    """

    goal: Goal
    has: str
    wants: str
    records: Sequence[Record]

    @property
    def flashes(self) -> bool:
        """Whether it gets firmware."""
        return bool(self.wants) and not is_version(self.wants, self.has)

    @property
    def to_do(self) -> bool:
        """Whether anything is to be done."""
        return self.flashes or any(record["steps"] for record in self.records)

    @property
    def differing(self) -> list[Files]:
        """The directories to copy: all of them where there will be another firmware, which may want other .mpy."""
        pairs = zip(self.goal.files, self.records, strict=True)
        return [files for files, record in pairs if record["steps"] or self.flashes]

    def check(self) -> None:
        """Raise UsageError where two directories bring one file: each run would copy both."""
        brought: dict[str, Files] = {}
        for files, record in zip(self.goal.files, self.records, strict=True):
            for step in record["steps"]:
                path = _final(files, step)
                other = brought.setdefault(path, files) if step["action"] in ("new", "changed") else files
                if other is not files:
                    raise UsageError(f"{path} comes from {other.source} and from {files.source}", "exclude it from one")

    def lines(self, *, every: bool) -> Iterator[tuple[str | Styled, ...]]:
        """Yield what a person is shown before it is done, line by line; ``every`` step, or the first of them."""
        if not self.to_do:
            yield (Styled("nothing to do", "dim"),)
            return
        if self.flashes:
            yield (f"firmware {self.has} -> {self.wants}",)
        for files, record in zip(self.goal.files, self.records, strict=True):
            steps = record["steps"]
            for step in steps if every else steps[:_SHOWN]:
                sign, role = _SIGNS[step["action"]]
                yield Styled(sign, role), _final(files, step) + ("/" if step["action"] == "make" else "")
            if len(steps) > _SHOWN and not every:
                yield (Styled(f"… and {len(steps) - _SHOWN} more in {files.to} (-v shows them)", "dim"),)
        then = f"; then {'; '.join(self.goal.after)}" if self.goal.after else ""
        yield (f"to do: {self.told(self.records)}{then}",)

    def told(self, records: Sequence[Record]) -> str:
        """Return in one line what ``records``, planned or done, and the firmware come to."""
        copied, removed, size = (sum(record[key] for record in records) for key in ("copied", "removed", "bytes"))
        words = [f"firmware {self.wants}"] if self.flashes else []
        done = all(record["done"] for record in records)
        words += [f"{copied} file{'' if copied == 1 else 's'} {_COPY[done]}, {human_size(size)}"] if copied else []
        words += [f"{removed} {_REMOVE[done]}"] if removed else []
        return ", ".join(words) or "directories"

    def as_record(self, records: Sequence[Record]) -> dict[str, Any]:
        """Return it for a program to read, with ``records`` of what was planned or done."""
        return {
            "to_do": self.to_do,
            "firmware": {"has": self.has, "wants": self.wants or None, "differs": self.flashes},
            "files": list(records),
            "after": list(self.goal.after) if self.to_do else [],
        }


def _final(files: Files, step: Mapping[str, Any]) -> str:
    return posixpath.join(files.to, step["path"]).rstrip("/") or "/"

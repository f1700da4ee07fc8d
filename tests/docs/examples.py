"""The shell examples of the docs, as steps: what is typed, and what stands below it. Pure: text in, values out."""

from __future__ import annotations

import re
from typing import NamedTuple

FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")
PROMPT = re.compile(r"^[~\w:/.-]+( \[[\w-]+\])? > (?P<line>.*)$")
YES = re.compile(r" \[y/N\] y$")


class Step(NamedTuple):
    """A line at the shell's prompt, and the lines shown below it; None where none are shown in the whole block."""

    line: str
    shown: tuple[str, ...] | None

    @property
    def is_espsh(self) -> bool:
        return self.line.startswith("espsh")

    @property
    def plain(self) -> str:
        """The line without its comment."""
        return self.line.partition("  #")[0].strip()

    @property
    def typed(self) -> list[str]:
        """What a person types into espsh's own prompt below the line."""
        return [found["line"] for found in map(PROMPT.match, self.shown or ()) if found]

    @property
    def answers(self) -> list[str]:
        """What is shown and not typed, without the banner and the questions that were said yes to."""
        banner = r"espsh [\d.]+ · .*"
        shown = [line for line in self.shown or () if not PROMPT.match(line) and not YES.search(line)]
        return [line for line in shown if not re.fullmatch(banner, line)]

    @property
    def agreed(self) -> bool:
        """Whether a question is said yes to."""
        return any(YES.search(line) for line in self.shown or ())


class Block(NamedTuple):
    """Steps that belong together: they share a folder and boards. ``name`` is the page and the number there."""

    name: str
    steps: tuple[Step, ...]


def blocks_of(page: str, text: str) -> list[Block]:
    """Return the blocks of a page in which espsh is called."""
    found = [steps_of(body) for kind, body in FENCE.findall(text) if kind in ("", "console")]
    with_espsh = [steps for steps in found if any(step.is_espsh for step in steps)]
    return [Block(f"{page}-{number}", steps) for number, steps in enumerate(with_espsh, 1)]


def steps_of(body: str) -> tuple[Step, ...]:
    """Return the steps of one block: lines behind ``$``, else the calls of espsh, whose answers are not shown then."""
    lines = body.splitlines()
    if not any(line.startswith("$ ") for line in lines):
        return tuple(Step(line, None) for line in lines if re.match(r"espsh( |$)(?!\d)", line))
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    ends = [*starts[1:], len(lines)]
    return tuple(Step(lines[start][2:], tuple(lines[start + 1 : end])) for start, end in zip(starts, ends, strict=True))


MASKS = (
    (re.compile(r"\b[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b"), "MAC"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "SHA-256"),
    (re.compile(r"\b\d{8}-\d{6}\b"), "WHEN"),
    (re.compile(r"0x[0-9a-f]+-0x[0-9a-f]+"), "RANGE"),
    (re.compile(r"\b\d+(\.\d+)? (MB|kB|B)\b"), "SIZE"),
    (re.compile(r"\b\d+\.\d+ s\b"), "SECONDS"),
    (re.compile(r"\b\d+%"), "PART"),
    (re.compile(r" +"), " "),
)
"""What differs from run to run, or with the firmware; columns are as wide as what stands in them."""


def masked(line: str) -> str:
    """Return a line with what differs from run to run left out."""
    for pattern, word in MASKS:
        line = pattern.sub(word, line)
    return line.strip()


def is_shown(shown: list[str], printed: list[str]) -> bool:
    """Tell whether ``printed`` is what the page shows; ``...`` stands for anything there."""
    pattern = "\n".join(map(masked, shown))
    text = "\n".join(map(masked, printed))
    return re.fullmatch(re.escape(pattern).replace(r"\.\.\.", r"(?s:.*)"), text) is not None

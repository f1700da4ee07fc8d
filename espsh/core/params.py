"""The types a parameter can have. A type owns both sides: ``parse`` for running, ``complete`` for typing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from espsh.base.location import Location
from espsh.base.world import World
from espsh.core.jobs import Job, Jobs
from espsh.core.parser import Token
from espsh.core.sets import ALL, CHIP, cut_last
from espsh.errors import UsageError


class Candidate(NamedTuple):
    """A completion: ``text`` replaces the word; ``shown`` and ``meaning`` are for the menu."""

    text: str
    shown: str = ""
    meaning: str = ""
    ends_word: bool = True


class Scope(Protocol):
    """What a parameter may ask of the session while a word is read or completed."""

    def resolve(self, text: str) -> Location:
        """Return the location that ``text`` names; raise where its board is not connected."""

    def expand(self, word: Token) -> list[Location]:
        """Return the locations a word names, its glob expanded."""

    def cached_listing(self, location: Location) -> Sequence[tuple[str, bool]] | None:
        """Return (name, is directory) of what is known to be there, without asking a board."""

    @property
    def board_names(self) -> Sequence[str]:
        """The names of the connected boards."""

    @property
    def chips(self) -> Sequence[str]:
        """The chips of the connected boards, as far as they are known."""

    @property
    def groups(self) -> Mapping[str, str]:
        """The sets that have a name."""

    @property
    def jobs(self) -> Jobs:
        """The jobs of the session."""

    @property
    def command_names(self) -> Sequence[tuple[str, str]]:
        """Each command's name and summary."""

    @property
    def plugin_names(self) -> Sequence[tuple[str, str]]:
        """Each plugin's name, and whether it is on."""

    @property
    def ports(self) -> Sequence[tuple[str, str]]:
        """Each port and what it is."""

    @property
    def before(self) -> Sequence[str]:
        """The command's words before the one that is completed, without options; none while a word is read."""

    @property
    def world(self) -> World:
        """The environment and espsh's folders."""


class ParamType(Protocol):
    """How a word becomes a value, and what may stand there."""

    @property
    def metavar(self) -> str:
        """What stands for the value in help."""

    def parse(self, word: Token, scope: Scope) -> Any:
        """Return the value; raise UsageError."""

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Yield what the word may become, from memory only: completion never waits for a wire."""


class Text:
    """Any word."""

    def __init__(self, metavar: str = "TEXT") -> None:
        self.metavar = metavar

    def parse(self, word: Token, scope: Scope) -> str:
        """Return the word."""
        return word.text

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer nothing."""
        return ()


class Flag(Text):
    """An option that is there or not."""


class Number(Text):
    """A number, at least ``least`` and at most ``most``."""

    def __init__(
        self, metavar: str = "N", least: float = -math.inf, whole: bool = True, most: float = math.inf
    ) -> None:
        super().__init__(metavar)
        self.least = least
        self.most = most
        self.whole = whole

    def parse(self, word: Token, scope: Scope) -> Any:
        """Return an int, or a float where fractions are allowed."""
        try:
            value = int(word.text, 0) if self.whole else float(word.text)
        except ValueError:
            raise UsageError(f"'{word.text}' is no {'whole ' if self.whole else ''}number") from None
        if not math.isfinite(value) or not self.least <= value <= self.most:
            bounds = f"at least {self.least:g}" if math.isinf(self.most) else f"{self.least:g} to {self.most:g}"
            raise UsageError(f"'{word.text}' is out of range", bounds)
        return value


class Choice:
    """One of a few words."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices

    @property
    def metavar(self) -> str:
        """The choices, with bars between."""
        return "|".join(self.choices)

    def parse(self, word: Token, scope: Scope) -> str:
        """Return the word if it is one of the choices."""
        if word.text not in self.choices:
            raise UsageError(f"'{word.text}' is none of: {', '.join(self.choices)}")
        return word.text

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the choices."""
        return (Candidate(choice) for choice in self.choices if choice.startswith(prefix))


class BoardName:
    """The name of a connected board."""

    metavar = "BOARD"

    def parse(self, word: Token, scope: Scope) -> str:
        """Return the name; a trailing colon is allowed."""
        name = word.text.removesuffix(":")
        if name not in scope.board_names:
            known = ", ".join(scope.board_names)
            raise UsageError(f"no board '{name}' is connected", f"connected: {known}" if known else None)
        return name

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the connected boards."""
        return (Candidate(name) for name in scope.board_names if name.startswith(prefix))


class BoardSet(Text):
    """A set of boards: names, groups, chips and what joins them."""

    def __init__(self) -> None:
        super().__init__("SET")

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Complete the last part of a set: ``@lab!kit``."""
        head, tail = cut_last(prefix)
        for word, meaning in _parts(scope):
            if word.startswith(tail):
                yield Candidate(head + word, word, meaning)


class JobNumber:
    """A job: ``%1``."""

    metavar = "%JOB"

    def parse(self, word: Token, scope: Scope) -> Job:
        """Return the job."""
        return scope.jobs.find(word.text)

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the jobs that run."""
        found = (Candidate(f"%{job.number}", meaning=job.text) for job in scope.jobs.running)
        return (candidate for candidate in found if candidate.text.startswith(prefix))


class CommandName(Text):
    """The name of a command."""

    def __init__(self) -> None:
        super().__init__("COMMAND")

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the commands with their summaries."""
        return (Candidate(name, meaning=summary) for name, summary in scope.command_names if name.startswith(prefix))


class PluginName(Text):
    """The name of a plugin."""

    def __init__(self) -> None:
        super().__init__("PLUGIN")

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the plugins with their states."""
        return (Candidate(name, meaning=state) for name, state in scope.plugin_names if name.startswith(prefix))


class Port(Text):
    """A port's name or URL."""

    def __init__(self) -> None:
        super().__init__("PORT")

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the ports that are there with what is known of them."""
        return (Candidate(port, meaning=what) for port, what in scope.ports if port.startswith(prefix))


def _parts(scope: Scope) -> Iterable[tuple[str, str]]:
    """Yield what a part of a set may be, each with its meaning."""
    yield ALL, "all boards"
    yield from ((name, "board") for name in scope.board_names)
    yield from ((name, f"group: {members}") for name, members in scope.groups.items())
    for chip in scope.chips:
        word = chip.lower().replace("-", "")
        if word.isalnum():
            yield f"{CHIP}{word}", f"each {chip}"


FLAG = Flag()
TEXT = Text()
BOARD = BoardName()
SET = BoardSet()
JOB = JobNumber()
PLUGIN = PluginName()
PORT = Port()
COMMAND = CommandName()

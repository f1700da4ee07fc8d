"""What the functions of ours on a board need, and how they may be called: tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from espsh.base.events import Event
    from espsh.base.files import Incoming
    from espsh.board.copying.download import Part, Wish
    from espsh.board.copying.upload import News
    from espsh.board.identity import Abilities

# The snippet that a function is in.
_SNIPPET = {
    "listing": "listing",
    **dict.fromkeys(("stat", "makedirs", "remove", "rmtree", "space"), "files"),
    **dict.fromkeys(("start", "put", "put64", "finish", "drop"), "writing"),
    "fetch": "fetching",
    "sha256": "hashing",
    "survey": "surveying",
    "duplicate": "copying",
    "settle": "placing",
    "sweep_up": "sweeping",
    "move": "moving",
    "search": "searching",
}
# What a snippet stands on.
_BELOW = {"copying": ("hashing", "placing"), "surveying": ("hashing",), "sweeping": ("placing",)}
# Brought together where files are written block by block: fewer turns.
_TOGETHER = ("files", "writing", "fetching", "hashing", "placing")
_REPEATABLE = frozenset({
    "listing", "stat", "makedirs", "space", "fetch", "sha256", "finish", "drop", "rmtree", "sweep_up", "survey",
    "search",
})  # fmt: skip
# Seconds without a sign of life, where they differ from the usual.
_IDLE = dict.fromkeys((
    "sha256", "survey", "search", "duplicate", "rmtree", "remove", "space", "settle", "sweep_up", "move", "finish",
    "listing",
), 20.0)  # fmt: skip
_USUAL = 4.0


class How(NamedTuple):
    """How a function is called: it may run twice without a difference, and be silent for ``idle`` seconds."""

    repeatable: bool
    idle: float


def how(function: str) -> How:
    """Return how a function is called."""
    return How(function in _REPEATABLE, _IDLE.get(function, _USUAL))


def needs(function: str, abilities: Abilities, *, lean: bool) -> Sequence[str]:
    """Return the snippets that a function needs on a board with directories; ``lean``: no others come along."""
    listing = "listing" if abilities.ilistdir else "listing_by_stat"
    own = _SNIPPET.get(function, "listing")
    if own == "listing":
        return (listing,)
    if abilities.streams or lean or own not in _TOGETHER:
        return (*_BELOW.get(own, ()), own)
    return (listing, *_TOGETHER)


class Caller(Protocol):
    """Where the files' calls go: the board."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def state(self) -> str:
        """``ready`` where it can be asked."""

    @property
    def abilities(self) -> Abilities:
        """What the board has."""

    @property
    def idle(self) -> bool:
        """Whether the board waits at our prompt."""

    @property
    def damages(self) -> int:
        """How often an exchange was damaged so far."""

    @property
    def mount_points(self) -> Sequence[str]:
        """Where directories of the host are: what is there is not the board's."""

    @property
    def lean(self) -> bool:
        """Whether the board has so little memory that helpers come one at a time."""

    def rows(
        self, function: str, *arguments: object, snippets: Sequence[str], repeatable: bool, idle: float, subject: str
    ) -> tuple[list[Any], Any]:
        """Run a function on the board; return what it emitted and its value."""

    def gather(
        self, function: str, *arguments: object, snippets: Sequence[str], idle: float, subject: str
    ) -> tuple[list[Any], bool]:
        """Run a function once; return the first rows that came without a gap, and whether that is all."""

    def hurried(self, size: int) -> AbstractContextManager[None]:
        """Copy ``size`` bytes over a faster line, where that pays."""

    def upload(self, files: Sequence[Incoming], told: Callable[[News], None]) -> None:
        """Write files by the stream."""

    def part(self, path: str, wish: Wish) -> Part:
        """Ask once for a part of a file."""

    def tell(self, event: Event) -> None:
        """Emit an event."""

"""The ways to bring firmware to a board: what one is, which there are, and which of them can do what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from espsh.base.deadline import Deadline
from espsh.base.events import Notice, Progress
from espsh.errors import FirmwareError, InterruptedByUserError, LinkLostError, UsageError
from espsh.firmware.kinds import is_uf2, stranger

if TYPE_CHECKING:
    from espsh.base.world import World
    from espsh.board.board import Board
    from espsh.board.identity import Identity

Found = TypeVar("Found")

NAMES = MappingProxyType({"esptool": "espsh.firmware.by_esptool"})
"""Ours, each with the module whose ``BACKEND`` it is: esptool's takes a moment to import."""

_LOOK = 0.1
"""Seconds between two looks at something that tells nobody when it comes, such as a drive."""
_HINT = "take a .bin for ESP32 boards; to write any bytes to a place in flash: flash OFFSET FILE"


class RawFile(NamedTuple):
    """A file that the user named, unread; ``offset`` is where in flash they want it, None where they do not say."""

    name: str
    data: bytes
    offset: int | None = None


class FlashOptions(NamedTuple):
    """What the user said beside the files, by the options of ``flash``; ``baud`` is a rate, None for any."""

    latest: bool = False
    erase: bool = False
    keep_files: bool = False
    verify_only: bool = False
    force: bool = False
    baud: int | None = None
    bootloader: RawFile | None = None
    partition_table: RawFile | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """Those that were given, as they are spelled."""
        return tuple(f"--{name.replace('_', '-')}" for name, value in self._asdict().items() if value)


class FlashPlan(NamedTuple):
    """What a back end is about to do: ``lines`` for the user to read, and what is ``lost`` by it, in a sentence."""

    lines: tuple[str, ...]
    lost: str = "what is there is overwritten"


Agree = Callable[[FlashPlan], bool]


@dataclass(frozen=True)
class FlashWish:
    """What is wanted of one board. ``attended`` says that somebody is there to press a button.

    ``board`` was asked nothing yet; ``note`` takes a remark for the user.
    """

    board: Board
    files: tuple[RawFile, ...]
    options: FlashOptions
    world: World
    attended: bool
    note: Callable[[str], None]

    def tell(self, text: str) -> None:
        """Tell the user what goes on."""
        self.board.tell(Notice(self.board.name, text))

    def progress(self, what: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` bytes of ``what`` are written; raise InterruptedByUserError by Ctrl-C."""
        self.heed()
        self.board.tell(Progress(self.board.name, what, done, total))

    def wait_for(self, look: Callable[[], Found | None], seconds: float) -> Found | None:
        """Return what ``look`` finds first within so many seconds, None where that is nothing; Ctrl-C ends it."""
        deadline = Deadline(seconds)
        while True:
            self.heed()
            found = look()
            if found is not None or deadline.expired:
                return found
            self.board.link.cancelled.wait(_LOOK)

    def meet_again(self, seconds: float) -> Identity:
        """Return who a board is that was restarted; its port may have gone, and come back within so many seconds.

        Raises ConnectError.
        """
        with self.board.lend(seconds):
            pass
        try:
            self.board.meet()
        except LinkLostError:  # it went only now
            with self.board.lend(seconds):
                pass
            self.board.meet()
        return self.board.identity

    def heed(self) -> None:
        """Raise InterruptedByUserError where the user wants it to end; for what waits."""
        if self.board.link.cancelled.is_set():
            raise InterruptedByUserError


class FirmwareBackend(Protocol):
    """A way to bring firmware to boards, known by its ``name``."""

    @property
    def name(self) -> str:
        """What the user calls it: one word."""

    def reason(self, wish: FlashWish) -> str | None:
        """Return why this cannot be done by it, None where it can be. The board is not talked to for that."""

    def flash(self, wish: FlashWish, agree: Agree) -> str:
        """Write what is wanted, verify it, see the board start; return in a line what came of it.

        ``agree`` is called with the plan when it is known, before anything is written; where it returns False (a dry
        run) the plan is all that was wanted. That is one function since who holds a chip in download mode cannot let
        it go in between: it would restart, and somebody would have to press its buttons once more. Raises EspshError.
        """


ADDED: list[FirmwareBackend] = []
"""Those of plugins."""


def backends() -> Iterator[FirmwareBackend]:
    """Yield them all, ours first."""
    for module in NAMES.values():
        yield import_module(module).BACKEND
    yield from ADDED


def names() -> list[str]:
    """Return what they are called, ours first; none is imported for that."""
    return [*NAMES, *(backend.name for backend in ADDED)]


def choose(wish: FlashWish, named: str = "") -> FirmwareBackend:
    """Return the one back end that can do it, or the one ``named``.

    Raises FirmwareError with the reason of each where none can, UsageError where several can, or none is so called.
    """
    known = list(backends())
    asked = [backend for backend in known if named in ("", backend.name)]
    if not asked:
        raise UsageError(f"no firmware back end '{named}'", f"there are: {', '.join(each.name for each in known)}")
    reasons = [(backend, backend.reason(wish)) for backend in asked]
    able = [backend for backend, reason in reasons if reason is None]
    if len(able) > 1:
        names = [backend.name for backend in able]
        raise UsageError(f"{' and '.join(names)} can both do that", f"say which: flash --by {names[0]} …")
    if able:
        return able[0]
    if any(is_uf2(file.data) for file in wish.files):
        reasons.reverse()  # of a UF2 file esptool says just that it is one
    shown = [f"{backend.name}: {reason}" if len(asked) > 1 else str(reason) for backend, reason in reasons]
    raise FirmwareError("; ".join(shown), _hint(wish, [backend for backend in known if backend not in asked]))


def _hint(wish: FlashWish, others: Sequence[FirmwareBackend]) -> str:
    """Say what to do where none of those that were asked can: ``others`` may."""
    takers = [f"leave out --by: {backend.name} takes it" for backend in others if backend.reason(wish) is None]
    kinds = [found.hint for file in wish.files if (found := stranger(file.data))]
    return next(iter([*takers, *kinds]), _HINT)

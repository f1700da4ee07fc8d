"""Says which ports come and go while somebody is at the prompt, and whose they seem to be. Nothing is opened for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from espsh.base.events import Notice
from espsh.board.meeting.names import NameStore
from espsh.board.meeting.places import PlaceStore, who_was_at
from espsh.board.meeting.whereabouts import SURE, rank
from espsh.core.session import Session
from espsh.ports.listing import PortInfo, plausible
from espsh.ports.port_file import lister
from espsh.ports.watch import Change, PortWatch, stamp_of_devices

if TYPE_CHECKING:
    from espsh.board.board import Board


@contextlib.contextmanager
def announced(session: Session) -> Iterator[None]:
    """Have ports that come and go announced meanwhile."""
    env = session.world.env
    stamp = None if env.get("ESPSH_PORTS") else stamp_of_devices()
    watch = PortWatch(lister(env), lambda change: announce(session, change), stamp)
    watch.start()
    try:
        yield
    finally:
        watch.stop()


def announce(session: Session, change: Change) -> None:
    """Tell the session's listeners what has changed. That a board of ours is lost tells its link."""
    had = {board.url for board in session.boards.values()}
    have = {board.url for board in session.boards.values() if board.link.lost is None}
    for port in plausible(change.gone):
        if port.device not in had:
            session.events.emit(Notice("", f"{_told(port)} is gone"))
    for port in plausible(change.come):
        board = _likely(session, port)
        if board is not None:
            session.events.emit(Notice(board.name, f"back on {port.device}, it seems; the next command makes sure"))
        elif port.device not in have:
            session.events.emit(Notice("", f"{_told(port)} is new{_seems(session, port)}: connect {port.device}"))


def _likely(session: Session, port: PortInfo) -> Board | None:
    """Return the lost board for which most speaks that it is at ``port``: its name at least."""
    lost = [board for board in session.boards.values() if board.link.lost is not None]
    best = max(lost, key=lambda board: rank(board.hints, port), default=None)
    least = SURE if port.serial or port.location else 1
    return best if best is not None and rank(best.hints, port) >= least else None


def _seems(session: Session, port: PortInfo) -> str:
    """Return whose port it was in an earlier session."""
    state = session.world.folder("state")
    key = who_was_at(port, PlaceStore(state / "places.toml").all())
    name = NameStore(state / "names.toml").all().get(key or "")
    return f" ({name}, it seems)" if name else ""


def _told(port: PortInfo) -> str:
    return f"{port.device} ({port.kind})" if port.kind else port.device

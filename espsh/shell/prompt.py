"""What stands in front of the line: where bare paths point, and which board ``:`` means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from espsh.core.session import Session
from espsh.shell.columns import width_of
from espsh.shell.size import size_of

_WIDEST = 40
"""A longer path is cut at its front, and one that takes half the screen: the line being typed needs the room."""


def prompt_parts(session: Session) -> list[tuple[str, str]]:
    """Return the prompt as (role, text): ``~/proj [esp32] > `` on the host, ``attic:/lib > `` on a board."""
    here = session.here
    room = min(_WIDEST, size_of(session.world).columns // 2)
    if not here.on_host:
        return [("board", here.place), ("", ":"), ("place", _short(here.path, room)), ("", " > ")]
    parts = [("place", _short(_from_home(here.path, _home(session.world.env)), room))]
    if session.current is not None:
        parts += [("", " ["), ("board", session.current), ("", "]")]
    return [*parts, ("", " > ")]


def prompt_text(session: Session) -> str:
    """Return the prompt without colours."""
    return "".join(text for _, text in prompt_parts(session))


def _home(env: Mapping[str, str]) -> str:
    return env.get("HOME") or env.get("USERPROFILE") or ""


def _from_home(path: str, home: str) -> str:
    if home and Path(path).is_relative_to(home) and home != "/":
        below = Path(path).relative_to(home).as_posix()
        return "~" if below == "." else f"~/{below}"
    return path


def _short(path: str, room: int) -> str:
    while width_of(path) > room and "/" in path.removeprefix("…/"):
        path = "…/" + path.removeprefix("…/").partition("/")[2]
    return path

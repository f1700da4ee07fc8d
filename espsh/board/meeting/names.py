"""The boards' names, kept by their unique ids: a name follows the chip, not the port."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Collection
from pathlib import Path

from espsh.base.location import check_board_name, is_board_name
from espsh.board.identity import Identity

_LINE = re.compile(r'^\s*"?([0-9A-Za-z_-]+)"?\s*=\s*"([^"]*)"')
_CHOOSING = threading.Lock()
"""Boards that are met at once choose one after the other: else two get one name, and one file is written by both."""


class NameStore:
    """Names in a file: lines ``"unique id" = "name"``, which is TOML. ``taken`` tells names in use this moment."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> dict[str, str]:
        """Return the names by unique id; lines that are none are passed over."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        found = (_LINE.match(line) for line in text.splitlines())
        return {match[1]: match[2] for match in found if match and is_board_name(match[2])}

    def remember(self, unique_id: str, name: str) -> None:
        """Call the board ``name`` from now on; another board of that name loses it."""
        if not unique_id:
            return
        names = {key: value for key, value in self.all().items() if value != name}
        names[unique_id] = check_board_name(name)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        fresh.write_text("".join(f'"{key}" = "{value}"\n' for key, value in sorted(names.items())), encoding="utf-8")
        fresh.replace(self.path)


def choose_name(identity: Identity, given: str | None, store: NameStore | None, taken: Collection[str] = ()) -> str:
    """Return what the board is called: the given name, the one it had, else its chip with a number.

    A name that was given or made up is remembered for the chip.
    """
    with _CHOOSING:
        return _choose(identity, given, store, taken)


def _choose(identity: Identity, given: str | None, store: NameStore | None, taken: Collection[str]) -> str:
    known = store.all() if store else {}
    if given is not None:
        check_board_name(given)
        if store and known.get(identity.unique_id) != given:
            store.remember(identity.unique_id, given)
        return given
    if identity.unique_id in known and known[identity.unique_id] not in taken:
        return known[identity.unique_id]
    stem = re.sub(r"[^a-z0-9]", "", identity.chip.lower())
    if not is_board_name(stem):
        stem = "board"
    used = {*taken, *known.values()}
    name = next(name for name in (stem, *(f"{stem}-{number}" for number in range(2, 10_000))) if name not in used)
    if store:
        store.remember(identity.unique_id, name)
    return name


def name_of_port(url: str) -> str:
    """Return what a board is called before it was met: the port's last part, such as ttyUSB0."""
    last = re.sub(r"[^A-Za-z0-9_-]+", "-", re.split(r"[/:](?=[^/:])", url.partition("?")[0])[-1]).strip("-")
    return last if is_board_name(last) else "board"

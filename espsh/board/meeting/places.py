"""Where boards were last, kept by their unique ids beside their names: so a port that appears has a name to it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from espsh.board.meeting.whereabouts import SURE, Hints, rank
from espsh.ports.listing import PortInfo


class PlaceStore:
    """A file of lines ``"unique id" = [port, vendor, serial, location]``, which is TOML."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> dict[str, Hints]:
        """Return what is kept; lines that are none are passed over."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        pairs = (line.partition(" = ") for line in text.splitlines())
        return {key.strip('"'): hints for key, _, value in pairs if (hints := _read(value))}

    def remember(self, unique_id: str, hints: Hints) -> None:
        """Keep where a board is. What another board left at that socket is forgotten."""
        known = self.all()
        if not unique_id or known.get(unique_id) == hints:
            return
        kept = {key: old for key, old in known.items() if old[1:] != hints[1:]} | {unique_id: hints}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        lines = (f'"{key}" = {json.dumps([part or "" for part in one])}\n' for key, one in sorted(kept.items()))
        fresh.write_text("".join(lines), encoding="utf-8")
        fresh.replace(self.path)


def who_was_at(port: PortInfo, places: Mapping[str, Hints]) -> str | None:
    """Return the unique id of the board that USB says is at ``port``; None where it cannot say, or says two."""
    ranked: Sequence[tuple[int, str]] = sorted(
        ((rank(hints, port), key) for key, hints in places.items()), reverse=True
    )
    if not ranked or ranked[0][0] < SURE or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    return ranked[0][1]


def _read(value: str) -> Hints | None:
    try:
        port, vendor, serial, location = json.loads(value)
    except (ValueError, TypeError):
        return None
    return Hints(str(port), vendor or None, str(serial), str(location))

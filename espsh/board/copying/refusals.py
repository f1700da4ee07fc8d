"""Which boards took no faster line, kept between sessions: each is tried once, and again with another firmware."""

from __future__ import annotations

from pathlib import Path

from espsh.board.identity import Identity


class Refusals:
    """Lines of a board's unique id, its firmware, its port and the reason in a file, with tabs between."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, identity: Identity, url: str) -> str:
        """Return why the board behind ``url`` took no faster line when it was tried, or ""."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ""
        head = _head(identity, url)
        return next((line.removeprefix(head) for line in reversed(lines) if line.startswith(head)), "")

    def remember(self, identity: Identity, url: str, reason: str) -> None:
        """Do not try it again."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_head(identity, url) + " ".join(reason.split()) + "\n")


def _head(identity: Identity, url: str) -> str:
    return f"{identity.unique_id}\t{identity.firmware}\t{url}\t"

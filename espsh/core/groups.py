"""Groups of boards, kept on this computer: a name for a set."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from espsh.base.location import check_board_name, is_board_name
from espsh.core.sets import check_group, parse_set
from espsh.errors import EspshError, NotFoundError

_LINE = re.compile(r'^\s*"?([0-9A-Za-z_-]+)"?\s*=\s*"([^"]*)"')


class GroupStore:
    """Groups in a file: lines ``name = "set"``, which is TOML. ``path`` is asked for when the file is."""

    def __init__(self, path: Callable[[], Path]) -> None:
        self._path = path

    def all(self) -> dict[str, str]:
        """Return the sets by the groups' names; what cannot be read is passed over."""
        try:
            text = self._path().read_text(encoding="utf-8", errors="replace")
        except OSError:
            return {}
        found = (_LINE.match(line) for line in text.splitlines())
        return {match[1]: match[2] for match in found if match and is_board_name(match[1]) and _is_set(match[2])}

    def keep(self, name: str, members: str) -> None:
        """Call the set ``members`` by ``name`` from now on; raise UsageError where that cannot be."""
        parse_set(members)
        groups = {**self.all(), check_board_name(name): members}
        check_group(name, groups)
        self._write(groups)

    def delete(self, name: str) -> None:
        """Forget a group; raise NotFoundError where there is none of that name."""
        groups = self.all()
        if name not in groups:
            raise NotFoundError(f"no group '{name}'", f"groups: {', '.join(sorted(groups)) or 'none'}")
        del groups[name]
        self._write(groups)

    def _write(self, groups: dict[str, str]) -> None:
        path = self._path()
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text("".join(f'{name} = "{members}"\n' for name, members in sorted(groups.items())), "utf-8")
            fresh.replace(path)
        except OSError as error:
            raise EspshError(f"groups cannot be kept in {path}: {(error.strerror or str(error)).lower()}") from error


def _is_set(text: str) -> bool:
    try:
        return bool(parse_set(text))
    except EspshError:
        return False

"""Which ports there are: the computer's, or those that a file names, so that plugging can be rehearsed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from espsh.errors import UsageError
from espsh.ports.listing import Lister, PortInfo, in_order, list_ports


def lister(env: Mapping[str, str]) -> Lister:
    """Return what lists the ports of the world with the environment ``env``: the computer's, or those of a file.

    ``ESPSH_PORTS`` names a file with what ``espsh --list --json`` prints; of its ports those are there whose path
    exists. So plugging and unplugging can be rehearsed with links to virtual boards.
    """
    file = env.get("ESPSH_PORTS")
    if not file:
        return list_ports
    return lambda: ports_in(file)


def ports_in(file: str) -> list[PortInfo]:
    """Return the ports of ``file`` whose paths exist; it holds what ``espsh --list --json`` prints."""
    try:
        rows = json.loads(Path(file).read_text(encoding="utf-8"))
        return in_order(_port(row) for row in rows if Path(row["port"]).exists())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"ESPSH_PORTS: {file} is no list of ports: {error}"
        raise UsageError(message, "espsh --list --json prints one") from None


def _port(row: dict[str, Any]) -> PortInfo:
    vid, _, pid = (row.get("usb_id") or "").partition(":")
    return PortInfo(
        device=row["port"],
        vid=int(vid, 16) if vid else None,
        pid=int(pid, 16) if pid else None,
        serial=row.get("serial"),
        location=row.get("location"),
        kind=row.get("what") or "",
        plausible=bool(row.get("plausible", True)),
    )

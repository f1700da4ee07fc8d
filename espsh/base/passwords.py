"""Passwords inside ports, ``ws://:secret@host``: taken out before anything is shown or kept."""

from __future__ import annotations

import re

_WITH_PASSWORD = re.compile(r"\b(wss?://)\S*@")


def without_password(text: str) -> str:
    """Return ``text``, a port or a whole line, without the passwords of the ports in it."""
    return _WITH_PASSWORD.sub(r"\1", text) if "@" in text else text


def password_of(url: str) -> str | None:
    """Return the password in ``url``, None where it has none. Characters of URLs are written ``%40`` there."""
    scheme, mark, rest = url.partition("://")
    user, at, _ = rest.rpartition("@")
    if not (mark and at) or scheme not in ("ws", "wss"):
        return None
    from urllib.parse import unquote

    return unquote(user.partition(":")[2])

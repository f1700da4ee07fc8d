"""A site's pages, remembered: an hour before it is asked again, for ever where it is out of reach."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import quote, unquote

from espsh.base.hostfiles import HostFiles
from espsh.errors import EspshError, NotFoundError

Parsed = TypeVar("Parsed")

_FRESH = 3600.0
"""Seconds for which a page is not asked for again: previews are built once a day."""
_LONGEST_NAME = 200
_SUFFIX = ".page"
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


class Answers(NamedTuple):
    """What is told where a page does not serve.

    ``unreadable`` makes the error of an address with a page that is not what it should be; ``unknown`` is the hint
    where a site is out of reach and nothing is kept.
    """

    unreadable: Callable[[str], EspshError]
    unknown: str


class PageCache:
    """Pages by their addresses, in ``folder``.

    ``fetch`` asks the site, ``say`` takes a remark, ``now`` is the time in seconds since 1970; for ``fresh`` seconds a
    page serves unasked. A page is kept only if it can be read, so a hotspot's login takes no one's place.
    """

    def __init__(
        self, folder: Path, fetch: Callable[[str], str], say: Callable[[str], object], answers: Answers, *,
        now: Callable[[], float] = time.time, fresh: float = _FRESH,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._fetch = fetch
        self._say = say
        self._answers = answers
        self._now = now
        self._fresh = fresh
        self._unreachable: EspshError | None = None

    def read(self, url: str, parse: Callable[[str], Parsed | None]) -> Parsed:
        """Return what ``parse`` makes of the page, which is None for a page that is not what it should be.

        Where the site does not answer, or with something else, the kept page serves, whatever its age, and ``say``
        is told. Raises what the fetch raised where none is kept.
        """
        kept = self.kept(url, parse)
        if kept is not None and self._age(url) < self._fresh:
            return kept
        try:
            text, found = self._asked(url, parse)
        except NotFoundError:
            raise
        except EspshError as error:
            if kept is None:
                error.hint = error.hint or self._answers.unknown
                raise
            if self._unreachable is None:
                self._say(f"{error.message}; this is what was known {_spelled(self._age(url))} ago")
            self._unreachable = error
            return kept
        self._keep(url, text)
        return found

    def kept(self, url: str, parse: Callable[[str], Parsed | None]) -> Parsed | None:
        """Return what is known of the page without asking, or None."""
        try:
            return parse(self._path(url).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def addresses(self) -> list[str]:
        """Return the addresses of the pages that are kept, but for very long ones."""
        return sorted(unquote(path.name.removesuffix(_SUFFIX)) for path in self._folder.glob(f"*%3A*{_SUFFIX}"))

    def _asked(self, url: str, parse: Callable[[str], Parsed | None]) -> tuple[str, Parsed]:
        if self._unreachable is not None:  # one wait for a site that is out of reach is enough
            raise self._unreachable
        text = self._fetch(url)
        found = parse(text)
        if found is None:
            raise self._answers.unreadable(url)
        return text, found

    def _keep(self, url: str, text: str) -> None:
        """Write the page beside, then rename. A folder that cannot be written costs time only."""
        with contextlib.suppress(OSError, EspshError):
            self._folder.mkdir(parents=True, exist_ok=True)
            HostFiles().write(str(self._path(url)), [text.encode()])

    def _age(self, url: str) -> float:
        with contextlib.suppress(OSError):
            return max(0.0, self._now() - self._path(url).stat().st_mtime)
        return self._fresh

    def _path(self, url: str) -> Path:
        name = quote(url, safe="")
        if len(name) > _LONGEST_NAME:
            name = hashlib.sha256(url.encode()).hexdigest()[:32]
        return self._folder / f"{name}{_SUFFIX}"


def _spelled(seconds: float) -> str:
    """Return a time in words: ``3 days``."""
    for length, unit in _UNITS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "a moment"

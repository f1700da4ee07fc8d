"""The firmware that can be had by name: which boards there are, which builds of them, and the way to a file.

The site is micropython.org, or what ``ESPSH_FIRMWARE_URL`` names: a mirror with the same pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from espsh.base.events import Progress
from espsh.base.world import World
from espsh.errors import FirmwareError, NotFoundError, UsageError
from espsh.firmware.builds import LATEST, Board, Build, flashable, full_id, matching
from espsh.firmware.pages import BoardList, BoardPage, read_boards, read_builds
from espsh.firmware.plausible import Check, check_plausible
from espsh.firmware.selection import Facts, select
from espsh.web.pagecache import Answers, PageCache

SITE = "https://micropython.org"
VARIABLE = "ESPSH_FIRMWARE_URL"

_NAMED = 8
"""How many versions a hint lists."""

Say = Callable[[str], object]
Listen = Callable[[Progress], object]


class Firmware(NamedTuple):
    """A file that is here, whole and checked, and what it is."""

    path: Path
    build: Build


class Catalog:
    """What a site offers, through a cache of its pages in ``folder``; files are downloaded to there, too.

    ``say`` takes remarks: that the site is out of reach and how old the list is, what could not be read.
    """

    def __init__(
        self,
        folder: Path,
        site: str = SITE,
        say: Say = lambda _: None,
        *,
        fetch: Callable[[str], str] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        if not _is_address(site):
            raise UsageError(f"{VARIABLE}: '{site}' is no address of a site", f"one is {SITE}")
        self._list = f"{site.rstrip('/')}/download/"
        self._folder = folder
        self._say = say
        self._pages = PageCache(folder / "pages", fetch or _fetch, say, _ANSWERS, now=now)

    @classmethod
    def of(cls, world: World, say: Say = lambda _: None) -> Catalog:
        """Return the catalogue of the site that the world's environment names, kept in its cache folder."""
        return cls(world.folder("cache") / "firmware", world.env.get(VARIABLE) or SITE, say)

    def boards(self, word: str = "") -> Sequence[Board]:
        """Return the boards for the chip ``word``, else those that have ``word`` in id, name or vendor; "" is all.

        Raises NotFoundError where there are none.
        """
        everything = self._pages.read(self._list, _boards)
        chip = next((mcu for mcu in everything.mcus if _plain(mcu) == _plain(word)), None)
        if chip is not None:
            return self._pages.read(f"{self._list}?mcu={chip}", _boards).boards
        exact = [board for board in everything.boards if board.id == word]
        found = exact or [board for board in everything.boards if word.lower() in " ".join(board).lower()]
        if not found:
            raise NotFoundError(f"no board or chip '{word}'", _nearest(word, everything.boards))
        return found

    def known_boards(self) -> Sequence[Board]:
        """Return the boards of the list as it was kept, without asking the site; none where nothing is kept."""
        kept = self._pages.kept(self._list, _boards)
        return kept.boards if kept else ()

    def known_builds(self, board: str) -> Sequence[Build]:
        """Return what :meth:`builds` does, without asking the site; none where nothing is kept."""
        url = self._page(board)
        kept = self._pages.kept(url, lambda text: _builds(text, url))
        return flashable(kept.builds) if kept else ()

    def builds(self, board: str) -> Sequence[Build]:
        """Return the files to flash of ``board``, one for each variant and version, the newest first."""
        url = self._page(board)
        try:
            page = self._pages.read(url, lambda text: _builds(text, url))
        except NotFoundError as error:
            raise NotFoundError(f"no board '{board}'", _nearest(board, self.known_boards())) from error
        if page.unread:
            shown = ", ".join(page.unread[:3])
            self._say(f"{len(page.unread)} files of {url} have names that espsh cannot read: {shown}")
        return flashable(page.builds)

    def find(self, board: str, variant: str = "", version: str = LATEST) -> Build:
        """Return the newest build of ``board`` and ``variant`` ("" is the plain one) that ``version`` means.

        ``version`` is as :func:`espsh.firmware.builds.matching` takes it. Raises NotFoundError with what there is.
        """
        builds = self.builds(board)
        found = [build for build in builds if build.variant == variant]
        if not found:
            there = ", ".join(sorted({build.full_id for build in builds}))
            raise NotFoundError(f"no {full_id(board, variant)}", f"there are: {there}" if there else None)
        build = matching(found, version)
        if build is None:
            raise NotFoundError(f"no {full_id(board, variant)} {version}", f"there are: {_versions(found)}")
        return build

    def get(
        self, build: Build, listen: Listen = lambda _: None, board: str = "", check: Check = check_plausible
    ) -> Path:
        """Return the path of ``build``, downloaded if it is not here and held to ``check`` then.

        ``listen`` hears of progress for ``board``. Raises as :func:`espsh.firmware.download.download_build` does.
        """
        from espsh.firmware.download import download_build

        return download_build(build, self._folder / "files", check=check, listen=listen, board=board)

    def for_chip(
        self,
        facts: Facts,
        version: str = LATEST,
        listen: Listen = lambda _: None,
        board: str = "",
        check: Check = check_plausible,
    ) -> Firmware:
        """Return the generic firmware for a chip, here and checked. What was unknown and matters is said.

        Raises NotFoundError where MicroPython has none for the chip or not that version, and as :meth:`get` does.
        """
        chosen = select(facts)
        if chosen.remark:
            self._say(chosen.remark)
        build = self.find(chosen.board, chosen.variant, version)
        return Firmware(self.get(build, listen, board, check), build)

    def downloaded(self) -> list[Path]:
        """Return the files that are here."""
        from espsh.firmware.download import downloaded

        return downloaded(self._folder / "files")

    def _page(self, board: str) -> str:
        return f"{self._list}{board}/"


def _is_address(site: str) -> bool:
    try:
        parts = urlsplit(site)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _fetch(url: str) -> str:
    from espsh.web.asking import get_page

    return get_page(url)


def _unreadable(url: str) -> FirmwareError:
    return FirmwareError(
        f"{url} is not what espsh can read: the site may look otherwise now",
        "get the file with a browser; flash takes a file, too",
    )


_ANSWERS = Answers(_unreadable, "nothing is known of it from before; 'firmware cached' lists the files here")


def _boards(text: str) -> BoardList | None:
    found = read_boards(text)
    return found if found.boards else None


def _builds(text: str, url: str) -> BoardPage | None:
    found = read_builds(text, url)
    return found if found.builds else None


def _versions(builds: Sequence[Build]) -> str:
    named = ", ".join(build.version for build in builds[:_NAMED])
    return f"{named}, …" if len(builds) > _NAMED else named


def _nearest(word: str, boards: Iterable[Board]) -> str:
    import difflib

    ids = {board.id.lower(): board.id for board in boards}
    close = difflib.get_close_matches(word.lower(), ids, n=1)
    return f"did you mean '{ids[close[0]]}'?" if close else "'firmware list' shows what there is"


def _plain(chip: str) -> str:
    return "".join(filter(str.isalnum, chip)).lower()

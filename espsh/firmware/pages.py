"""Reading micropython.org's download pages. Pure: text in, values out.

The site has no interface for programs. What is relied on is little, so that a new look of the pages does no harm:

- the list of boards (``/download/``): an ``a`` of class ``board-card`` for each, whose ``href`` ends in the board's id,
  in it elements of the classes ``board-product`` and ``board-vendor``; links to ``?mcu=NAME`` name the chips,
- a board's page (``/download/ID/``): links to files whose names say what they are, under a heading for each variant,
  ``Firmware (Support for SPIRAM / WROVER)``.

Source: what mpflash 1.29 and Thonny's flasher read there, and pages that another project saved for its tests in 2026
(github.com/julioformiga/chiptui). This never ran against the site itself.
"""

from __future__ import annotations

import contextlib
import re
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

from espsh.firmware.builds import Board, Build, read_name

_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_MCU = re.compile(r"[A-Za-z0-9]{1,32}")
_HEADING = re.compile(r"Firmware\s*\((.*)\)")
_DIGEST = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
_FILES = "/resources/firmware/"
_IN_ADDRESSES = "%/:=&?~#+!$,;'@()*[]"
"""What stands in an address as it is; all else is quoted, a terminal's control characters included."""
_LONGEST = 100
"""Characters of a name on a page that are worth showing."""
_UNCLOSED = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))


class BoardList(NamedTuple):
    """The boards of a page, and the chips (``esp32s3``) by which the site can filter them."""

    boards: tuple[Board, ...]
    mcus: tuple[str, ...]


class BoardPage(NamedTuple):
    """The files of a board's page, and the names of those whose names say nothing to us."""

    builds: tuple[Build, ...]
    unread: tuple[str, ...]


def read_boards(html: str) -> BoardList:
    """Return the boards that a list names; none where it is no such list."""
    reader = _ListReader()
    _feed(reader, html)
    boards = {card["id"]: Board(card["id"], clean(card["product"]), clean(card["vendor"])) for card in reader.cards}
    return BoardList(tuple(boards.values()), tuple(dict.fromkeys(reader.mcus)))


def read_builds(html: str, url: str) -> BoardPage:
    """Return the files that the board's page at ``url`` names; none where it is no such page."""
    reader = _FilesReader(url)
    _feed(reader, html)
    found: dict[str, Build] = {}
    unread: list[str] = []
    for link in reader.links:
        name = _file_name(link.url)
        build = read_name(name, link.url, clean(link.about), link.sha256)
        if build is not None:
            found.setdefault(link.url, build)
        elif _FILES in link.url:
            unread.append(clean(name))
    return BoardPage(tuple(found.values()), tuple(unread))


def clean(text: str) -> str:
    """Return text of a page as one short line without control characters."""
    shown = " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


class _ListReader(HTMLParser):
    """Collects the boards' cards: ``id``, ``product`` and ``vendor`` of each."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[dict[str, str]] = []
        self.mcus: list[str] = []
        self._card: dict[str, str] | None = None
        self._field = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a card or a field of one."""
        values = dict(attrs)
        classes = (values.get("class") or "").split()
        if tag == "a":
            self._link(values.get("href") or "", card="board-card" in classes)
        elif self._field:
            self._depth += tag not in _UNCLOSED
        elif self._card:
            self._field = next((name for name in ("product", "vendor") if f"board-{name}" in classes), "")
            self._depth = 0

    def handle_endtag(self, tag: str) -> None:
        """Close the field, or the card with all that is in it."""
        if tag == "a":
            self._card, self._field = None, ""
        elif self._field and self._depth == 0:
            self._field = ""
        elif self._field:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        """Add to the field that is open."""
        if self._card and self._field:
            self._card[self._field] += data

    def _link(self, href: str, *, card: bool) -> None:
        self._card, self._field = None, ""
        with contextlib.suppress(ValueError):  # no address at all
            parts = urlsplit(href)
            name = parts.path.rstrip("/").rpartition("/")[2]
            if card and _ID.fullmatch(name):
                self._card = {"id": name, "product": "", "vendor": ""}
                self.cards.append(self._card)
            self.mcus += [mcu for mcu in parse_qs(parts.query).get("mcu", ()) if _MCU.fullmatch(mcu)]


class _Link:
    """A link while its line is read."""

    def __init__(self, url: str, about: str) -> None:
        self.url = url
        self.about = about
        self.sha256 = ""


class _FilesReader(HTMLParser):
    """Collects links, each with the heading above it and the SHA-256 that may be written behind it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.links: list[_Link] = []
        self._url = url
        self._about = ""
        self._heading: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, or begin a heading."""
        href = dict(attrs).get("href")
        if tag == "h2":
            self._heading = []
        elif tag == "a" and href:
            with contextlib.suppress(ValueError):
                url = quote(urljoin(self._url, href), safe=_IN_ADDRESSES)
                if urlsplit(url).scheme in ("http", "https"):
                    self.links.append(_Link(url, self._about))

    def handle_endtag(self, tag: str) -> None:
        """End a heading: what it says holds for the links below."""
        if tag == "h2" and self._heading is not None:
            found = _HEADING.fullmatch("".join(self._heading).strip())
            self._about = found[1] if found else ""
            self._heading = None

    def handle_data(self, data: str) -> None:
        """Add to the heading, or find a digest behind a link."""
        if self._heading is not None:
            self._heading.append(data)
        elif self.links and not self.links[-1].sha256:
            found = _DIGEST.search(data)
            self.links[-1].sha256 = found[0].lower() if found else ""


def _feed(reader: HTMLParser, html: str) -> None:
    """Read what can be read: html.parser raises AssertionError at a declaration that it does not understand."""
    with contextlib.suppress(AssertionError):
        reader.feed(html)
        reader.close()


def _file_name(url: str) -> str:
    return unquote(urlsplit(url).path).rpartition("/")[2]

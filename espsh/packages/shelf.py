"""Where packages are brought from: an index, repositories, the web and the host, each file checked and kept.

Kept under the cache folder are lists and package.jsons, for times when a site is out of reach, and the index's files
for ever, by their digests. A file without a digest is not kept: nothing would tell whether it is still the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from espsh.base.hostfiles import HostFiles
from espsh.base.world import World
from espsh.errors import ConnectError, EspshError, NotFoundError, TransferError
from espsh.packages.index import INDEX, SOURCE, Index, Published, read_listing, read_object
from espsh.packages.manifest import File, Manifest, read_manifest
from espsh.packages.paths import stays_below
from espsh.packages.resolve import Package
from espsh.packages.spec import Addressed, Hosted, Local, Named, Spec, is_module
from espsh.web.pagecache import Answers, PageCache

VARIABLE = "ESPSH_PACKAGES_URL"
_LARGEST = 8 * 1024 * 1024
"""Bytes of a file: more than the flash of most boards."""
_LARGEST_MANIFEST = 1024 * 1024
_HOUR = 3600.0
_NAMED = 12
"""How many names a hint lists."""

Fetch = Callable[[str, int], bytes]
"""Returns what is at an address, of at most so many bytes; raises as :func:`espsh.web.asking.get_bytes` does."""


class Shelf:
    """Packages of the index at ``index``, and of elsewhere, through a cache in ``folder``; ``say`` takes remarks."""

    def __init__(
        self, folder: Path, index: str, say: Callable[[str], object] = lambda _: None, *,
        fetch: Fetch | None = None, now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.index = Index.at(index)
        self._folder = folder
        self._say = say
        self._fetch = fetch or _fetch
        self._now = now
        self._sites: dict[str, PageCache] = {}
        self._listing = self._pages(_HOUR)

    @classmethod
    def of(cls, world: World, index: str = "", say: Callable[[str], object] = lambda _: None) -> Shelf:
        """Return the shelf of ``index``, else of the index that the world's environment names, else MicroPython's."""
        return cls(world.folder("cache") / "packages", index or world.env.get(VARIABLE) or INDEX, say)

    def published(self) -> Sequence[Published]:
        """Return the index's list, an hour old at most; the kept one, of any age, where the index is out of reach."""
        with self._kept_named():
            return self._listing.read(self.index.listing, read_listing)

    def known(self) -> Sequence[Published]:
        """Return the index's list as it was kept, without asking."""
        return self._listing.kept(self.index.listing, read_listing) or ()

    def kept_names(self) -> list[str]:
        """Return the names of the index's packages that are kept."""
        return sorted({self.index.named(address) for address in self._listing.addresses()} - {""})

    def package(self, spec: Spec, form: str = SOURCE) -> Package:
        """Return what ``spec`` holds, of the index in ``form``: ``py`` or a .mpy version; as source where it has none.

        Raises NotFoundError with what is near, ConnectError where a site is out of reach and nothing is kept, and
        EspshError for a package.json that cannot be read or names what it must not.
        """
        if isinstance(spec, Named):
            return self._of_index(spec, form)
        if is_module(spec.path if isinstance(spec, Hosted | Local) else urlsplit(spec.url).path):
            return Package(spec, Manifest("", (File(_name_of(spec), source=spec),), ()))
        if isinstance(spec, Local):
            return Package(spec, read_manifest(_read_local(spec), spec))
        return Package(spec, read_manifest(self._asked(spec.url), spec))

    def content(self, file: File, package: Package) -> bytes:
        """Return a file of ``package``, held to its digest where it has one.

        Raises TransferError for one that is not what the index says, NotFoundError and ConnectError where it cannot
        be had, EspshError for a web page in place of a module.
        """
        if file.digest:
            return self._of_digest(file, package)
        if isinstance(file.source, Local):
            return b"".join(HostFiles().read(file.source.path))
        assert isinstance(file.source, Hosted | Addressed)
        data = self._fetch(file.source.url, _LARGEST)
        if is_module(file.path) and data.lstrip()[:1] == b"<":
            raise EspshError(f"{file.source.url} is a web page, not a module", "is there a login, or is it private?")
        return data

    def _of_index(self, spec: Named, form: str) -> Package:
        for one in dict.fromkeys((form, SOURCE)):
            try:
                data = self._asked(self.index.manifest(spec, one))
            except NotFoundError:
                continue
            if one != form:
                self._say(f"{spec}: {self.index.url} has none for .mpy version {form}: this is the source")
            return Package(spec, read_manifest(data, spec), one)
        raise self._unknown(spec)

    def _asked(self, url: str) -> Mapping[str, Any]:
        """Return the package.json at ``url``."""
        host = urlsplit(url).netloc
        pages = self._sites.setdefault(host, self._pages(0.0))
        with self._kept_named():
            return pages.read(url, read_object)

    def _pages(self, fresh: float) -> PageCache:
        def fetch(url: str) -> str:
            largest = _LARGEST if url == self.index.listing else _LARGEST_MANIFEST
            return self._fetch(url, largest).decode("utf-8", "replace")

        answers = Answers(lambda url: EspshError(f"{url} holds no JSON object: it is no package.json, nor a list"), "")
        return PageCache(self._folder / "pages", fetch, self._say, answers, now=self._now, fresh=fresh)

    @contextlib.contextmanager
    def _kept_named(self) -> Iterator[None]:
        """Tell with an error what there is without a net."""
        try:
            yield
        except ConnectError as error:
            names = self.kept_names()
            shown = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
            error.hint = error.hint or (f"kept from before: {shown}" if names else "nothing is kept of this index yet")
            raise

    def _of_digest(self, file: File, package: Package) -> bytes:
        place = self._folder / "files" / file.digest
        with contextlib.suppress(OSError):
            kept = place.read_bytes()
            if _begins(kept, file.digest):
                return kept
        data = self._fetch(self.index.file(file.digest), _LARGEST)
        if not _begins(data, file.digest):
            raise TransferError(
                f"{package.shown}: {file.path} is not what the index says: its SHA-256 is "
                f"{hashlib.sha256(data).hexdigest()[: len(file.digest)]}…, not {file.digest}…",
                "nothing was written; do not trust this index, or what is between",
            )
        with contextlib.suppress(OSError, EspshError):  # a folder that cannot be written costs time only
            place.parent.mkdir(parents=True, exist_ok=True)
            HostFiles().write(str(place), [data], len(data))
        return data

    def _unknown(self, spec: Named) -> NotFoundError:
        try:
            listed = {package.name: package for package in self.published()}
        except EspshError:
            listed = {}
        wanted = f"{spec.name} {spec.version}".rstrip()
        if spec.name in listed:
            versions = {version for each in listed[spec.name].versions.values() for version in each}
            return NotFoundError(f"no package {wanted}", f"there are: {', '.join(sorted(versions)) or 'none'}")
        return NotFoundError(f"{self.index.url} has no package '{wanted}'", _nearest(spec.name, list(listed)))


def _fetch(url: str, largest: int) -> bytes:
    from espsh.web.asking import get_bytes

    return get_bytes(url, largest)


def _read_local(spec: Local) -> Mapping[str, Any]:
    data = read_object(b"".join(HostFiles().read(spec.path)).decode("utf-8", "replace"))
    if data is None:
        raise EspshError(f"{spec.path} is no package.json: it holds no JSON object")
    return data


def _begins(data: bytes, digest: str) -> bool:
    return hashlib.sha256(data).hexdigest().startswith(digest)


def _name_of(module: Spec) -> str:
    path = module.path if isinstance(module, Hosted | Local) else urlsplit(str(module)).path
    return stays_below(path.rpartition("/")[2], str(module))


def _nearest(name: str, known: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=3)
    named = " or ".join(f"'{one}'" for one in near)
    return f"did you mean {named}?" if near else "mip search WORD looks for it in names and descriptions"

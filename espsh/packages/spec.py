"""What a package is asked for by: a name, a repository, an address, or a place on the host. Pure.

=====================================  ==============================================================
``aioble``, ``aioble@0.6.1``           by its name in the index, the newest or that version
``github:user/repo/path@v1``           in a repository (gitlab:, codeberg: too), of a branch, tag or commit
``https://host/path/package.json``     at an address; a .py or .mpy there is a package of one file
``./package.json``, ``../some/dir/``   on the host
=====================================  ==============================================================

The addresses of raw files are those of mpremote's mip (tools/mpremote/mpremote/mip.py).
"""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from espsh.errors import EspshError, UsageError
from espsh.packages.paths import stays_below

MANIFEST = "package.json"
_MODULES = (".py", ".mpy")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}", re.ASCII)
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)
_REF = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._+/-]{0,199}", re.ASCII)
RAW = {
    "github": "https://raw.githubusercontent.com/{owner}/{repo}/{ref}/{path}",
    "gitlab": "https://gitlab.com/{owner}/{repo}/-/raw/{ref}/{path}",
    "codeberg": "https://codeberg.org/api/v1/repos/{owner}/{repo}/raw/{path}?ref={ref}",
}
"""Where a file of a repository is, by host."""


class Named(NamedTuple):
    """A package by its name in the index; ``version`` "" is the newest."""

    name: str
    version: str = ""

    def __str__(self) -> str:
        return self.name


class Hosted(NamedTuple):
    """A file in a repository: the package's package.json, or its only module. ``ref`` "" is the default branch."""

    host: str
    owner: str
    repo: str
    path: str
    version: str = ""

    @property
    def url(self) -> str:
        """Where the file is."""
        parts = {"owner": self.owner, "repo": self.repo, "path": self.path, "ref": self.version or "HEAD"}
        return RAW[self.host].format(**{name: quote(part) for name, part in parts.items()})

    def __str__(self) -> str:
        path = posixpath.dirname(self.path) if posixpath.basename(self.path) == MANIFEST else self.path
        return f"{self.host}:{'/'.join(filter(None, (self.owner, self.repo, path)))}"


class Addressed(NamedTuple):
    """A package.json or a module at ``url``."""

    url: str
    version: str = ""

    def __str__(self) -> str:
        """Return the address without what may be secret: a user's name before the host, a query behind the path."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


class Local(NamedTuple):
    """A package.json of the host, or the directory that holds it."""

    path: str
    version: str = ""

    def __str__(self) -> str:
        return self.path


Spec = Named | Hosted | Addressed | Local


def read_spec(word: str) -> Spec:
    """Return what a user's word asks for; raise UsageError."""
    found = _elsewhere(word)
    if isinstance(found, Hosted):
        return found if _is_whole(found.path) else found._replace(path=posixpath.join(found.path, MANIFEST))
    if found is not None:
        parts = urlsplit(found.url)
        path = parts.path if _is_whole(parts.path) else f"{parts.path.rstrip('/')}/{MANIFEST}"
        return Addressed(parts._replace(path=path).geturl())
    if "://" in word:
        raise UsageError(f"'{word}' is no address of a package", "it begins with https:// or http://")
    if any(mark in word for mark in "/\\:") or word.startswith((".", "~")) or word.endswith(".json"):
        return Local(word)
    return _named(*_split_version(word), word)


def dependency(of: Spec, name: object, version: object) -> Spec:
    """Return what the package.json of ``of`` asks for under ``deps``, which is never on this machine.

    Raises EspshError for what cannot be meant.
    """
    if not isinstance(name, str) or not isinstance(version, str | None):
        raise EspshError(f"{of}: its dependencies are not pairs of a name and a version")
    try:
        found = read_spec(name)
    except UsageError as error:
        raise EspshError(f"{of} needs {name[:80]!a}: {error.message}") from error
    if isinstance(found, Local):
        raise EspshError(f"{of} needs {name[:80]!a}: that is a path on this machine, and no package's name")
    wanted = "" if version in (None, "latest") else str(version)
    if wanted and not _REF.fullmatch(wanted):
        raise EspshError(f"{of} needs {name[:80]!a} {wanted[:80]!a}, which is no version")
    return found._replace(version=wanted) if wanted else found


def file_of(package: Spec, written: object) -> Spec:
    """Return the file that the package.json of ``package`` names under ``urls``: absolute, or relative to itself.

    Raises EspshError for what cannot be meant, such as a file of this machine that is not below a local package.json.
    """
    if not isinstance(written, str) or not written:
        raise EspshError(f"{package}: an address of a file is no text")
    try:
        found = _elsewhere(written)
    except UsageError as error:
        raise EspshError(f"{package}: {error.message}") from error
    if isinstance(found, Hosted):  # mip takes the package's own branch for all that it names in repositories
        return found._replace(version=found.version or package.version)
    if found is not None:
        return found
    if "://" not in written and isinstance(package, Hosted):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(package.path), written))
        return package._replace(path=stays_below(path, str(package)))
    if "://" not in written and isinstance(package, Addressed):
        return Addressed(urljoin(package.url, quote(written)))
    if isinstance(package, Local):
        return Local(f"{posixpath.dirname(package.path)}/{stays_below(written, str(package))}")
    raise EspshError(f"{package}: {written[:80]!a} is no address of a file")


def is_module(path: str) -> bool:
    """Tell whether what is asked for is one module, and no package."""
    return path.endswith(_MODULES)


def _is_whole(path: str) -> bool:
    return path.endswith((".json", *_MODULES))


def _elsewhere(word: str) -> Hosted | Addressed | None:
    """Return the place in a repository or on the web that ``word`` spells, as it is; None where it spells none."""
    prefix, colon, rest = word.partition(":")
    if colon and prefix in RAW:
        return _hosted(prefix, rest, word)
    if prefix.lower() in ("http", "https") and rest.startswith("//"):
        return Addressed(_checked_url(word))
    return None


def _hosted(host: str, rest: str, word: str) -> Hosted:
    place, ref = _split_version(rest)
    owner, repo, path = (*place.split("/", 2), "", "")[:3]
    if not (_OWNER.fullmatch(owner) and _OWNER.fullmatch(repo)) or (ref and not _REF.fullmatch(ref)):
        raise UsageError(f"'{word}' is no place in a repository", f"one is {host}:USER/REPOSITORY[/PATH][@BRANCH]")
    try:
        return Hosted(host, owner, repo, stays_below(path.rstrip("/"), word) if path else "", ref)
    except EspshError as error:
        raise UsageError(error.message) from error


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.hostname and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(f"{url[:200]!a} is no address")
    return url


def _named(name: str, version: str, word: str) -> Named:
    if name.endswith(_MODULES):
        raise UsageError(f"'{word}' is a file, not a package", f"copy it: cp {name} :/lib")
    if not _NAME.fullmatch(name) or (version and not _VERSION.fullmatch(version)):
        raise UsageError(f"'{word}' is no package's name", "one is aioble, or aioble@0.6.1, or github:user/repo")
    return Named(name, "" if version == "latest" else version)


def _split_version(word: str) -> tuple[str, str]:
    name, at, version = word.partition("@")
    if at and not version:
        raise UsageError(f"'{word}' lacks the version behind its @")
    return name, version

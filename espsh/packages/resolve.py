"""What all has to be there for some packages to run: they, and what they need, each once. Pure but for ``load``."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import NamedTuple

from espsh.errors import EspshError
from espsh.packages.manifest import Manifest
from espsh.packages.spec import Hosted, Local, Spec, is_module

_MOST = 100
"""Packages of one installation."""


class Package(NamedTuple):
    """A package that was found.

    ``form`` is how the index has it, "py" or a .mpy version, and "" for one that is from elsewhere.
    """

    spec: Spec
    manifest: Manifest
    form: str = ""

    @property
    def name(self) -> str:
        """What it is called from now on; of a local one's path only the last name and a digest leave the host."""
        if not isinstance(self.spec, Local):
            return str(self.spec)
        path = PurePath(self.spec.path)
        digest = hashlib.sha256(self.spec.path.encode()).hexdigest()[:4]
        return f"local:{path.name if is_module(path.name) else path.parent.name}-{digest}"

    @property
    def version(self) -> str:
        """Its version, a branch for want of one, or ""."""
        return self.manifest.version or self.spec.version

    @property
    def shown(self) -> str:
        """Its name, and its version where it has one."""
        return f"{self.name} {self.version}".rstrip()


class Wish(NamedTuple):
    """A package that is wanted ``by`` another one, "" by the user."""

    spec: Spec
    by: str = ""

    def __str__(self) -> str:
        return f"{self.spec.version} ({f'for {self.by}' if self.by else 'as you say'})"


def resolve(wanted: Sequence[Spec], load: Callable[[Spec], Package]) -> list[Package]:
    """Return what is ``wanted`` and what that needs, each before what it needs; one version of each.

    Who names no version takes the one that another names. Packages may need each other. Raises EspshError where two
    name different versions, and what ``load`` raises for the first that cannot be had.
    """
    load_once = functools.cache(load)
    named: dict[tuple[str, ...], Wish] = {}
    while True:
        found, later = _walk(wanted, load_once, named)
        if later is None:
            return found
        named[_key(later.spec)] = later


def _walk(
    wanted: Sequence[Spec], load: Callable[[Spec], Package], named: dict[tuple[str, ...], Wish]
) -> tuple[list[Package], Wish | None]:
    """Return the packages, or a wish for a version of one that was taken without."""
    chosen: dict[tuple[str, ...], Wish] = {}
    found: list[Package] = []
    waiting = [Wish(spec) for spec in wanted]
    while waiting:
        wish = waiting.pop(0)
        key = _key(wish.spec)
        if not wish.spec.version and key in named:
            wish = named[key]
        other = chosen.setdefault(key, wish)
        if other is not wish:
            if wish.spec.version and not other.spec.version:
                return [], wish
            _check_agree(other, wish)
            continue
        if len(chosen) > _MOST:
            raise EspshError(f"more than {_MOST} packages would be needed", "install some of them by themselves first")
        package = load(wish.spec)
        found.append(package)
        waiting += [Wish(need, package.shown) for need in package.manifest.needs]
    return found, None


def _key(spec: Spec) -> tuple[str, ...]:
    """Return what two wishes for one package have in common."""
    without = spec._replace(version="")
    return (type(spec).__name__, *(part.lower() if isinstance(spec, Hosted) else part for part in without))


def _check_agree(one: Wish, other: Wish) -> None:
    if other.spec.version and one.spec.version != other.spec.version:
        raise EspshError(f"{one.spec} is wanted in two versions: {one} and {other}", "nothing was written")

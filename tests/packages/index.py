"""An index on a local site, in the layout that micropython-lib's tools/build.py publishes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from espsh.mpycross import Target, compile_source
from tests.firmware.site import Site

GREET = b"from words import WORD\n\ndef greet():\n    return WORD + '!'\n"
WORDS = b"WORD = 'hello'\n"
VERSION = 6


class Index:
    """What is published below ``/pi/v2`` of a site, as source and compiled."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.url = f"{site.url}/pi/v2"
        self.listed: dict[str, dict[str, object]] = {}

    def publish(
        self,
        name: str,
        version: str,
        files: Mapping[str, bytes],
        needs: Sequence[Sequence[str]] = (),
        forms: Sequence[str] = ("py", str(VERSION)),
    ) -> None:
        """Put a version of a package there; it is the latest from now on."""
        for form in forms:
            rows = [self._hashed(path, data, form) for path, data in files.items()]
            package = {"v": 1, "hashes": rows, "deps": list(needs), "version": version}
            for called in ("latest", version):
                self.put(f"package/{form}/{name}/{called}.json", json.dumps(package).encode())
        entry = self.listed.setdefault(name, {"name": name, "author": "", "license": "MIT", "versions": {}})
        entry |= {"version": version, "description": f"About {name}.", "path": name}
        for form in forms:
            entry["versions"].setdefault(form, []).append(version)  # type: ignore[attr-defined]
        self.put("index.json", json.dumps({"v": 2, "updated": 0, "packages": list(self.listed.values())}).encode())

    def put(self, path: str, data: bytes) -> None:
        """Put bytes at a path of the index."""
        self.site.put(f"/pi/v2/{path}", data)

    def usual(self) -> None:
        """Publish ``greet``, which needs ``words``."""
        self.publish("words", "1.0", {"words/__init__.py": WORDS})
        self.publish("greet", "0.2", {"greet.py": GREET}, [["words", "latest"]])

    def file_of(self, data: bytes) -> str:
        """Return the path of a file that is published."""
        digest = hashlib.sha256(data).hexdigest()[:8]
        return f"/pi/v2/file/{digest[:2]}/{digest}"

    def _hashed(self, path: str, data: bytes, form: str) -> list[str]:
        if form != "py":
            path, data = path.removesuffix("py") + "mpy", compiled(data, Path(path).name)
        self.site.put(self.file_of(data), data)
        return [path, hashlib.sha256(data).hexdigest()[:8]]


def compiled(source: bytes, name: str) -> bytes:
    """Return a module as the index compiles it."""
    return compile_source(source, name, Target.of_release("1.28"))

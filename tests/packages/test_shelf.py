"""Bringing packages: what is checked, what is kept, what is said when a site is out of reach."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from espsh.errors import ConnectError, EspshError, NotFoundError, TransferError, UsageError
from espsh.packages.manifest import File
from espsh.packages.shelf import Shelf
from espsh.packages.spec import Addressed, Local, Named
from tests.firmware.site import Site
from tests.packages.index import GREET, WORDS, Index

Make = Callable[..., Shelf]
GREETS = Named("greet")


@pytest.fixture
def index(site: Site) -> Index:
    index = Index(site)
    index.usual()
    return index


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make(index: Index, tmp_path: Path, said: list[str]) -> Make:
    """Make a shelf, as each run of espsh does; ``later`` is how many seconds after now it runs."""
    return lambda later=0.0: Shelf(tmp_path / "cache", index.url, said.append, now=lambda: time.time() + later)


def site_hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:8]


def content(shelf: Shelf, name: str = "greet") -> bytes:
    package = shelf.package(Named(name))
    return shelf.content(package.manifest.files[0], package)


def test_a_package_and_its_file(make: Make) -> None:
    package = make().package(GREETS)
    assert (package.shown, package.form) == ("greet 0.2", "py")
    assert package.manifest.needs == (Named("words"),)
    assert make().content(package.manifest.files[0], package) == GREET


def test_a_file_is_asked_for_once(make: Make, site: Site) -> None:
    assert [content(make()), content(make())] == [GREET, GREET]
    assert [path for path, _ in site.asked if "/file/" in path] == [f"/pi/v2/file/a3/{site_hash(GREET)}"]


def test_another_file_than_the_index_says(make: Make, index: Index, site: Site, tmp_path: Path) -> None:
    site.put(index.file_of(GREET), b"evil")
    with pytest.raises(TransferError, match=r"greet\.py is not what the index says") as raised:
        content(make())
    assert raised.value.message.endswith(f"its SHA-256 is {site_hash(b'evil')}…, not {site_hash(GREET)}…")
    assert not list(tmp_path.glob("cache/files/*"))
    site.put(index.file_of(GREET), GREET)
    assert content(make()) == GREET


def test_a_kept_file_that_rotted_is_brought_again(make: Make, tmp_path: Path) -> None:
    content(make())
    (tmp_path / "cache" / "files" / site_hash(GREET)).write_bytes(b"rotten")
    assert content(make()) == GREET


def test_half_a_file(make: Make, index: Index, site: Site) -> None:
    site.answers[index.file_of(GREET)].cut = 10
    with pytest.raises(TransferError, match="broke off after 10 of"):
        content(make())


def test_a_huge_file(index: Index, site: Site, make: Make) -> None:
    site.put(index.file_of(GREET), bytes(8 * 1024 * 1024 + 1))
    with pytest.raises(ConnectError, match="more than 8 MB"):
        content(make())


def test_the_form_of_a_board(make: Make, said: list[str], index: Index) -> None:
    (file,) = make().package(GREETS, "6").manifest.files
    assert (file.path, said) == ("greet.mpy", [])
    package = make().package(GREETS, "5")
    assert (package.form, package.manifest.files[0].path) == ("py", "greet.py")
    assert said == [f"greet: {index.url} has none for .mpy version 5: this is the source"]


def test_unknown_names_and_versions(make: Make) -> None:
    for spec, hint in (
        (Named("gret"), "did you mean 'greet'?"),
        (Named("zzzz"), "mip search WORD looks for it in names and descriptions"),
        (Named("greet", "7"), "there are: 0.2"),
    ):
        with pytest.raises(NotFoundError) as raised:
            make().package(spec, "6")
        assert raised.value.hint == hint


def test_an_index_without_a_list(make: Make, site: Site) -> None:
    del site.answers["/pi/v2/index.json"]
    assert content(make()) == GREET
    with pytest.raises(NotFoundError, match="has no package 'gret'"):
        make().package(Named("gret"))


def test_out_of_reach(make: Make, site: Site, said: list[str]) -> None:
    content(make())
    make().published()
    for answer in site.answers.values():
        answer.status = 503
    assert content(make(later=3 * 86400 + 5)) == GREET
    assert [remark.partition("; ")[2] for remark in said] == ["this is what was known 3 days ago"]
    assert [package.name for package in make(later=7200).published()] == ["greet", "words"]
    with pytest.raises(ConnectError, match="answers 503") as raised:
        make().package(Named("words"))
    assert raised.value.hint == "kept from before: greet"


def test_out_of_reach_from_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match="cannot be reached") as raised:
        Shelf(tmp_path, "http://127.0.0.1:1").package(GREETS)
    assert raised.value.hint == "nothing is kept of this index yet"


@pytest.mark.parametrize("text", ["", "[]", "{", "<html>please log in</html>", "null", "[" * 100_000, '"x"'])
def test_damaged_json(make: Make, index: Index, text: str) -> None:
    index.put("package/py/greet/latest.json", text.encode())
    index.put("index.json", text.encode())
    with pytest.raises(EspshError, match="holds no JSON object"):
        make().package(GREETS)
    with pytest.raises(EspshError, match="holds no JSON object"):
        make().published()


def test_odd_entries_of_a_list_are_left_out(make: Make, index: Index) -> None:
    rows = [7, {}, {"name": None}, {"name": "ok", "version": 3, "versions": [1], "description": "a\x1b[31mb\n"}]
    index.put("index.json", json.dumps({"packages": rows}).encode())
    assert make().published() == [("ok", "", "a [31mb", {})]


def test_redirects(make: Make, site: Site) -> None:
    site.put("/moved/package.json", b"", status=302, headers={"Location": "/pi/v2/package/py/greet/latest.json"})
    assert make().package(Addressed(f"{site.url}/moved/package.json")).version == "0.2"
    site.put("/bad/package.json", b"", status=302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(ConnectError, match="answers 302 Found"):
        make().package(Addressed(f"{site.url}/bad/package.json"))


def test_a_module_at_an_address(make: Make, site: Site) -> None:
    spec = Addressed(f"{site.url}/raw/thing.py")
    package = make().package(spec)
    assert package.manifest.files == (File("thing.py", source=spec),)
    site.put("/raw/thing.py", WORDS)
    assert make().content(package.manifest.files[0], package) == WORDS
    site.put("/raw/thing.py", b" <!DOCTYPE html>")
    with pytest.raises(EspshError, match="is a web page, not a module"):
        make().content(package.manifest.files[0], package)


def test_a_local_package(make: Make, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    manifest = tmp_path / "mine" / "package.json"
    manifest.write_text('{"urls": [["thing.py", "src/thing.py"]], "deps": [["greet", "latest"]]}')
    package = make().package(Local(str(manifest)))
    assert (package.name[:11], package.manifest.needs) == ("local:mine-", (GREETS,))
    with pytest.raises(NotFoundError):
        make().content(package.manifest.files[0], package)
    manifest.write_text("{")
    with pytest.raises(EspshError, match="holds no JSON object"):
        make().package(Local(str(manifest)))


@pytest.mark.parametrize("url", ["", "x", "ftp://host", "http://", "http://host:x/", "https://ho st/"])
def test_no_address_of_an_index(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="is no address of an index"):
        Shelf(tmp_path, url)

"""What words ask for, and what a package.json may name."""

from __future__ import annotations

import posixpath
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.errors import EspshError, UsageError
from espsh.packages.paths import stays_below
from espsh.packages.spec import Addressed, Hosted, Local, Named, Spec, dependency, file_of, read_spec

AT = Hosted("github", "user", "repo", "lib/package.json", "v1")


@pytest.mark.parametrize(
    ("word", "spec"),
    [
        ("aioble", Named("aioble")),
        ("umqtt.simple@1.4.0", Named("umqtt.simple", "1.4.0")),
        ("aioble@latest", Named("aioble")),
        ("github:user/repo", Hosted("github", "user", "repo", "package.json")),
        ("gitlab:user/repo/lib/x@v1.2", Hosted("gitlab", "user", "repo", "lib/x/package.json", "v1.2")),
        ("codeberg:user/repo/x.py@feature/y", Hosted("codeberg", "user", "repo", "x.py", "feature/y")),
        ("github:user/repo/other.json", Hosted("github", "user", "repo", "other.json")),
        ("https://host/pkg/", Addressed("https://host/pkg/package.json")),
        ("http://host:8000/x.mpy", Addressed("http://host:8000/x.mpy")),
        ("https://host/x.json?token=a@b", Addressed("https://host/x.json?token=a@b")),
        ("./package.json", Local("./package.json")),
        ("../my-package", Local("../my-package")),
        ("package.json", Local("package.json")),
        ("C:\\pkg", Local("C:\\pkg")),
        ("~/pkg", Local("~/pkg")),
    ],
)
def test_what_a_word_asks_for(word: str, spec: Spec) -> None:
    assert read_spec(word) == spec


@pytest.mark.parametrize(
    "word",
    [
        "", "@1", "aioble@", "a b", "aioble@1,2", "x.py", "ümlaut", "ftp://host/x", "https://", "http://host:x/y",
        "https://host/a b", "github:", "github:user", "github:user/", "github:u/r/../../x", "github:u/r//x",
        "github:u/r@", "github:u/r@a..b", "github:../r", "github:u/r@ ",
    ],
)  # fmt: skip
def test_what_cannot_be_meant(word: str) -> None:
    with pytest.raises(UsageError):
        read_spec(word)


@pytest.mark.parametrize(
    ("word", "url"),
    [
        ("github:u/r/a/b.py@v1", "https://raw.githubusercontent.com/u/r/v1/a/b.py"),
        ("github:u/r", "https://raw.githubusercontent.com/u/r/HEAD/package.json"),
        ("gitlab:u/r/b.py@x/y", "https://gitlab.com/u/r/-/raw/x/y/b.py"),
        ("codeberg:u/r/b.py", "https://codeberg.org/api/v1/repos/u/r/raw/b.py?ref=HEAD"),
    ],
)
def test_where_a_file_of_a_repository_is(word: str, url: str) -> None:
    found = read_spec(word)
    assert isinstance(found, Hosted) and found.url == url


@pytest.mark.parametrize(
    ("package", "written", "file"),
    [
        (AT, "x/y.py", AT._replace(path="lib/x/y.py")),
        (AT, "../data.bin", AT._replace(path="data.bin")),
        (AT, "github:other/place/font.bin", Hosted("github", "other", "place", "font.bin", "v1")),
        (AT, "github:other/place/font.bin@v2", Hosted("github", "other", "place", "font.bin", "v2")),
        (AT, "https://host/page.html", Addressed("https://host/page.html")),
        (Addressed("https://host/a/package.json"), "x/y.py", Addressed("https://host/a/x/y.py")),
        (Addressed("https://host/a/package.json"), "b c.txt", Addressed("https://host/a/b%20c.txt")),
        (Local("/home/me/pkg/package.json"), "x.py", Local("/home/me/pkg/x.py")),
        (Named("aioble"), "https://host/x.py", Addressed("https://host/x.py")),
    ],
)
def test_the_files_of_a_package(package: Spec, written: str, file: Spec) -> None:
    assert file_of(package, written) == file


@pytest.mark.parametrize(
    ("package", "written"),
    [
        (AT, "../../x.py"),
        (AT, "/etc/passwd"),
        (AT, "file:///etc/passwd"),
        (Addressed("https://host/package.json"), "file:///etc/passwd"),
        (Local("/home/me/pkg/package.json"), "../secret"),
        (Local("/home/me/pkg/package.json"), "/etc/passwd"),
        (Named("aioble"), "x.py"),
        (AT, ""),
        (AT, 7),
        (AT, None),
    ],
)
def test_files_that_no_package_may_name(package: Spec, written: object) -> None:
    with pytest.raises(EspshError):
        file_of(package, written)


@pytest.mark.parametrize(
    ("name", "version", "spec"),
    [
        ("words", "latest", Named("words")),
        ("words", "1.0", Named("words", "1.0")),
        ("words", None, Named("words")),
        ("github:u/r", "v2", Hosted("github", "u", "r", "package.json", "v2")),
    ],
)
def test_dependencies(name: str, version: str | None, spec: Spec) -> None:
    assert dependency(AT, name, version) == spec


@pytest.mark.parametrize(
    ("name", "version"),
    [("../x", "latest"), ("/home/me/pkg", ""), ("words", "../.."), ("words", 7), (None, ""), ("", "")],
)
def test_dependencies_that_cannot_be_meant(name: object, version: object) -> None:
    with pytest.raises(EspshError, match=r"github:user/repo/lib"):
        dependency(AT, name, version)


@given(st.text())
def test_any_word_is_understood_or_refused(word: str) -> None:
    try:
        found = read_spec(word)
    except UsageError:
        return
    if isinstance(found, Hosted | Addressed):
        assert urlsplit(found.url).scheme in ("http", "https")
    assert not isinstance(found, Named) or word.startswith(found.name)


@given(st.text(alphabet="ab./\\: \n") | st.text())
def test_a_path_stays_below_or_is_refused(path: str) -> None:
    try:
        found = stays_below(path, "x")
    except EspshError:
        return
    assert posixpath.normpath(posixpath.join("/lib", found)) == f"/lib/{found}"
    assert found.isprintable() and not {"\\", ":"} & set(found)


def test_an_address_keeps_its_secrets() -> None:
    assert str(read_spec("https://me:word@host:8000/x.py?token=1#a")) == "https://host:8000/x.py"

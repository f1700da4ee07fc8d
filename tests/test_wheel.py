"""What is installed: every package of ours, with its types, its licence and what is said of it."""

from __future__ import annotations

import re
import tomllib
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.building import HERE, build, copied, files_below


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout."""
    return build("wheel", copied(tmp_path_factory.mktemp("source")), tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        return message_from_bytes(archive.read(_one(archive, "/METADATA")))


def _one(archive: ZipFile, end: str) -> str:
    (name,) = (name for name in archive.namelist() if name.endswith(end))
    return name


def test_every_package_is_in_the_wheel() -> None:
    listed = tomllib.loads((HERE / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {".".join(path.parent.relative_to(HERE).parts) for path in (HERE / "espsh").rglob("*.py")}
    assert {name for name in listed if name.startswith("espsh.") or name == "espsh"} == there


def test_the_wheel_holds_every_file_and_says_that_it_is_typed(wheel: Path) -> None:
    ours = files_below(HERE, "espsh") | {name.removeprefix("plugins/") for name in files_below(HERE, "plugins")}
    with ZipFile(wheel) as archive:
        there = {name for name in archive.namelist() if ".dist-info/" not in name}
        points = archive.read(_one(archive, "/entry_points.txt")).decode()
    assert there == ours
    assert {"espsh/py.typed", "espsh_plugins/py.typed"} <= there
    assert "espsh = espsh.cli:main" in points


def test_the_wheel_says_what_it_is(metadata: Message) -> None:
    assert metadata["Name"] == "espsh"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    classifiers = metadata.get_all("Classifier") or []
    assert {"Typing :: Typed", "Environment :: Console", "Programming Language :: Python :: 3.11"} <= set(classifiers)
    assert not any(classifier.startswith("License ::") for classifier in classifiers)  # the expression says it


def test_each_dependency_is_explained_with_its_licence(metadata: Message) -> None:
    needed = {re.split(r"[\[<>=; ]", line)[0] for line in metadata.get_all("Requires-Dist") or []}
    table = (HERE / "docs" / "installing.md").read_text().partition("| package | why |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    assert {row[0].split(" ")[0].lower() for row in rows} == needed
    assert all(len(row) == 4 and all(row) for row in rows)


def test_only_pythons_that_the_tests_were_run_with_are_named(metadata: Message) -> None:
    named = set(re.findall(r"Python :: (3\.\d+)", "\n".join(metadata.get_all("Classifier") or [])))
    table = (HERE / "docs" / "installing.md").read_text().partition("## What it was run with")[2]
    assert named == set(re.findall(r"^\| (3\.\d+)\.\d+ \|", table, re.M))


def test_the_docs_know_how_large_the_wheel_is(wheel: Path) -> None:
    stated = re.search(r"the wheel of espsh \| ([\d.]+) MB", (HERE / "docs" / "installing.md").read_text())
    assert stated is not None
    assert wheel.stat().st_size / 1e6 == pytest.approx(float(stated[1]), rel=0.25)

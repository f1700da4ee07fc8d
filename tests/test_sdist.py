"""The sdist: who has only that can test it, build the same wheel from it, and run what it makes."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.building import HERE, PARTS, build, copied, files_below

BESIDE = {"CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "mkdocs.yml", "pyproject.toml"}

PROGRAM = """
import sys, espsh, espsh.cli
assert espsh.__file__.startswith(sys.argv[1])
sys.exit(espsh.cli.main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build("sdist", copied(folder / "checkout"), folder)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.2, Debian 12's, has none
        archive.extractall(folder / "unpacked")
    (top,) = (folder / "unpacked").iterdir()
    return top


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", source, tmp_path_factory.mktemp("from-sdist"))


def test_it_holds_all_that_the_tests_and_the_site_want(source: Path) -> None:
    assert files_below(HERE, *PARTS) == files_below(source, *PARTS)
    assert BESIDE - {path.name for path in source.iterdir()} == set()


def test_the_wheel_from_it_is_the_wheel_from_the_checkout(
    wheel: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    direct = build("wheel", copied(tmp_path_factory.mktemp("checkout")), tmp_path)
    with ZipFile(wheel) as ours, ZipFile(direct) as theirs:
        assert sorted(ours.namelist()) == sorted(theirs.namelist())
        assert [name for name in ours.namelist() if ours.read(name) != theirs.read(name)] == []


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as pip would fill it. Nothing else of ours is seen from there."""
    folder = tmp_path_factory.mktemp("installed")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--version"], "espsh "),
        (["-p", "sim:esp32?fresh=1", "-c", "ls :"], "boot.py"),
        (["plugins"], "fleet-report"),
        (["--completion", "bash"], "complete "),
        (["--man"], ".TH ESPSH 1"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_it_makes_runs(installed: Path, tmp_path: Path, words: list[str], said: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(tmp_path), "ESPSH_PORTS": os.devnull}
    for folder in ("CONFIG", "STATE", "CACHE"):
        env[f"ESPSH_{folder}_DIR"] = str(tmp_path / folder)
    command = [sys.executable, "-P", "-c", PROGRAM, str(installed), *words]
    found = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    assert said in found.stdout


def test_types_and_the_licence_come_along(installed: Path) -> None:
    assert all((installed / package / "py.typed").is_file() for package in ("espsh", "espsh_plugins"))
    (metadata,) = installed.glob("espsh-*.dist-info")
    assert (metadata / "licenses" / "LICENSE").read_bytes() == (HERE / "LICENSE").read_bytes()

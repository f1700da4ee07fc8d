"""What all has to come: needs of needs, circles, versions that do not agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.errors import EspshError
from espsh.packages.manifest import Manifest
from espsh.packages.resolve import Package, resolve
from espsh.packages.spec import Named, Spec, read_spec

Needs = dict[str, list[str]]


def names(wanted: list[str], needs: Needs) -> list[str]:
    """Return what is resolved, each with its version; ``needs`` are by name or by name and version."""

    def load(spec: Spec) -> Package:
        assert isinstance(spec, Named)
        version = spec.version or "9"
        found = needs.get(f"{spec.name}@{version}", needs.get(spec.name, []))
        return Package(spec, Manifest(version, (), tuple(read_spec(word) for word in found)))

    return [package.shown for package in resolve([read_spec(word) for word in wanted], load)]


def test_needs_of_needs_come_once() -> None:
    assert names(["a"], {"a": ["b", "c"], "b": ["d"], "c": ["d"]}) == ["a 9", "b 9", "c 9", "d 9"]


def test_packages_may_need_each_other() -> None:
    assert names(["a"], {"a": ["b"], "b": ["a", "b"]}) == ["a 9", "b 9"]


def test_who_names_a_version_decides() -> None:
    assert names(["a", "b"], {"b": ["a@1"]}) == ["a 1", "b 9"]
    assert names(["a@1", "b"], {"b": ["a"]}) == ["a 1", "b 9"]


def test_what_only_a_replaced_version_needs_does_not_come() -> None:
    assert names(["a", "b"], {"b": ["a@1"], "a@1": ["old"], "a@9": ["new"]}) == ["a 1", "b 9", "old 9"]


def test_two_versions_of_one_are_refused() -> None:
    with pytest.raises(EspshError, match=r"^d is wanted in two versions: 1 \(for b 9\) and 2 \(for c 9\)$"):
        names(["a"], {"a": ["b", "c"], "b": ["d@1"], "c": ["d@2"]})
    with pytest.raises(EspshError, match=r"1 \(as you say\) and 2 \(for b 9\)"):
        names(["d@1", "b"], {"b": ["d@2"]})


def test_a_chain_without_end() -> None:
    with pytest.raises(EspshError, match="more than 100 packages"):
        names(["p0"], {f"p{n}": [f"p{n + 1}"] for n in range(200)})


@given(st.dictionaries(st.sampled_from("abcde"), st.lists(st.sampled_from(["a", "b", "c@1", "c@2", "d", "e@1"]))))
def test_each_comes_once_with_all_it_needs(needs: Needs) -> None:
    try:
        found = names(["a", "d"], needs)
    except EspshError as error:
        assert "in two versions" in error.message
        return
    came = {shown.split()[0] for shown in found}
    assert len(came) == len(found) and {"a", "d"} <= came
    assert all(need.partition("@")[0] in came for name in came for need in needs.get(name, []))

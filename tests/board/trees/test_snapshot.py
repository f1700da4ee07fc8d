from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.board.trees.manifest import SavedBoard
from espsh.board.trees.snapshot import Known, Pair, check_all, pair
from espsh.errors import NotFoundError


def saved(name: str, unique_id: str) -> SavedBoard:
    return SavedBoard(name, unique_id, "ESP32", "1.29.0", "2026-11-21T18:00:00+00:00")


def test_the_chip_goes_before_the_name() -> None:
    attic, kitchen = saved("attic", "aa"), saved("kitchen", "bb")
    swapped = [Known("kitchen", "aa"), Known("attic", "bb")]
    assert pair([attic, kitchen], swapped) == [Pair(attic, "kitchen", True), Pair(kitchen, "attic", True)]
    assert pair([attic], [Known("attic", "cc")]) == [Pair(attic, "attic", False)]
    assert pair([attic], [Known("attic", "cc"), Known("cellar", "aa")]) == [Pair(attic, "cellar", True)]


def test_a_board_without_an_id_is_known_by_its_name_only() -> None:
    assert pair([saved("attic", "")], [Known("attic", "")]) == [Pair(saved("attic", ""), "attic", False)]
    assert pair([saved("attic", "")], [Known("other", "")]) == []


def test_what_is_missing_is_named() -> None:
    attic, kitchen = saved("attic", "aa"), saved("kitchen", "bb")
    found = pair([attic, kitchen], [Known("attic", "aa")])
    with pytest.raises(NotFoundError, match="kitchen of the snapshot is not connected"):
        check_all(found, [attic, kitchen], [])
    check_all(found, [attic, kitchen], ["attic"])
    with pytest.raises(NotFoundError, match="the snapshot holds nothing of shed"):
        check_all(found, [attic, kitchen], ["attic", "shed"])


ids, labels = st.sampled_from(["", "aa", "bb", "cc"]), st.sampled_from(["attic", "kitchen", "cellar"])


def distinct(boards: dict[str, str]) -> dict[str, str]:
    """Return boards of which no two have one id."""
    seen: dict[str, str] = {}
    return {name: seen.setdefault(one, one) if one not in seen else "" for name, one in boards.items()}


groups = st.dictionaries(labels, ids).map(distinct)


@given(groups, groups)
def test_no_board_gets_two_and_no_snapshot_goes_twice(stored: dict[str, str], there: dict[str, str]) -> None:
    found = pair([saved(*one) for one in stored.items()], [Known(*one) for one in there.items()])
    assert len({one.board for one in found}) == len(found) == len({one.saved.name for one in found})
    for one in found:
        assert one.same_chip is (there[one.board] == one.saved.unique_id != "")

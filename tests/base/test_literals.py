"""Literals and code, read by several threads at once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from espsh.base.literals import literal_of, tree_of

VALUE = [[("a", number, {"b": [number] * 3}) for number in range(20)]] * 10
TEXT = repr(VALUE)


@pytest.fixture
def _busy_collector() -> Iterator[None]:
    """Let the garbage collector come all the time, and let it run Python, in which threads take turns."""
    before, turn = gc.get_threshold(), lambda *_: sum(range(50))
    gc.callbacks.append(turn)
    gc.set_threshold(20)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(turn)


@pytest.mark.usefixtures("_busy_collector")
@pytest.mark.parametrize("read", [literal_of, tree_of])
def test_several_threads_read_at_once(read: Callable[[str], object]) -> None:
    """Python 3.11 raised a SystemError in 27 of 900 readings."""
    with ThreadPoolExecutor(6) as pool:
        assert len(list(pool.map(read, [TEXT] * 300))) == 300


def test_they_are_what_pythons_own_are() -> None:
    assert literal_of(TEXT) == VALUE
    assert tree_of("6*7", "eval").body.left.value == 6
    with pytest.raises(SyntaxError):
        tree_of("x =")
    with pytest.raises(ValueError, match="malformed"):
        literal_of("print()")

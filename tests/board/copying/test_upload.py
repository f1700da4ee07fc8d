"""An upload that breaks off: it goes on while it gets further, and says so when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from espsh.base.files import Incoming
from espsh.board.copying import upload
from espsh.board.prompt.delivery import DamagedError
from espsh.board.prompt.remote import ATTEMPTS, Remote
from espsh.errors import TransferError


class Breaking:
    """A stream that finds the next of ``found`` bytes on the board, again the last of them, and breaks off."""

    found: tuple[int, ...] = ()
    runs = 0
    verified = 0
    begun = True
    sent = wire = 0

    def __init__(self, *_: Any, **__: Any) -> None:
        self.gained = self.found[min(Breaking.runs, len(self.found) - 1)]
        self.sender = self
        Breaking.runs += 1

    def run(self, *, careful: bool) -> Iterator[upload.News]:
        yield upload.News(0, self.gained, False)
        raise DamagedError("it broke off")


class Quiet:
    def damaged(self, error: DamagedError) -> None:
        pass


@pytest.mark.parametrize(("found", "runs"), [((20_000,), ATTEMPTS + 2), (tuple(range(1, 21)), ATTEMPTS + 21)])
def test_it_ends_when_it_gets_no_further(found: tuple[int, ...], runs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Breaking, "found", found)
    monkeypatch.setattr(Breaking, "runs", 0)
    monkeypatch.setattr(upload, "_Stream", Breaking)
    with pytest.raises(TransferError, match="damages too much"):
        list(upload.upload(cast(Remote, Quiet()), [Incoming("/a", lambda: [b"a"], 50_000)]))
    assert Breaking.runs == runs

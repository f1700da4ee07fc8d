from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from espsh.base.files import Files, Incoming
from espsh.base.relay import relayed


class Place:
    """A place that notes in ``log`` when it is hurried and when it is read."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.on_host = name == "host"
        self._name = name
        self._log = log

    @contextlib.contextmanager
    def together(self, sizes: Sequence[int]) -> Iterator[None]:
        self._log.append(f"{self._name} begins {list(sizes)}")
        yield
        self._log.append(f"{self._name} ends")

    def read(self, data: bytes) -> Iterator[bytes]:
        self._log.append(f"{self._name} is read")
        yield data[:1]
        yield data[1:]


def carry(log: list[str], sources: str, target: str) -> list[bytes]:
    """Carry a file from each of the sources; return what came at the target."""
    places = {name: Place(name, log) for name in (*sources.split(), target)}
    given = [places[name] for name in sources.split()]
    files = [
        Incoming(f"/{i}", lambda i=i, p=p: p.read(b"abc" * (i + 1)), 3 * (i + 1))  # type: ignore[misc]
        for i, p in enumerate(given)
    ]
    with relayed(cast("list[Files]", given), cast(Files, places[target]), files) as near:
        log.append("write")
        return [b"".join(file.blocks()) for file in near for _ in range(2)][::2]


@pytest.mark.parametrize(
    ("sources", "target", "log"),
    [
        ("host", "attic", ["attic begins [3]", "write", "host is read", "host is read", "attic ends"]),
        ("attic", "host", ["attic begins [3]", "write", "attic is read", "attic is read", "attic ends"]),
        ("host", "host", ["write", "host is read", "host is read"]),
        ("attic kitchen", "host", ["write", *["attic is read"] * 2, *["kitchen is read"] * 2]),
        (
            "attic attic cellar",
            "kitchen",
            [
                *("attic begins [3, 6]", "attic is read", "attic is read", "attic ends"),
                *("cellar begins [9]", "cellar is read", "cellar ends"),
                *("kitchen begins [3, 6, 9]", "write", "kitchen ends"),
            ],
        ),
    ],
)
def test_a_board_is_not_kept_waiting_by_another(sources: str, target: str, log: list[str]) -> None:
    seen: list[str] = []
    came = carry(seen, sources, target)
    assert came == [b"abc" * (i + 1) for i in range(len(came))]
    assert seen == log

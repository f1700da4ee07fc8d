"""What a board's directory holds, and what in it is another filesystem's."""

from __future__ import annotations

import pytest

from espsh.board.trees.sync import Item
from espsh.board.trees.tree import without_mounts

HELD = [Item("main.py", False), Item("sd", True), Item("sd/photo", False), Item("sdx", True), Item("lib/sd", True)]


@pytest.mark.parametrize(
    ("root", "mounts", "wanted", "left"),
    [
        ("/", ["/"], [], ["main.py", "sd", "sd/photo", "sdx", "lib/sd"]),
        ("/", ["/", "/sd"], [], ["main.py", "sdx", "lib/sd"]),
        ("/", ["/", "/sd"], [Item("sd", True)], ["main.py", "sd", "sd/photo", "sdx", "lib/sd"]),
        ("/flash", ["/flash", "/sd"], [], ["main.py", "sd", "sd/photo", "sdx", "lib/sd"]),
        ("/flash", ["/", "/flash", "/flash/sd"], [], ["main.py", "sdx", "lib/sd"]),
    ],
)
def test_other_filesystems_are_left_out(root: str, mounts: list[str], wanted: list[Item], left: list[str]) -> None:
    assert [item.path for item in without_mounts(HELD, root, mounts, wanted)] == left

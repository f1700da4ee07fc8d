"""Links on the host, as a board sees what they lead to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from espsh.base.hostfiles import HostFiles
from espsh.base.hosttree import follow_links

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")


def tree(root: Path) -> tuple[list[str], list[str]]:
    kept, left_out = follow_links(HostFiles().listdir(str(root), recursive=True), str(root))
    return [entry.path for entry in kept], left_out


def test_linked_directories_are_entered_also_inside_of_each_other(tmp_path: Path) -> None:
    for folder in ("src", "one/deep", "two"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "src/a").write_text("a")
    (tmp_path / "one/deep/b").write_text("")
    (tmp_path / "two/c").write_text("c")
    (tmp_path / "src/lib").symlink_to(tmp_path / "one")
    (tmp_path / "src/z").symlink_to(tmp_path / "two/c")
    (tmp_path / "one/two").symlink_to(tmp_path / "two")
    names = ["a", "lib", "lib/deep", "lib/deep/b", "lib/two", "lib/two/c", "z"]
    assert tree(tmp_path / "src") == (names, [])


def test_what_has_no_content_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "src/sub").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "src/dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "src/sub/back").symlink_to(tmp_path / "src")
    (tmp_path / "src/sub/up").symlink_to(tmp_path)
    (tmp_path / "src/other").symlink_to(tmp_path / "other")
    (tmp_path / "other/loop").symlink_to(tmp_path / "other")
    os.mkfifo(tmp_path / "src/pipe")
    assert tree(tmp_path / "src") == (["other", "sub"], ["dangling", "other/loop", "pipe", "sub/back", "sub/up"])

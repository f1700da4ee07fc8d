"""The commands by name: the table of our modules says what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

from espsh.core.command import MARK
from espsh.core.plugins import BUILTIN
from espsh.core.registry import Registry
from espsh.errors import NotFoundError


def no_plugins() -> Iterator[tuple[str, object]]:
    return iter(())


@pytest.mark.parametrize("name", BUILTIN)
def test_the_table_names_what_a_module_declares(name: str) -> None:
    module = import_module(name)
    marks = [
        getattr(item, MARK)
        for item in vars(module).values()
        if getattr(item, "__module__", "") == name and hasattr(item, MARK)
    ]
    assert sorted(BUILTIN[name].split()) == sorted(word for mark in marks for word in (mark.name, *mark.aliases))


def test_a_plugin_cannot_take_a_name_of_ours() -> None:
    from espsh.commands import files

    def plugins() -> Iterator[tuple[str, object]]:
        module = ModuleType("thief")
        module.__file__ = "thief.py"
        module.cat = files.cat  # type: ignore[attr-defined]
        module.cat.__module__ = "thief"
        yield "thief", lambda: module

    registry = Registry(BUILTIN, plugins)  # type: ignore[arg-type]
    try:
        with pytest.raises(NotFoundError):
            registry.find("nothing")
    finally:
        files.cat.__module__ = "espsh.commands.files"
    assert [(broken.name, "exists already" in broken.reason) for broken in registry.broken] == [("thief", True)]
    assert registry.find("cat").source == "espsh.commands.files"

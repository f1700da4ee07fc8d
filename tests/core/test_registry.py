"""The commands by name: the table of our modules says what they hold."""

from __future__ import annotations

import threading
from importlib import import_module
from types import ModuleType

import pytest

from espsh.core.command import MARK, DeclarationError
from espsh.core.plugins import BUILTIN
from espsh.core.registry import Registry
from espsh.errors import NotFoundError

THIEF = '''
from espsh.api import command

@command()
def cat(ctx):
    """Take what is there."""

@command()
def mouse(ctx):
    """Hide."""
'''


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
    module = ModuleType("thief")
    exec(THIEF, module.__dict__)
    registry = Registry(BUILTIN)
    with pytest.raises(DeclarationError, match=r"'cat' exists already, from espsh\.commands\.files"):
        registry.add(module, "plugin thief")
    assert registry.find("cat").source == "espsh.commands.files"
    with pytest.raises(NotFoundError):
        registry.find("mouse")


def test_a_source_that_is_taken_anew_brings_what_it_has_now() -> None:
    registry = Registry(BUILTIN)
    for name in ("mouse", "rat"):
        module = ModuleType("thief")
        exec(THIEF.replace("def cat", "def dog").replace("def mouse", f"def {name}"), module.__dict__)
        assert registry.add(module, "plugin thief") == ("dog", name)
    assert registry.find("rat").source == "plugin thief"
    with pytest.raises(NotFoundError):
        registry.find("mouse")


def test_who_asks_while_a_module_is_imported_gets_its_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, asked = threading.Event(), threading.Event()

    def slowly(name: str) -> ModuleType:
        begun.set()
        asked.wait(20)
        return import_module(name)

    monkeypatch.setattr("espsh.core.registry.import_module", slowly)
    registry = Registry({"espsh.commands.files": BUILTIN["espsh.commands.files"]})
    behind = threading.Thread(target=registry.load_builtin)
    behind.start()
    begun.wait(20)
    threading.Timer(0.05, asked.set).start()  # while find() waits
    assert registry.find("cat").name == "cat"
    behind.join()

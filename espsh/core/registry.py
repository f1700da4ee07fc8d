"""All commands by name. Modules are collected, never run for effect; a broken one costs itself only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from espsh.core.aliases import first_command
from espsh.core.command import MARK, Command, DeclarationError, Mark, build
from espsh.core.nearest import nearest
from espsh.core.parser import no_rest
from espsh.errors import NotFoundError, UsageError


class BrokenPlugin(NamedTuple):
    """A plugin that could not be taken, in one line, and its traceback."""

    name: str
    reason: str
    traceback: str


PluginLoader = Callable[[], Iterator[tuple[str, Callable[[], ModuleType]]]]
"""Yields each third-party plugin's name and how to import it."""


class Registry:
    """The commands. ``builtin`` says what each of our modules holds, so that it is imported when first asked for.

    Third-party plugins are looked for when a name is not ours: that costs 80 ms.
    """

    def __init__(self, builtin: Mapping[str, str], plugins: PluginLoader) -> None:
        self._commands: dict[str, Command] = {}
        self._names: dict[str, str] = {}
        self._waiting = {name: module for module, names in builtin.items() for name in names.split()}
        self._load_plugins: PluginLoader | None = plugins
        self.broken: list[BrokenPlugin] = []
        self.aliases: dict[str, str] = {}

    def alias(self, name: str, meant: str) -> None:
        """Take ``name`` for the beginning of a line; raise UsageError where that is none."""
        if not name.isprintable() or not name or set(name) & set(" ;>&@#'\""):
            raise UsageError(f"'{name}' is no word")
        first_command(meant, no_rest)
        self.aliases[name] = meant

    def add(self, module: ModuleType, source: str) -> None:
        """Take every command of ``module``; raise DeclarationError where one is declared wrongly or clashes."""
        where = f"{source} ({module.__file__})"
        taken: dict[str, Command] = {}
        for item in vars(module).values():
            mark = getattr(item, MARK, None)
            if isinstance(mark, Mark) and item.__module__ == module.__name__:
                try:
                    command = build(item, source)
                except (DeclarationError, TypeError, NameError) as error:
                    raise DeclarationError(f"{where}: {error}") from error
                for name in (command.name, *command.aliases):
                    if name in self._names or name in taken:
                        owner = (taken.get(name) or self._commands[self._names[name]]).source
                        raise DeclarationError(f"{where}: command '{name}' exists already, from {owner}")
                    taken[name] = command
        for name, command in taken.items():
            self._names[name] = command.name
            self._commands[command.name] = command

    def find(self, name: str) -> Command:
        """Return the command called ``name``; raise NotFoundError with the nearest one."""
        self._load(name)
        if name not in self._names:
            self.load_plugins()
        if name not in self._names:
            raise NotFoundError(f"no command '{name}'", nearest(name, list(self._names)) or "help lists the commands")
        return self._commands[self._names[name]]

    def rest_rule(self, name: str) -> str | None:
        """Say from where on a command takes the line as it stands (see parser.RestRule)."""
        self._load(name)
        known = self._names.get(name)
        if known is None and name.isidentifier() and self._load_plugins is not None:
            self.load_plugins()
            known = self._names.get(name)
        return self._commands[known].rest if known else None

    def find_typed(self, name: str) -> Command:
        """Return the command that ``name`` begins with at the prompt, where aliases count."""
        return self.find(self._meant(name))

    def typed_rest_rule(self, name: str) -> str | None:
        """Return the :meth:`rest_rule` of what ``name`` begins with at the prompt."""
        return self.rest_rule(self._meant(name))

    def _meant(self, name: str) -> str:
        meant = self.aliases.get(name)
        return name if meant is None else first_command(meant, no_rest)

    def all(self) -> list[Command]:
        """Return every command, plugins included, sorted by name."""
        self.load_plugins()
        return sorted(self._commands.values(), key=lambda command: command.name)

    def builtin_names(self) -> list[tuple[str, str]]:
        """Return our commands' names and summaries, and those of plugins that are loaded."""
        self._load_builtin()
        found = {name: self._commands[command].summary for name, command in self._names.items()}
        return sorted({**found, **self.aliases}.items())

    def load_plugins(self) -> None:
        """Take the third-party plugins, once; ours come first, so that none takes a name of theirs."""
        self._load_builtin()
        load, self._load_plugins = self._load_plugins, None
        for name, load_module in load() if load else ():
            try:
                self.add(load_module(), source=f"plugin {name}")
            except Exception as error:  # noqa: BLE001 - whatever a plugin does wrong costs that plugin only
                import traceback

                self.broken.append(BrokenPlugin(name, f"{type(error).__name__}: {error}", traceback.format_exc()))

    def _load_builtin(self) -> None:
        while self._waiting:
            self._load(next(iter(self._waiting)))

    def _load(self, name: str) -> None:
        module = self._waiting.get(name)
        if module is not None:
            self._waiting = {name: other for name, other in self._waiting.items() if other != module}
            self.add(import_module(module), source=module)

"""All commands by name. Modules are collected, never run for effect; one that is declared wrongly brings nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from types import FunctionType, ModuleType

from espsh.core.aliases import first_command
from espsh.core.command import MARK, Command, DeclarationError, Mark
from espsh.core.declaration import build
from espsh.core.nearest import nearest
from espsh.core.parser import no_rest
from espsh.errors import NotFoundError, UsageError


class Registry:
    """The commands. ``builtin`` says what each of our modules holds, so that it is imported when first asked for.

    ``more`` brings those of plugins, and is called when a name is not ours: to look for plugins costs 80 ms.
    Two threads may ask at once.
    """

    def __init__(self, builtin: Mapping[str, str], more: Callable[[], object] = lambda: None) -> None:
        self._commands: dict[str, Command] = {}
        self._names: dict[str, str] = {}
        self._waiting = {name: module for module, names in builtin.items() for name in names.split()}
        self._builtin = dict(self._waiting)
        self.more = more
        self._changing = threading.RLock()
        self.aliases: dict[str, str] = {}

    def alias(self, name: str, meant: str) -> None:
        """Take ``name`` for the beginning of a line; raise UsageError where that is none."""
        if not name.isprintable() or not name or set(name) & set(" ;>&@#'\""):
            raise UsageError(f"'{name}' is no word")
        first_command(meant, no_rest)
        self.aliases[name] = meant

    def add(self, module: ModuleType, source: str) -> tuple[str, ...]:
        """Take every command of ``module`` in place of what ``source`` brought before; return their names.

        Where one is declared wrongly or clashes it takes none, and raises DeclarationError.
        """
        taken: dict[str, Command] = {}
        for item in vars(module).values():
            if not _is_of(module, item):
                continue
            if not isinstance(item, FunctionType):
                raise DeclarationError(f"@command is for functions, and {item!r} is none", module.__file__ or "", 1)
            command = build(item, source)
            for name in (command.name, *command.aliases):
                owner = taken[name].source if name in taken else self._owner(name)
                if owner is not None and (owner != source or name in taken):
                    code = item.__code__
                    problem = f"command '{name}' exists already, from {owner}"
                    raise DeclarationError(problem, code.co_filename, code.co_firstlineno)
                taken[name] = command
        with self._changing:
            self.remove(source)
            # A name that is there leads to a command, whoever looks meanwhile.
            self._commands = {**self._commands, **{command.name: command for command in taken.values()}}
            self._names = {**self._names, **{name: command.name for name, command in taken.items()}}
        return tuple(dict.fromkeys(command.name for command in taken.values()))

    def remove(self, source: str) -> None:
        """Let go of all commands that ``source`` brought."""
        with self._changing:
            left = {name: command for name, command in self._commands.items() if command.source != source}
            self._names = {name: command for name, command in self._names.items() if command in left}
            self._commands = left

    def _owner(self, name: str) -> str | None:
        """Return who brought ``name``; ours are known before they are imported, so that none takes their names."""
        return self._commands[self._names[name]].source if name in self._names else self._builtin.get(name)

    def find(self, name: str) -> Command:
        """Return the command called ``name``; raise NotFoundError with the nearest one."""
        self._load(name)
        if name not in self._names:
            self.more()
        if name not in self._names:
            raise NotFoundError(f"no command '{name}'", self._hint_for(name))
        return self._commands[self._names[name]]

    def _hint_for(self, name: str) -> str:
        if name.startswith("-"):
            return f"options of espsh stand first, before @boards and the command: espsh {name} …"
        if name in self.aliases:
            what = f"'{name}' is an alias ({self.aliases[name]})"
            return f"{what}, and aliases are looked up neither in what others stand for, nor in files and -c"
        self.load_builtin()
        return nearest(name, sorted(self._names)) or "help lists the commands"

    def rest_rule(self, name: str) -> str | None:
        """Say from where on a command takes the line as it stands (see parser.RestRule)."""
        self._load(name)
        known = self._names.get(name)
        if known is None and name.replace("-", "_").isidentifier():
            self.more()
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
        self.load_builtin()
        self.more()
        return sorted(self._commands.values(), key=lambda command: command.name)

    def builtin_names(self) -> list[tuple[str, str]]:
        """Return our commands' names and summaries, and those of plugins that are loaded."""
        self.load_builtin()
        found = {name: self._commands[command].summary for name, command in self._names.items()}
        return sorted({**found, **self.aliases}.items())

    def load_builtin(self) -> None:
        """Import all our modules: a tenth of a second."""
        for name in list(self._waiting):
            self._load(name)

    def _load(self, name: str) -> None:
        if name not in self._waiting:
            return
        with self._changing:
            module = self._waiting.get(name)
            if module is not None:
                self.add(import_module(module), source=module)
                self._waiting = {name: other for name, other in self._waiting.items() if other != module}


def _is_of(module: ModuleType, item: object) -> bool:
    """Tell whether ``item`` is a command of ``module`` or of a module below it, not one that it only imported."""
    home = getattr(item, "__module__", None) or ""
    return isinstance(getattr(item, MARK, None), Mark) and f"{home}.".startswith(f"{module.__name__}.")

"""The parts of one run, joined: plugins, session, terminal, dispatcher, and who connects boards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from espsh.base.world import World
from espsh.cli.opening import Opening
from espsh.cli.settings import options_of, take_settings
from espsh.core.background import begin
from espsh.core.dispatch import Dispatcher
from espsh.core.found import everywhere
from espsh.core.plugged import OffList, Plugins
from espsh.core.plugins import BUILTIN, Trouble
from espsh.core.registry import Registry
from espsh.core.session import Session
from espsh.core.terminal import ScriptTerminal, Terminal
from espsh.script import run_script
from espsh.shell.arguments import Arguments
from espsh.shell.connecting import Connecting
from espsh.shell.screen import Screen

_GRACE = 5.0
"""Seconds that jobs have to leave their boards at a prompt when espsh ends."""


class Parts:
    """What one run of espsh is made of. Nothing is connected yet."""

    def __init__(self, world: World, arguments: Arguments, screen: Screen) -> None:
        self.world = world
        self.arguments = arguments
        self.screen = screen
        self.plugins = self._plugins()
        opening = Opening(world, arguments)
        self.session = Session(
            world=world,
            registry=self.plugins.registry,
            plugins=self.plugins,
            connector=lambda url, name, baud: opening.open(url, name, baud, self.session.events),
            terminal=self._terminal(),
            list_ports=opening.ports,
            options=options_of(arguments),
        )
        take_settings(self.session, screen)
        self.session.events.subscribe(screen.hear)
        self.session.events.subscribe(self.plugins.hear)
        screen.is_held = self.session.jobs.holds
        screen.aside.on_broken = self.session.jobs.cancel
        self.dispatcher = Dispatcher(self.session, screen, screen.draw, screen.say, run_script, begin, screen.aside)
        self.connecting = Connecting(self.session, screen, self.dispatcher.report)
        if not arguments.ports and not arguments.alone:
            self.session.offer = self.connecting.only

    @contextlib.contextmanager
    def closing(self) -> Iterator[None]:
        """Close all at the end: jobs first, then what they still say, the boards, the plugins."""
        try:
            yield
        finally:
            self.session.jobs.end(_GRACE)
            with contextlib.suppress(BrokenPipeError):
                self.screen.aside.flush()
            for error in self.session.close():
                self.screen.say(error.message)
            self.plugins.close()

    def _plugins(self) -> Plugins:
        off = OffList(lambda: self.world.folder("state") / "plugins-off")
        find = everywhere(self.world, self.arguments.plugins)
        return Plugins(Registry(BUILTIN), find, off, self._tell_of_plugin)

    def _tell_of_plugin(self, name: str, trouble: Trouble) -> None:
        self.screen.say(f"plugin {name}: {trouble.line}")
        if trouble.hint:
            self.screen.say(f"hint: {trouble.hint}")
        if self.arguments.debug:
            for line in trouble.traceback.splitlines():
                self.screen.say(line)

    def _terminal(self) -> Terminal:
        """A screen for what a person starts at a terminal; a script has none."""
        files = any(job.kind == "file" for job in self.arguments.jobs)
        if files or not self.world.interactive:
            return ScriptTerminal()
        from espsh.shell.terminal import ScreenTerminal

        return ScreenTerminal(self.world, self.screen)

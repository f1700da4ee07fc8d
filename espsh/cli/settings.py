"""What a run goes by: the options of its command line, then the user's settings, as far as they are right."""

from __future__ import annotations

from espsh.core.config import read_config
from espsh.core.session import Options, Session
from espsh.shell.arguments import Arguments
from espsh.shell.screen import Screen


def options_of(arguments: Arguments) -> Options:
    """Return what the command line says of the options that ``set`` changes."""
    return Options(
        keep_going=arguments.keep_going,
        quiet=arguments.quiet,
        verbose=arguments.verbose,
        debug=arguments.debug,
        json=arguments.json,
        timing=arguments.timing,
        editor=arguments.editor,
        jobs=arguments.at_once,
        fail_fast=arguments.fail_fast,
    )


def take_settings(session: Session, screen: Screen) -> None:
    """Take the user's settings into the session and say what is wrong in them; options that were given come first."""
    config = read_config(session.world.folder("config") / "config.toml", session.registry.alias)
    for problem in config.problems:
        screen.say(problem)
    session.plugin_settings = config.plugins
    for name, value in config.options.items():
        if getattr(session.options, name) == getattr(Options(), name):
            setattr(session.options, name, value)

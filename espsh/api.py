"""All that a command may use, built-in or not. Version 1.

A plugin is a module with functions under :func:`command`; it imports this module and nothing else of espsh.
"""

from espsh.base.events import BoardConnected, BoardLost, Event, Notice, Progress, StrayOutput
from espsh.base.files import Entry, Files, Space
from espsh.base.location import HOST, Location, check_board_name
from espsh.core.command import Arg, Command, Opt, command
from espsh.core.context import Context
from espsh.core.help import command_help, overview
from espsh.core.output import Styled, Table
from espsh.core.params import (
    BOARD,
    COMMAND,
    PATH,
    PATHS,
    PORT,
    TEXT,
    Candidate,
    Choice,
    Number,
    ParamType,
    Scope,
    Text,
)
from espsh.core.units import human_size
from espsh.errors import (
    ConnectError,
    EspshError,
    FirmwareError,
    InterruptedByUserError,
    LinkLostError,
    NotFoundError,
    RemoteError,
    TransferError,
    UsageError,
)

VERSION = 1

__all__ = [
    "BOARD",
    "COMMAND",
    "HOST",
    "PATH",
    "PATHS",
    "PORT",
    "TEXT",
    "VERSION",
    "Arg",
    "BoardConnected",
    "BoardLost",
    "Candidate",
    "Choice",
    "Command",
    "ConnectError",
    "Context",
    "Entry",
    "EspshError",
    "Event",
    "Files",
    "FirmwareError",
    "InterruptedByUserError",
    "LinkLostError",
    "Location",
    "NotFoundError",
    "Notice",
    "Number",
    "Opt",
    "ParamType",
    "Progress",
    "RemoteError",
    "Scope",
    "Space",
    "StrayOutput",
    "Styled",
    "Table",
    "Text",
    "TransferError",
    "UsageError",
    "check_board_name",
    "command",
    "command_help",
    "human_size",
    "overview",
]

"""All that a command may use, built-in or not. Version 1.

A plugin is a module with functions under :func:`command`; it imports this module and nothing else of espsh.
What few commands need is a module of its own here (``sync``, ``ignore``), loaded when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from espsh.base.events import BoardConnected, BoardLost, Event, Flashed, Notice, Progress, StrayOutput
from espsh.base.files import Entry, Files, Incoming, Space
from espsh.base.location import HOST, Location, check_board_name
from espsh.base.relay import relayed
from espsh.base.searching import Found, Wanted
from espsh.base.units import human_size
from espsh.core.command import Arg, Command, Opt, command
from espsh.core.config import check_option
from espsh.core.context import Context
from espsh.core.fanout import Outcome, check_done
from espsh.core.help import command_help, overview
from espsh.core.jobs import Job
from espsh.core.options import OPTION, OPTION_VALUE
from espsh.core.output import Cell, Output, Picture, Styled, Table
from espsh.core.params import (
    BOARD,
    COMMAND,
    JOB,
    PLUGIN,
    PORT,
    SET,
    TEXT,
    Candidate,
    Choice,
    Number,
    ParamType,
    Scope,
    Text,
)
from espsh.core.paths import DIRECTORY, HOST_DIRECTORY, HOST_FILE, PATH, PATHS
from espsh.core.plugins import API_VERSION
from espsh.core.sets import group_boards
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
    gravest,
)

if TYPE_CHECKING:
    from espsh import mpycross as compiling
    from espsh import packages as packages
    from espsh.base import copies as copies
    from espsh.base import textdiff as textdiff
    from espsh.base.literals import literal_of, tree_of
    from espsh.base.saves import Folder, Saves
    from espsh.board import facts as board_facts
    from espsh.board import heapmap as heapmap
    from espsh.board import weighing as weighing
    from espsh.board.board import Board
    from espsh.board.copying.stream import WINDOW
    from espsh.board.heapmap import HeapMap
    from espsh.board.identity import Identity
    from espsh.board.meeting.booting import watch_boot
    from espsh.board.trees import compare, ignore, replica, sync
    from espsh.board.trees import snapshot as snapshots
    from espsh.board.trees import tree as trees
    from espsh.board.weighing import Weight
    from espsh.chips.chip import Chip, EspChip, Psram
    from espsh.chips.known import chip_by_uf2_family, chip_in, chip_named
    from espsh.core import fleetfile as fleetfile
    from espsh.core import fleetplan as fleetplan
    from espsh.core import skeleton as skeleton
    from espsh.core import watching as watching
    from espsh.core.connecting import connect_each
    from espsh.core.hooks import hookimpl
    from espsh.core.plugged import Plugin
    from espsh.core.quantities import DURATION, SIZE
    from espsh.diagnose.backtrace import Symbols
    from espsh.diagnose.boots import Crash
    from espsh.diagnose.lines import harmless
    from espsh.diagnose.rules import Rule
    from espsh.diagnose.rules import row as diagnosis
    from espsh.diagnose.verdict import Diagnosis, News, explain
    from espsh.firmware import flashing as flashing
    from espsh.firmware.arrange import Given
    from espsh.firmware.backends import FirmwareBackend, FlashOptions, FlashPlan, FlashWish, RawFile
    from espsh.firmware.backends import choose as choose_backend
    from espsh.firmware.backends import names as backend_names
    from espsh.firmware.builds import Build, read_full_id
    from espsh.firmware.catalog import Catalog
    from espsh.firmware.esp import Esp
    from espsh.firmware.facts import file_facts, table_facts
    from espsh.firmware.files import FirmwareFile, read_data, read_firmware
    from espsh.firmware.keeping import Keeping
    from espsh.firmware.layout import layout_of_file
    from espsh.firmware.ota import read_ota
    from espsh.firmware.partitions import Partition, PartitionTable
    from espsh.firmware.payload import Layout, Part, Role
    from espsh.firmware.selection import Facts
    from espsh.firmware.table_files import read_table_file
    from espsh.firmware.work import Work
    from espsh.mpycross import STARTED_AS_SOURCE, CompileError, Compiler, Target, check_mpy
    from espsh.ports.listing import plausible
    from espsh.ports.port_file import lister
    from espsh.ports.usb_ids import UsbKind
    from espsh.serve import serve_rfc2217

VERSION = API_VERSION

_MODULES = {
    "board_facts": "espsh.board.facts",
    "compare": "espsh.board.trees.compare",
    "compiling": "espsh.mpycross",
    "copies": "espsh.base.copies",
    "flashing": "espsh.firmware.flashing",
    "fleetfile": "espsh.core.fleetfile",
    "fleetplan": "espsh.core.fleetplan",
    "heapmap": "espsh.board.heapmap",
    "ignore": "espsh.board.trees.ignore",
    "packages": "espsh.packages",
    "replica": "espsh.board.trees.replica",
    "skeleton": "espsh.core.skeleton",
    "snapshots": "espsh.board.trees.snapshot",
    "sync": "espsh.board.trees.sync",
    "textdiff": "espsh.base.textdiff",
    "trees": "espsh.board.trees.tree",
    "watching": "espsh.core.watching",
    "weighing": "espsh.board.weighing",
}
"""Modules of lower floors that are handed on whole, loaded when they are first asked for."""

_LATER = {
    **dict.fromkeys(("STARTED_AS_SOURCE", "CompileError", "Compiler", "Target", "check_mpy"), "espsh.mpycross"),
    **dict.fromkeys(("Build", "read_full_id"), "espsh.firmware.builds"),
    **dict.fromkeys(("DURATION", "SIZE"), "espsh.core.quantities"),
    "Rule": "espsh.diagnose.rules",
    "UsbKind": "espsh.ports.usb_ids",
    **dict.fromkeys(("literal_of", "tree_of"), "espsh.base.literals"),
    "hookimpl": "espsh.core.hooks",
    "Catalog": "espsh.firmware.catalog",
    "Facts": "espsh.firmware.selection",
    **dict.fromkeys(("Diagnosis", "News", "explain"), "espsh.diagnose.verdict"),
    "Board": "espsh.board.board",
    "HeapMap": "espsh.board.heapmap",
    "Identity": "espsh.board.identity",
    "connect_each": "espsh.core.connecting",
    "lister": "espsh.ports.port_file",
    "plausible": "espsh.ports.listing",
    "Crash": "espsh.diagnose.boots",
    "Symbols": "espsh.diagnose.backtrace",
    "WINDOW": "espsh.board.copying.stream",
    "Weight": "espsh.board.weighing",
    "Keeping": "espsh.firmware.keeping",
    "Esp": "espsh.firmware.esp",
    "Work": "espsh.firmware.work",
    **dict.fromkeys(("Folder", "Saves"), "espsh.base.saves"),
    "Given": "espsh.firmware.arrange",
    **dict.fromkeys(("chip_by_uf2_family", "chip_in", "chip_named"), "espsh.chips.known"),
    **dict.fromkeys(("Chip", "EspChip", "Psram"), "espsh.chips.chip"),
    **dict.fromkeys(
        ("FirmwareBackend", "FlashOptions", "FlashPlan", "FlashWish", "RawFile"), "espsh.firmware.backends"
    ),
    **dict.fromkeys(("Part", "Role"), "espsh.firmware.payload"),
    "Plugin": "espsh.core.plugged",
    "read_data": "espsh.firmware.files",
    "read_table_file": "espsh.firmware.table_files",
    **dict.fromkeys(("FirmwareFile", "read_firmware"), "espsh.firmware.files"),
    **dict.fromkeys(("file_facts", "table_facts"), "espsh.firmware.facts"),
    "Layout": "espsh.firmware.payload",
    **dict.fromkeys(("Partition", "PartitionTable"), "espsh.firmware.partitions"),
    "read_ota": "espsh.firmware.ota",
    "layout_of_file": "espsh.firmware.layout",
    "harmless": "espsh.diagnose.lines",
    "serve_rfc2217": "espsh.serve",
    "watch_boot": "espsh.board.meeting.booting",
}
"""Names of lower floors by their modules, which are loaded when the name is first asked for."""


_OTHERWISE = {
    "backend_names": ("espsh.firmware.backends", "names"),
    "choose_backend": ("espsh.firmware.backends", "choose"),
    "diagnosis": ("espsh.diagnose.rules", "row"),
}
"""Names of lower floors that say here what they are for."""


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _OTHERWISE:
        module, called = _OTHERWISE[name]
        return getattr(import_module(module), called)
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


__all__ = [
    "BOARD",
    "COMMAND",
    "DIRECTORY",
    "DURATION",
    "HOST",
    "HOST_DIRECTORY",
    "HOST_FILE",
    "JOB",
    "OPTION",
    "OPTION_VALUE",
    "PATH",
    "PATHS",
    "PLUGIN",
    "PORT",
    "SET",
    "SIZE",
    "STARTED_AS_SOURCE",
    "TEXT",
    "VERSION",
    "WINDOW",
    "Arg",
    "Board",
    "BoardConnected",
    "BoardLost",
    "Build",
    "Candidate",
    "Catalog",
    "Cell",
    "Chip",
    "Choice",
    "Command",
    "CompileError",
    "Compiler",
    "ConnectError",
    "Context",
    "Crash",
    "Diagnosis",
    "Entry",
    "Esp",
    "EspChip",
    "EspshError",
    "Event",
    "Facts",
    "Files",
    "FirmwareBackend",
    "FirmwareError",
    "FirmwareFile",
    "FlashOptions",
    "FlashPlan",
    "FlashWish",
    "Flashed",
    "Folder",
    "Found",
    "Given",
    "HeapMap",
    "Identity",
    "Incoming",
    "InterruptedByUserError",
    "Job",
    "Keeping",
    "Layout",
    "LinkLostError",
    "Location",
    "News",
    "NotFoundError",
    "Notice",
    "Number",
    "Opt",
    "Outcome",
    "Output",
    "ParamType",
    "Part",
    "Partition",
    "PartitionTable",
    "Picture",
    "Plugin",
    "Progress",
    "Psram",
    "RawFile",
    "RemoteError",
    "Role",
    "Rule",
    "Saves",
    "Scope",
    "Space",
    "StrayOutput",
    "Styled",
    "Symbols",
    "Table",
    "Target",
    "Text",
    "TransferError",
    "UsageError",
    "UsbKind",
    "Wanted",
    "Weight",
    "Work",
    "backend_names",
    "board_facts",
    "check_board_name",
    "check_done",
    "check_mpy",
    "check_option",
    "chip_by_uf2_family",
    "chip_in",
    "chip_named",
    "choose_backend",
    "command",
    "command_help",
    "compare",
    "compiling",
    "connect_each",
    "copies",
    "diagnosis",
    "explain",
    "file_facts",
    "flashing",
    "fleetfile",
    "fleetplan",
    "gravest",
    "group_boards",
    "harmless",
    "heapmap",
    "hookimpl",
    "human_size",
    "ignore",
    "layout_of_file",
    "lister",
    "literal_of",
    "overview",
    "packages",
    "plausible",
    "read_data",
    "read_firmware",
    "read_full_id",
    "read_ota",
    "read_table_file",
    "relayed",
    "replica",
    "serve_rfc2217",
    "skeleton",
    "snapshots",
    "sync",
    "table_facts",
    "textdiff",
    "tree_of",
    "trees",
    "watch_boot",
    "watching",
    "weighing",
]

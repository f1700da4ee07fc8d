"""The door for plugins: what it hands out is listed, and nothing of that disappears unnoticed."""

from __future__ import annotations

import espsh.api

NAMES = """
Arg BOARD BoardConnected BoardLost Build COMMAND Candidate Catalog Choice Command CompileError ConnectError Context
Entry EspshError Event Facts Files FirmwareError FirmwareFile HOST Incoming InterruptedByUserError Layout
LinkLostError Location NotFoundError Notice Number Opt PATH PATHS PORT ParamType PartitionTable Progress RemoteError
STARTED_AS_SOURCE Scope Space StrayOutput Styled TEXT Table Target Text TransferError UsageError VERSION WINDOW
check_board_name check_mpy command command_help compile_source file_facts follow_links human_size ignore
layout_of_file overview read_firmware read_full_id step_for sync table_facts together
"""


def test_the_exported_names() -> None:
    assert sorted(espsh.api.__all__) == sorted(NAMES.split())
    assert all(hasattr(espsh.api, name) for name in espsh.api.__all__)
    assert espsh.api.VERSION == 1

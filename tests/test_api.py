"""The door for plugins: what it hands out is listed, and nothing of that disappears unnoticed."""

from __future__ import annotations

import espsh.api

NAMES = """
BOARD COMMAND HOST PATH PATHS PORT STARTED_AS_SOURCE TEXT VERSION WINDOW Arg BoardConnected BoardLost Candidate Choice
Command CompileError ConnectError Context Entry EspshError Event Files FirmwareError Incoming InterruptedByUserError
LinkLostError Location NotFoundError Notice Number Opt ParamType Progress RemoteError Scope Space StrayOutput Styled
Table Target Text TransferError UsageError check_board_name check_mpy command command_help compile_source follow_links
human_size ignore overview step_for sync together
"""


def test_the_exported_names() -> None:
    assert sorted(espsh.api.__all__) == sorted(NAMES.split())
    assert all(hasattr(espsh.api, name) for name in espsh.api.__all__)
    assert espsh.api.VERSION == 1

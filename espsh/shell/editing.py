"""The keys of a prompt, by the names that the user has for them."""

from __future__ import annotations

from prompt_toolkit.enums import EditingMode

EDITING = {"emacs": EditingMode.EMACS, "vi": EditingMode.VI}

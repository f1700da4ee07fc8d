"""All our commands, imported before they are asked for: a tenth of a second that no key should wait for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from espsh.core.registry import Registry

if TYPE_CHECKING:
    from prompt_toolkit.application import Application


def load_behind(registry: Registry, app: Application[str]) -> None:
    """Load them in a thread of its own once the prompt is on the screen."""

    def begin(_: object) -> None:
        app.after_render -= begin
        threading.Thread(target=registry.load_builtin, name="commands", daemon=True).start()

    app.after_render += begin

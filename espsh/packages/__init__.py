"""Packages of MicroPython: what they are called, what they hold, bringing them and putting them in their place."""

from espsh.packages.index import SOURCE, search
from espsh.packages.installing import Ready, Step, fetch_all, hiding, plan, told
from espsh.packages.present import State, look, states
from espsh.packages.resolve import resolve
from espsh.packages.shelf import Shelf
from espsh.packages.spec import Local, Spec, read_spec

__all__ = [
    "SOURCE",
    "Local",
    "Ready",
    "Shelf",
    "Spec",
    "State",
    "Step",
    "fetch_all",
    "hiding",
    "look",
    "plan",
    "read_spec",
    "resolve",
    "search",
    "states",
    "told",
]

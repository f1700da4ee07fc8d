"""Compiling Python for a board: which .mpy files its MicroPython loads, the compilers that make them, what was made."""

from espsh.mpycross.compiler import STARTED_AS_SOURCE, Compiler, Source, Step
from espsh.mpycross.compiling import Options, compile_source
from espsh.mpycross.misfits import name_misfits
from espsh.mpycross.placing import Job, Placed, place
from espsh.mpycross.programs import target_named
from espsh.mpycross.target import ARCHITECTURES, CompileError, Target, check_mpy

__all__ = [
    "ARCHITECTURES",
    "STARTED_AS_SOURCE",
    "CompileError",
    "Compiler",
    "Job",
    "Options",
    "Placed",
    "Source",
    "Step",
    "Target",
    "check_mpy",
    "compile_source",
    "name_misfits",
    "place",
    "target_named",
]

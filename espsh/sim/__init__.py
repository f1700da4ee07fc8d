"""The virtual board: real MicroPython behind an emulated UART. Start at ``espsh.sim.machine``."""

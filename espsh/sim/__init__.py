"""The virtual board: real MicroPython behind an emulated UART."""

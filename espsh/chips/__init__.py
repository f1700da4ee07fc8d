"""Chips as data: what each is called, what its firmware is marked with, which build of MicroPython is for it."""

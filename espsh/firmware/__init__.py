"""Firmware: what a file holds, where it goes, and whether it can run on the chip in hand."""

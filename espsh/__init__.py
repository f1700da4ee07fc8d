"""espsh: one shell for all the MicroPython boards on your desk."""

__version__ = "0.1.0"

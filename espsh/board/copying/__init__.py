"""Bytes of files on their way, checked, in either direction."""

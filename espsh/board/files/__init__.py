"""The files of one board."""

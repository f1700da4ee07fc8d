"""A directory of the host, on a board."""

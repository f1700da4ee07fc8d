"""``py``: Python typed on the host in cells, each run on the board whole."""

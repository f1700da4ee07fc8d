"""Python that runs on the board; one concern a file."""

"""The shell without a terminal: parser, commands, session, dispatch."""

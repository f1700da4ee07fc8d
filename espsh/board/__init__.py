"""One board: its link, its REPL, its files."""

"""The raw prompt of a board: code brought checked, calls answered once."""

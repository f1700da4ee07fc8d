"""Opening, listing and naming the ports a board can be behind."""

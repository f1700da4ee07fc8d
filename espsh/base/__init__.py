"""The floor every other floor stands on: deadlines, locations, files, events, the world."""

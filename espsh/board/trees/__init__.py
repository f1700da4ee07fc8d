"""Directories compared, planned and kept: sync, diff, snapshots."""

"""Plugins shipped with espsh."""

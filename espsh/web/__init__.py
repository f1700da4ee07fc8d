"""Asking web sites, and keeping what they answer."""

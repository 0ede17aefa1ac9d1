"""Offline trust in credentials."""

"""Theorems whose planted bugs no scenario shows, and why."""

UNSEEN: dict[str, str] = {}

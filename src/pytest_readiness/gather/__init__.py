"""Obtains evidence from the target. Nothing here judges what it sees."""

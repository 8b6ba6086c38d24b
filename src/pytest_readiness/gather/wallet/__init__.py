"""Moves money through the wallet that settings declare, and watches what becomes of it."""

"""Asks services how they are while their dependencies fail."""

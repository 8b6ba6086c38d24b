"""Tries limiters: every property, on a clock that moves."""

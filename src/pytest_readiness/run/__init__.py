"""Puts the rooms together: prepares a target, evaluates checks on it, and sums up. Knows no pytest."""

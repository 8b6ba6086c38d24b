"""Statuses that several kinds of evidence are judged by: of HTTP, and SQLSTATEs."""

from __future__ import annotations

SUCCESS = range(200, 300)

REFUSED = "42501"
"""A privilege is missing, or a policy refuses what was written."""

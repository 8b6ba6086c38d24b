"""HTTP statuses that several kinds of evidence are judged by."""

from __future__ import annotations

SUCCESS = range(200, 300)

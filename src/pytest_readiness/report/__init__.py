"""The report of a run: one document of plain data, and pure functions that render it."""

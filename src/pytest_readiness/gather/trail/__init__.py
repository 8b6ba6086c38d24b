"""Writes to audited tables, attacks their logs, and reads what the logs say."""

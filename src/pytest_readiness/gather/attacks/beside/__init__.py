"""Roles, and what the server tells or allows beside the policies."""

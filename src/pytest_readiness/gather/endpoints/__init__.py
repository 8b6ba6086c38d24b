"""Attacks limited endpoints, over HTTP or in ASGI."""

"""Rows of several people, made as the server accepts them."""

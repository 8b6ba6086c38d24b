"""Tries each migration on copies: twice, broken, backwards, with rows about."""

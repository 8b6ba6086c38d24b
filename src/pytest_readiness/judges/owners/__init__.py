"""Whose the rows of a relation are, and by what a request tells who asks."""

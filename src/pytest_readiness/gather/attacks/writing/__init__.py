"""Writes to relations: rows that are there, rows put in others' places, and what goes with a row."""

"""Calls of functions: what they show, take, make and are made to run."""

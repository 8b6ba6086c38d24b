"""Mends what was found broken: minimal changes as SQL, and the rule by which one of them is good. Pure."""

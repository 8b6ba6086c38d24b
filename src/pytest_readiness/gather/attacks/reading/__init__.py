"""Reads of relations: as they are, in states, and as everybody whom a policy may take for their owner."""

"""The servers: a real PostgreSQL and a real Redis or Valkey, started for the run or given by the user.

Whoever needs one calls `start` of the room in question. A server that is started here listens on a
socket in a private directory, never runs as root, and is gone when the run ends, however it ends.
"""

"""Steps services statement by statement: a proxy holds what they say to the server."""

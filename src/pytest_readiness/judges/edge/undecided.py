"""What a judge says where nothing can be told."""


class Undecided(Exception):  # noqa: N818  no error: nothing can be told
    """Nothing can be told, and why."""

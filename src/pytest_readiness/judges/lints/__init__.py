"""What the catalog alone points at: possible harm, which attacks refute or confirm."""

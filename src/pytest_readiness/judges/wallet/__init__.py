"""Whether money was conserved, and every call answered by what was done."""

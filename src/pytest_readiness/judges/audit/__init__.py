"""Which table is the audit log, and whether it says what was done."""

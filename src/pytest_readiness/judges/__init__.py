"""Pure judgement over plain data: no server, no clock, no settings beyond their arguments."""

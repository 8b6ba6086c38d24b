"""What holds for every test of this repository."""

import signal

from hypothesis import HealthCheck, settings

# A shell's background job inherits that interrupts are ignored, and what it starts does too; tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes tells of the machine: on a busy one Hypothesis would call a sound test too slow.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

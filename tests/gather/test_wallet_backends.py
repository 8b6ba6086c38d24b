"""Backends that are ended: whoever calls next meets nothing that they still hold."""

import threading
import time

from pytest_readiness.gather.wallet.backends import end, gone
from systems import system


def test_who_is_there_is_not_gone_and_who_is_ended_is(server, tmp_path):
    with system(server, tmp_path, "create table t (n int);", profile="postgres") as target:
        monitor = target.database()
        other = target.database(monitor.info.dbname)
        pid = other.info.backend_pid
        assert not gone(monitor, pid, 0.05)
        assert end(monitor, pid, 5.0)
        assert gone(monitor, pid, 0)


def test_one_who_goes_is_waited_for(server, tmp_path):
    with system(server, tmp_path, "create table t (n int);", profile="postgres") as target:
        monitor = target.database()
        other = target.database(monitor.info.dbname)
        leaving = threading.Timer(0.1, other.close)
        began = time.monotonic()
        leaving.start()
        assert gone(monitor, other.info.backend_pid, 5.0)
        assert time.monotonic() - began >= 0.1
        leaving.join()

"""A watcher beside each server, which ends it and removes its directory when the run is gone."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

_REMOVED_WITHIN = 15.0

# Its standard input is a pipe that only this process writes to: a line with the server's pid and
# start time, then nothing until the process ends, however it ends. A pid alone does not name a
# process: it may have been given to another one since.
_SCRIPT = r"""
set -f
trap '' HUP INT TERM
directory=$1 signal=$2 pid='' started=''
running() {
    if [ -r /proc/self/stat ]; then
        { read -r stat < "/proc/$pid/stat"; } 2>/dev/null || return 1
        set -- ${stat##*) }
        shift 19 2>/dev/null || return 1
        state=${stat##*) } now=$1
    else
        now=$(LC_ALL=C TZ=UTC ps -o stat= -o lstart= -p "$pid") || return 1
        set -- $now
        state=$1
        shift
        now=$*
    fi
    case $state in Z*) return 1 ;; esac
    [ "$now" = "$started" ]
}
read -r pid started
while read -r _; do :; done
tries=0
if [ -n "$started" ] && running; then
    kill -s "$signal" -- "-$pid"
    while running && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
    running && kill -s KILL -- "-$pid"
fi
tries=0
until rm -rf -- "$directory" || [ "$tries" -ge 20 ]; do sleep 0.1; tries=$((tries + 1)); done
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A process, named so that no later one with its pid is taken for it."""

    pid: int
    started: str
    log: str

    @property
    def alive(self) -> bool:
        """Whether it still runs: a zombie does not."""
        return started(self.pid) == self.started


def started(pid: int) -> str:
    """Return when a process was started, in the system's own terms; empty when it does not run."""
    if Path("/proc/self/stat").exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        except OSError:
            return ""
        # The name before it, in parentheses, may hold anything.
        fields = stat.rpartition(") ")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    listing = subprocess.run(
        ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)],
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )
    state, _, start = " ".join(listing.stdout.split()).partition(" ")
    return "" if state.startswith("Z") else start


class Guard:
    """The watcher of one server: a shell that reads from a pipe.

    Args:
        directory: What it removes in the end. It need not exist yet.
        signal: What ends the server.
    """

    def __init__(self, directory: Path, signal: Signals) -> None:
        self._directory = directory
        reading, self._writing = os.pipe()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT, "guard", directory, signal.name.removeprefix("SIG")],
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath)},
                start_new_session=True,
            )
        except BaseException:
            os.close(self._writing)
            raise
        finally:
            os.close(reading)

    def watch(self, pid: int) -> str:
        """Name the server's process to it, and return when that was started."""
        start = started(pid)
        os.write(self._writing, f"{pid} {start}\n".encode())
        return start

    def release(self) -> None:
        """Let it end what is left of the server and remove the directory; return when it has."""
        if self._writing >= 0:
            os.close(self._writing)
            self._writing = -1
        try:
            self._process.wait(timeout=_REMOVED_WITHIN)
        except subprocess.TimeoutExpired:
            # With what it has started: its `rm` would go on, beside the removal below.
            os.killpg(self._process.pid, Signals.SIGKILL)
            self._process.wait()
        if self._directory.exists():
            shutil.rmtree(self._directory)

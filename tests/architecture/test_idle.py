"""Everybody who has the plugin installed pays for what it imports, in each run without it."""

import json
import subprocess
import sys

IMPORT = """
import json, sys
import pytest
before = set(sys.modules)
import pytest_readiness.plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""
OWN = {"pytest_readiness", "pytest_readiness.plugin"}

SPY = """
import sys

def test_nothing():
    own = {name for name in sys.modules if name.split(".")[0] in {"pytest_readiness", "readiness_checks"}}
    assert own == {"pytest_readiness", "pytest_readiness.plugin"}
    assert not {"psycopg", "redis"} & set(sys.modules)
"""


def test_the_plugin_imports_nothing_that_pytest_has_not_imported():
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == OWN


def test_an_idle_run_imports_nothing_more(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(SPY)
    pytester.runpytest_subprocess("-p", "readiness").assert_outcomes(passed=1)

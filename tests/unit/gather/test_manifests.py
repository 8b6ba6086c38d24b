"""Probes are found in whatever is a manifest, and what cannot be read says why."""

import os
import sys

import pytest

from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.gather.health.manifests import read
from pytest_readiness.settings import Health

DECLARED = Health(("api",), path="/health", liveness="/live", readiness="/ready")
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, labels: { app: shop } }
spec:
  template:
    spec:
      containers:
        - name: web
          image: example
          %s
"""


def container(*probes):
    return DEPLOYMENT % "\n          ".join(probes)


def probe(kind="readinessProbe", path="/ready", **numbers):
    told = "".join(f", {name}: {value}" for name, value in numbers.items())
    return f"{kind}: {{ httpGet: {{ path: {path}, port: 80 }}{told} }}"


@pytest.fixture
def project(tmp_path):
    def make(*named, **files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".yaml").write_text(text)
        declared = Health(**{**{f: getattr(DECLARED, f) for f in Health.__slots__}, "manifests": named})
        return read(tmp_path, declared, HealthEvidence(()))

    return make


def test_all_documents_of_a_file_are_read(project):
    text = "---".join(
        [container(probe()), "kind: ConfigMap\n", container(probe(path="/live", timeoutSeconds=4))]
    )
    first, second = project(deploy__all=text).probes
    assert (first.place, first.kind) == (
        "deploy/all.yaml: Deployment api, container web, readinessProbe",
        "readinessProbe",
    )
    assert first.names == ("api", "shop", "web")
    assert (first.timeout, first.period, first.failures) == (1.0, 10.0, 3.0)
    assert (second.timeout, second.endpoints) == (4.0, ("liveness",))
    assert first.place != second.place


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "Rollout", "CronJob"])
def test_any_kind_of_workload_may_have_them(project, kind):
    text = container(probe(periodSeconds=3, failureThreshold=7)).replace("Deployment", kind)
    (found,) = project(one=text).probes
    assert (found.period, found.failures) == (3.0, 7.0)


@pytest.mark.parametrize(
    ("asked", "endpoints"),
    [
        ("httpGet: { path: /ready/ }", ("readiness",)),
        ("httpGet: { path: ready?full=1 }", ("readiness",)),
        ("httpGet: { path: /ready/deep }", ()),
        ("httpGet: { port: 80 }", ()),
        ("tcpSocket: { port: 80 }", ()),
        ("grpc: { port: 80 }", ()),
        ('exec: { command: [curl, "-f", "http://localhost:8000/ready"] }', ("readiness",)),
        ('exec: { command: [sh, -c, "wget -qO- http://127.0.0.1:$PORT/health || exit 1"] }', ("health",)),
        ('exec: { command: ["/usr/local/bin/health"] }', ()),
        ('exec: { command: [curl, "http://localhost/ready-not"] }', ()),
    ],
)
def test_only_those_that_ask_a_declared_path_count(project, asked, endpoints):
    found = project(one=container(f"readinessProbe: {{ {asked} }}"))
    assert [probe.endpoints for probe in found.probes] == ([endpoints] if endpoints else [])
    assert bool(found.absent) != bool(endpoints)


def test_a_path_may_be_several_endpoints(project, tmp_path):
    (tmp_path / "one.yaml").write_text(container(probe(path="/health")))
    declared = Health(("api",), path="/health", readiness="/health")
    (found,) = read(tmp_path, declared, HealthEvidence(())).probes
    assert found.endpoints == ("health", "readiness")


def test_values_of_a_chart_are_read_as_they_stand(project):
    (found,) = project(chart__values=probe(timeoutSeconds=6)).probes
    assert (found.place, found.timeout) == ("chart/values.yaml: readinessProbe", 6.0)


TEMPLATE = container("{{- with .Values.readinessProbe }}", probe(), "{{- end }}")


def test_a_template_is_unknown_and_says_what_to_do(project):
    found = project(chart__templates__deployment=TEMPLATE)
    ((name, reason),) = found.unread
    assert name == "chart/templates/deployment.yaml"
    assert "helm template" in reason
    assert not found.absent


def test_what_is_no_yaml_is_unknown_with_the_line(project):
    ((_, reason),) = project(one="readinessProbe: [\n  a: }").unread
    assert "no YAML" in reason
    assert "line 2" in reason


def test_a_value_that_is_filled_in_later_is_a_doubt(project):
    (found,) = project(one=container(probe(timeoutSeconds='"{{ .Values.t }}"'))).probes
    assert "timeoutSeconds" in found.doubt


PATCH = """
kind: Deployment
metadata: { name: %s }
spec: { template: { spec: { containers: [{ name: web, readinessProbe: { timeoutSeconds: 6 } }] } } }
"""
WRITTEN = """
kind: Kustomization
patches:
  - target: { kind: Deployment }
    patch: |-
      - op: replace
        path: /spec/template/spec/containers/0/%s/timeoutSeconds
        value: 6
"""


@pytest.mark.parametrize(
    ("patch", "doubtful"),
    [
        (PATCH % "api", True),
        (PATCH.replace("name: web", "name: other") % "queue", False),
        (WRITTEN % "readinessProbe", True),
        (WRITTEN % "livenessProbe", False),
        ("readinessProbe: { enabled: true, timeoutSeconds: 6 }", False),  # values of some chart
    ],
)
def test_a_patch_makes_what_it_changes_doubtful(project, patch, doubtful):
    (found,) = project(base__api=container(probe()), overlay__patch=patch).probes
    assert bool(found.doubt) is doubtful


def test_settings_name_files_and_folders(project):
    files = {"deploy__one": container(probe()), "other__two": container(probe())}
    assert len(project(**files).probes) == 2
    assert len(project("deploy", **files).probes) == 1
    assert len(project("deploy", "other/two.yaml", **files).probes) == 2
    ((name, reason),) = project("missing.yaml", **files).unread
    assert (name, reason) == ("missing.yaml", "No such file or directory")


def test_what_cannot_be_read_is_told_where_nothing_else_has_probes(project, tmp_path):
    (tmp_path / ".#one.yaml").symlink_to("nobody@nowhere")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "never.yaml")
    found = project(two="kind: Service")
    assert [name for name, _ in found.unread] == ["gone.yaml"]
    assert not found.absent
    found = project(one=container(probe()))
    assert (len(found.probes), found.unread) == (1, ())


def test_what_is_no_file_is_not_waited_for(project, tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    found = project(one=container(probe()))
    assert (len(found.probes), found.unread) == (1, ())


def test_what_others_wrote_is_passed_over(project):
    found = project(node_modules__x__one=container(probe()), **{".hidden__two": container(probe())})
    assert found.absent


def test_an_alias_of_itself_ends(project):
    text = "a: &a\n  b: *a\n" + "".join(f"x{n}: &x{n} [*a, *a]\n" for n in range(3))
    assert project(one=text + probe()).probes


def test_without_a_reader_nothing_is_known(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    ((_, reason),) = project(one=container(probe()), two="kind: Service").unread
    assert "pytest-readiness[manifests]" in reason

"""What people write in a field, by the field's name. `@` stands for a text found nowhere else in the workspace."""

from __future__ import annotations

from typing import Any

Pool = tuple[Any, ...]

ODD = ("", "1", "true", "null", "0755", "1e3", "y", "~", "2024-01-01", "é☃", "#", "a: b", " pad ", "two\nlines\n", "{x}")
URIS = ("s3://bucket/@", "gs://bucket/@/", "pvc://claim/@", "hf://org/@", "https://example.com/@.zip", "oci://quay.io/me/@:1")
TEXTS: dict[str, Pool] = {
    "account": ("@",), "args": ("--@", "--a=@", "-v", "@", *ODD), "bucket": ("@",), "command": ("python", "-m", "@", "/bin/@"),
    "configMap": ("@",), "description": ("@", *ODD), "displayName": ("@",), "endpoint": ("https://@.example.com", "http://@:9000"),
    "field": ("status.podIP", "metadata.name", "spec.nodeName"), "image": ("quay.io/me/@:1", "@:2"), "key": ("@",),
    "kind": ("ClusterSecretStore", "SecretStore"), "metric": ("@",), "metrics": ("@",), "mountPath": ("/mnt/@",), "mode": ("all",),
    "name": ("@",), "namespace": ("@",), "owner": ("@",), "path": ("models/@/", "@"), "priorityClass": ("@",),
    "pullSecrets": ("@",), "pvc": ("@",), "query": ("sum(@)",), "region": ("eu-@",), "registry": ("quay.io/me/@",),
    "runtimeVersion": ("1.@", "latest"), "secret": ("@",), "server": ("http://@:9090",), "serviceAccount": ("@",), "store": ("@",),
    "subPath": ("sub/@",), "title": ("@", *ODD), "url": ("http://@",), "uri": URIS, "value": ("@", "x@", "@", *ODD),
    "version": ("1", "2", "@"), "volume": ("@",), "accelerators": ("nvidia.com/gpu",), "dataEndpoint": ("port:8001",),
    "container": ("@",), "model": ("@",), "timeout": ("60s", "500ms"), "sealed": ("@",), "class": ("none",),
}  # fmt: skip
"""Text fields: the last word of the path (a list's word for its items) -> what may stand there."""

MAPS: dict[str, tuple[Pool, Pool]] = {
    "labels": (("app", "team", "example.com/tier"), ("@", "", "1", "true")),
    "annotations": (("note", "example.com/a", "example.com/b", "argocd.argoproj.io/sync-wave"), ("@", *ODD)),
    "nodeSelector": (("zone", "example.com/disk"), ("@", "true")),
    "parameters": (("region", "type"), ("@",)),
}
"""Maps of plain texts: keys and values."""

KEYS: dict[str, Pool] = {
    "env": ("LOG_LEVEL", "OMP_NUM_THREADS", "MODE", "a.b", "_x", "CACHE"),
    "mounts": ("/cache", "/dev/shm", "/etc/app", "/a-b", "/a_b", "/"),
    "sidecars": ("proxy", "metrics", "z"),
    "keys": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
}
"""Keys of maps that hold more than texts."""

REQUESTS: dict[str, Pool] = {
    "cpu": (1, 2, "500m", 0.5, "1"), "memory": ("1Gi", "512Mi", "2G"), "gpu": (0, 1), "ephemeral-storage": ("1Gi",),
}  # fmt: skip
LIMITS: dict[str, Pool] = {
    "cpu": (4, "4", "none"), "memory": ("8Gi", "none"), "ephemeral-storage": ("20Gi", "none"),
}  # fmt: skip

TOLERATION: Pool = (
    {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "@", "operator": "Equal", "value": "@", "effect": "NoExecute", "tolerationSeconds": 60},
    {"operator": "Exists"},
)
PROBE: Pool = (
    {"httpGet": {"path": "/@", "port": 8080}, "periodSeconds": 5},
    {"tcpSocket": {"port": 8081}, "failureThreshold": 3},
    {"exec": {"command": ["cat", "@"]}, "initialDelaySeconds": 1},
)
FREE: dict[str, Pool] = {
    "tolerations": TOLERATION, "live": PROBE, "ready": PROBE, "start": PROBE,
    "affinity": (
        {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["@", "@"]}]}]}}},
        {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 1, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "@"}}}}]}},
    ),
    "securityContext": ({"runAsNonRoot": True}, {"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": False}, {}),
    "pod": (
        {"labels": {"app": "@"}, "schedulerName": "@"},
        {"annotations": {"note": "@"}, "terminationGracePeriodSeconds": 30, "hostIPC": False},
        {"dnsConfig": {"options": [{"name": "ndots", "value": "2"}]}, "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]},
    ),
    "Runtime.pod": ({"labels": {"app": "@"}}, {"annotations": {"note": "@"}, "hostIPC": False}),
    "envFrom": ({"secretRef": {"name": "@"}}, {"configMapRef": {"name": "@", "optional": True}, "prefix": "X_"}),
    "strategy": ({"type": "Recreate"}, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}}),
    "behavior": ({"scaleDown": {"stabilizationWindowSeconds": 60, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 5}]}},),
    "adapter": ({"serverType": "ovms", "runtimeManagementPort": 8888, "memBufferBytes": 134217728},),
    "art": ({"type": "SquareAttack", "config": {"nb_classes": "@"}},),
    "emptyDir": ({}, {"medium": "Memory", "sizeLimit": "2Gi"}),
    "items": ("@.yaml", {"key": "@", "path": "x/@"}),
    "target": (70, {"type": "AverageValue", "averageValue": "2Gi"}),
    "keys": ("@", "@#field", {"key": "@", "property": "p"}),
}  # fmt: skip
"""Fields in the platform's own words (for lists, their items)."""

ITEMS: Pool = ({"name": "LOG_LEVEL", "value": "@"}, {"name": "FROM", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}})
PATCHES: dict[str, Pool] = {
    "InferenceService": (
        {"metadata": {"annotations": {"example.com/a": "@"}, "labels": {"app": None}}},
        {"spec": {"predictor": {"schedulerName": "@", "minReplicas": None}}},
        {"spec": {"predictor": {"model": {"env": [*ITEMS], "imagePullPolicy": "Always"}}}},
        {"spec": {"predictor": {"tolerations": [*TOLERATION[:2]], "volumes": [{"name": "v", "emptyDir": {}}]}}},
        {"spec": {"predictor": {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["@"]}], "dnsPolicy": "Default"}}},
        {"spec": {"predictor": {"imagePullSecrets": [{"name": "@"}], "nodeSelector": {"zone": None, "disk": "@"}}}},
    ),
    "ServingRuntime": (
        {"spec": {"annotations": {"note": "@"}, "containers": [{"name": "kserve-container", "image": "@:3", "env": [ITEMS[0]]}]}},
        {"spec": {"multiModel": True, "volumes": [{"name": "@", "configMap": {"name": "@"}}]}},
        {"spec": {"supportedModelFormats": [{"name": "onnx", "version": "1", "autoSelect": True}], "protocolVersions": None}},
    ),
    "ConfigMap": ({"data": {"a": "@", "b": None, "$x": "two\nlines\n"}}, {"data": None}, {"data": {"on": "true", "1": ""}}),
    "Deployment": (
        {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "@:1", "env": [*ITEMS], "ports": [{"containerPort": 80}]}]}}}},
        {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "@:1"}, {"name": "main", "image": "m:2"}]}}}},
        {"spec": {"template": {"spec": {"volumes": [{"name": "v", "secret": {"secretName": "@"}}], "nodeSelector": {"zone": "@"}}}}},
        {"spec": {"replicas": None, "strategy": {"type": "Recreate", "rollingUpdate": None}, "paused": True}},
        {"spec": {"template": {"spec": {"tolerations": [TOLERATION[1]], "imagePullSecrets": [{"name": "@"}, {"name": "b"}]}}}},
    ),
    "Service": (
        {"spec": {"ports": [{"name": "b", "port": 81}, {"name": "a", "port": 80, "targetPort": "http"}]}},
        {"spec": {"type": "ExternalName", "externalName": "@.example.com", "ports": None}, "metadata": {"labels": {"app": "@"}}},
        {"spec": {"externalIPs": ["10.0.0.2"], "ports": [{"name": "a", "port": 80, "protocol": "UDP"}]}},
    ),
    "ServiceAccount": ({"imagePullSecrets": [{"name": "@"}]}, {"secrets": [{"name": "b"}, {"name": "a"}], "imagePullSecrets": None}),
    "Role": ({"rules": [{"apiGroups": [""], "resources": ["secrets", "pods"], "verbs": ["get"]}]}, {"rules": []}),
    "PersistentVolumeClaim": ({"spec": {"storageClassName": "@", "resources": {"requests": {"storage": "5Gi"}}}},),
    "NetworkPolicy": (
        {"spec": {"ingress": [{"ports": [{"port": 81}, {"port": 80}]}, {}]}},
        {"spec": {"podSelector": {"matchLabels": {"app": "@"}}, "ingress": None, "policyTypes": ["Egress"]}},
    ),
}  # fmt: skip
"""`manifests:` by kind: patches that add, drop, reorder and retype."""

CORE = ("ConfigMap", "Deployment", "Service", "ServiceAccount", "Role", "PersistentVolumeClaim", "NetworkPolicy")
CORE_TEMPLATE = """
{% if kind == "ServingRuntime" %}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ metadata.name }}, labels: {{ labels }}}
data: {a: "1", b: "2", note: {{ podAnnotations.note }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ metadata.name }}, annotations: {{ annotations }}}
spec:
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}}
    spec:
      containers: [{name: main, image: "main:1", env: [{name: A, value: "1"}]}, {name: side, image: "side:1"}]
      volumes: {{ pod.volumes }}
      tolerations: {{ pod.tolerations }}
      nodeSelector: {{ pod.nodeSelector }}
      imagePullSecrets: {{ pod.imagePullSecrets }}
---
apiVersion: v1
kind: Service
metadata: {name: {{ metadata.name }}}
spec: {selector: {app: x}, ports: [{name: a, port: 80}, {name: b, port: 81}], externalIPs: [10.0.0.1]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: {{ metadata.name }}}
secrets: [{name: a}, {name: b}]
imagePullSecrets: {{ pod.imagePullSecrets }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: {{ metadata.name }}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}, {apiGroups: [apps], resources: [deployments], verbs: [get]}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: {{ metadata.name }}}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: fast}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: {{ metadata.name }}}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]}
{% endif %}
"""
"""What a workspace's own template adds to a runtime, so that objects of core kinds are patched as well."""

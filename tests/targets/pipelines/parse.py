"""Run by the Python that has kfp: JSON lines of [kind, document] -> JSON lines of what protobuf's own parser says."""

import json
import sys

from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes
from kfp.pipeline_spec import pipeline_spec_pb2 as spec

MESSAGES = {
    "spec": (spec.PipelineSpec, False),
    "executors": (spec.PipelineDeploymentConfig, True),
    "platform": (spec.PlatformSpec, False),
    "kubernetes": (kubernetes.KubernetesExecutorConfig, False),
}

for line in sys.stdin:
    kind, document = json.loads(line)
    message, lenient = MESSAGES[kind]
    try:
        json_format.ParseDict(document, message(), ignore_unknown_fields=lenient)
        print("")
    except json_format.ParseError as error:
        print(str(error).replace("\n", " ") or "refused")

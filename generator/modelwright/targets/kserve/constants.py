"""Names of KServe's that several rooms ask for (pkg/constants/constants.go)."""

from __future__ import annotations

CONTAINER = "kserve-container"
"""The container of a runtime that serves (InferenceServiceContainerName)."""
WORKER = "worker-container"
LEGACY = ("sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml", "lightgbm", "paddle")
"""Blocks that admission turns into `model`; two at once are refused."""
MODE = "serving.kserve.io/deploymentMode"

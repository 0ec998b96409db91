"""Modelwright: a GitOps compiler for machine learning on Kubernetes."""

__version__ = "0.1.0"

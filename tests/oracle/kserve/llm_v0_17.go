//go:build v0_17

package main

import "sigs.k8s.io/controller-runtime/pkg/webhook/admission"

// llmDefaulters: this release registers none.
func llmDefaulters(*cluster) (before, after admission.Handler) { return nil, nil }

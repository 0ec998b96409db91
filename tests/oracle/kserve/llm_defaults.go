//go:build v0_19 || v0_20

package main

import (
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/kserve/kserve/pkg/apis/serving/v1alpha1"
	"github.com/kserve/kserve/pkg/apis/serving/v1alpha2"
	"github.com/kserve/kserve/pkg/webhook/admission/llminferenceservice"
)

func llmDefaulters(c *cluster) (before, after admission.Handler) {
	old := &llminferenceservice.LLMInferenceServiceDefaulterV1Alpha1{Client: c.client, Clientset: c.clientset}
	new := &llminferenceservice.LLMInferenceServiceDefaulterV1Alpha2{Client: c.client, Clientset: c.clientset}
	return defaulter(&v1alpha1.LLMInferenceService{}, old), defaulter(&v1alpha2.LLMInferenceService{}, new)
}

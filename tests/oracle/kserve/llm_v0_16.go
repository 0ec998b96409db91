//go:build v0_16

package main

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kserve/kserve/pkg/apis/serving/v1alpha1"
	"github.com/kserve/kserve/pkg/controller/v1alpha1/llmisvc/validation"
)

func init() {
	more = append(more, func(c *cluster) map[schema.GroupVersionKind]hooks {
		config := &validation.LLMInferenceServiceConfigValidator{ClientSet: c.clientset}
		return map[schema.GroupVersionKind]hooks{
			gvk("v1alpha1", "LLMInferenceService"): {
				validate: validator(&v1alpha1.LLMInferenceService{}, &validation.LLMInferenceServiceValidator{}),
			},
			gvk("v1alpha1", "LLMInferenceServiceConfig"): {validate: validator(&v1alpha1.LLMInferenceServiceConfig{}, config)},
		}
	})
}

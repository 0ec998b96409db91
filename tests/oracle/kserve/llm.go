//go:build v0_17 || v0_19 || v0_20

package main

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kserve/kserve/pkg/apis/serving/v1alpha1"
	"github.com/kserve/kserve/pkg/apis/serving/v1alpha2"
	"github.com/kserve/kserve/pkg/controller/v1alpha2/llmisvc"
)

// checkConfig is what cmd/llmisvc gives the validators of configs.
func (c *cluster) checkConfig(ctx context.Context, config *v1alpha2.LLMInferenceServiceConfig) error {
	loaded, err := c.loadConfig(ctx)
	if err != nil {
		return err
	}
	_, err = llmisvc.ReplaceVariables(llmisvc.LLMInferenceServiceSample(), config, loaded)
	return err
}

func (c *cluster) checkOldConfig(ctx context.Context, config *v1alpha1.LLMInferenceServiceConfig) error {
	converted := &v1alpha2.LLMInferenceServiceConfig{}
	if err := config.ConvertTo(converted); err != nil {
		return err
	}
	return c.checkConfig(ctx, converted)
}

func wellKnown(name string) bool { return llmisvc.WellKnownDefaultConfigs.Has(name) }

func init() {
	more = append(more, func(c *cluster) map[schema.GroupVersionKind]hooks {
		must(v1alpha2.AddToScheme(scheme.Scheme))
		before, after := llmDefaulters(c)
		return map[schema.GroupVersionKind]hooks{
			gvk("v1alpha1", "LLMInferenceService"): {
				mutate: before, validate: validator(&v1alpha1.LLMInferenceService{}, &v1alpha1.LLMInferenceServiceValidator{}),
			},
			gvk("v1alpha2", "LLMInferenceService"): {
				mutate: after, validate: validator(&v1alpha2.LLMInferenceService{}, &v1alpha2.LLMInferenceServiceValidator{}),
			},
			gvk("v1alpha1", "LLMInferenceServiceConfig"): {validate: validator(&v1alpha1.LLMInferenceServiceConfig{},
				&v1alpha1.LLMInferenceServiceConfigValidator{ConfigValidationFunc: c.checkOldConfig, WellKnownConfigChecker: wellKnown})},
			gvk("v1alpha2", "LLMInferenceServiceConfig"): {validate: validator(&v1alpha2.LLMInferenceServiceConfig{},
				&v1alpha2.LLMInferenceServiceConfigValidator{ConfigValidationFunc: c.checkConfig, WellKnownConfigChecker: wellKnown})},
		}
	})
}

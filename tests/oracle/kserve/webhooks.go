package main

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/kserve/kserve/pkg/apis/serving/v1alpha1"
	"github.com/kserve/kserve/pkg/apis/serving/v1beta1"
	"github.com/kserve/kserve/pkg/webhook/admission/servingruntime"
)

func gvk(version, kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "serving.kserve.io", Version: version, Kind: kind}
}

// more are the webhooks that not every release has.
var more []func(*cluster) map[schema.GroupVersionKind]hooks

// must: a scheme that cannot be built is a mistake here.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// webhooks are registered as cmd/manager, cmd/llmisvc and cmd/localmodel do it.
func webhooks(c *cluster) map[schema.GroupVersionKind]hooks {
	must(v1alpha1.AddToScheme(scheme.Scheme))
	must(v1beta1.AddToScheme(scheme.Scheme))
	decoder := admission.NewDecoder(scheme.Scheme)
	found := map[schema.GroupVersionKind]hooks{
		gvk("v1beta1", "InferenceService"): {
			mutate:   defaulter(&v1beta1.InferenceService{}, &v1beta1.InferenceServiceDefaulter{}),
			validate: validator(&v1beta1.InferenceService{}, &v1beta1.InferenceServiceValidator{}),
		},
		gvk("v1alpha1", "InferenceGraph"): {validate: validator(&v1alpha1.InferenceGraph{}, &v1alpha1.InferenceGraphValidator{})},
		gvk("v1alpha1", "TrainedModel"):   {validate: validator(&v1alpha1.TrainedModel{}, &v1alpha1.TrainedModelValidator{})},
		gvk("v1alpha1", "ServingRuntime"): {validate: &servingruntime.ServingRuntimeValidator{Client: c.client, Decoder: decoder}},
		gvk("v1alpha1", "ClusterServingRuntime"): {
			validate: &servingruntime.ClusterServingRuntimeValidator{Client: c.client, Decoder: decoder},
		},
	}
	for _, each := range more {
		for kind, by := range each(c) {
			found[kind] = by
		}
	}
	return found
}

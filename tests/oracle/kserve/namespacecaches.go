//go:build v0_19 || v0_20

package main

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kserve/kserve/pkg/apis/serving/v1alpha1"
	"github.com/kserve/kserve/pkg/webhook/admission/localmodelnamespacecache"
)

func init() {
	more = append(more, func(c *cluster) map[schema.GroupVersionKind]hooks {
		return map[schema.GroupVersionKind]hooks{
			gvk("v1alpha1", "LocalModelNamespaceCache"): {validate: validator(
				&v1alpha1.LocalModelNamespaceCache{}, &localmodelnamespacecache.LocalModelNamespaceCacheValidator{Client: c.client})},
		}
	})
}

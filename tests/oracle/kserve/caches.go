//go:build !v0_17

package main

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kserve/kserve/pkg/apis/serving/v1alpha1"
	localmodelcache "github.com/kserve/kserve/pkg/webhook/admission/localmodelcache"
)

func init() {
	more = append(more, func(c *cluster) map[schema.GroupVersionKind]hooks {
		return map[schema.GroupVersionKind]hooks{
			gvk("v1alpha1", "LocalModelCache"): {
				validate: validator(&v1alpha1.LocalModelCache{}, &localmodelcache.LocalModelCacheValidator{Client: c.client}),
			},
		}
	})
}

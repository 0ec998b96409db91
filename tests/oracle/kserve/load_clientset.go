//go:build v0_17 || v0_19

package main

import (
	"context"

	"github.com/kserve/kserve/pkg/controller/v1alpha2/llmisvc"
)

func (c *cluster) loadConfig(ctx context.Context) (*llmisvc.Config, error) { return llmisvc.LoadConfig(ctx, c.clientset) }

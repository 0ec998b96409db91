// Reads lines {"crd": FILE, "version": NAME, "object": {...}, "old": {...}} and answers what a server of Kubernetes
// 1.34 makes of such a custom resource: {"decode": TEXT, "unknown": [PATH], "errors": [{"type", "field", "detail"}]}.
//
// FILE holds a CustomResourceDefinition as JSON. `old`, where it is given, is the object before: the request is an
// update then. "decode" is why the request cannot be read at all, "unknown" what strict field validation refuses; with
// those fields dropped the object is asked on, so that "errors" are there beside them.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apiextensions-apiserver/pkg/crdserverscheme"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresource"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	genericrequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
)

type strategy interface {
	rest.RESTCreateStrategy
	rest.RESTUpdateStrategy
	GenerateName(base string) string
}

// One version of a kind, as a server would serve it.
type kind struct {
	gvk        schema.GroupVersionKind
	namespaced bool
	schema     *structuralschema.Structural
	strategy   strategy
}

type answer struct {
	Decode  string   `json:"decode,omitempty"`
	Unknown []string `json:"unknown,omitempty"`
	Errors  []cause  `json:"errors,omitempty"`
}

type cause struct {
	Type   string `json:"type"`
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func load(file, version string) kind {
	data, err := os.ReadFile(file)
	must(err)
	var crd apiextensionsv1.CustomResourceDefinition
	must(json.Unmarshal(data, &crd))
	for _, v := range crd.Spec.Versions {
		if v.Name != version {
			continue
		}
		var internal apiextensions.CustomResourceValidation
		must(apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(v.Schema, &internal, nil))
		structural, err := structuralschema.NewStructural(internal.OpenAPIV3Schema)
		must(err)
		structural = structural.DeepCopy()
		must(defaulting.PruneDefaults(structural))
		validator, _, err := validation.NewSchemaValidator(internal.OpenAPIV3Schema)
		must(err)
		var status *apiextensions.CustomResourceSubresourceStatus
		var scale *apiextensions.CustomResourceSubresourceScale
		if v.Subresources != nil && v.Subresources.Status != nil {
			status = &apiextensions.CustomResourceSubresourceStatus{}
		}
		if v.Subresources != nil && v.Subresources.Scale != nil {
			scale = &apiextensions.CustomResourceSubresourceScale{}
			must(apiextensionsv1.Convert_v1_CustomResourceSubresourceScale_To_apiextensions_CustomResourceSubresourceScale(v.Subresources.Scale, scale, nil))
		}
		gvk := schema.GroupVersionKind{Group: crd.Spec.Group, Version: version, Kind: crd.Spec.Names.Kind}
		namespaced := crd.Spec.Scope == apiextensionsv1.NamespaceScoped
		made := customresource.NewStrategy(crdserverscheme.NewUnstructuredObjectTyper(), namespaced, gvk,
			validator, nil, structural, status, scale, v.SelectableFields)
		return kind{gvk, namespaced, structural, made}
	}
	panic("no version " + version + " in " + file)
}

// The object as the server holds it after decoding: unknown fields and nulls dropped, defaults filled in.
func (k kind) decode(raw []byte) (*unstructured.Unstructured, []string, error) {
	object, _, err := unstructured.UnstructuredJSONScheme.Decode(raw, nil, &unstructured.Unstructured{})
	if err != nil {
		return nil, nil, err
	}
	u := object.(*unstructured.Unstructured)
	meta, found, unknown, err := objectmeta.GetObjectMetaWithOptions(u.Object, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return nil, nil, fmt.Errorf("metadata: %w", err)
	}
	head := u.GroupVersionKind()
	unknown = append(unknown, pruning.PruneWithOptions(u.Object, k.schema, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	defaulting.PruneNonNullableNullsWithoutDefaults(u.Object, k.schema)
	wrong, inner := objectmeta.CoerceWithOptions(nil, u.Object, k.schema, false, objectmeta.CoerceOptions{ReturnUnknownFieldPaths: true})
	if wrong != nil {
		return nil, nil, fmt.Errorf("%s: %w", wrong.Field, wrong)
	}
	u.SetGroupVersionKind(head)
	if found {
		must(objectmeta.SetObjectMeta(u.Object, meta))
	}
	defaulting.Default(u.Object, k.schema)
	u.SetManagedFields(nil) // the server makes them anew before it looks at the object
	return u, append(unknown, inner...), nil
}

func (k kind) judge(raw, before []byte) (result answer) {
	defer func() {
		if p := recover(); p != nil {
			result = answer{Decode: fmt.Sprintf("panic: %v", p)}
		}
	}()
	u, unknown, err := k.decode(raw)
	if err != nil {
		return answer{Decode: err.Error()}
	}
	namespace := ""
	if k.namespaced {
		if namespace = u.GetNamespace(); namespace == "" {
			namespace = "default"
			u.SetNamespace(namespace)
		}
	} else {
		u.SetNamespace("") // as the handler of requests does
	}
	ctx := genericrequest.WithNamespace(context.Background(), namespace)
	if before != nil {
		old, _, err := k.decode(before)
		must(err)
		old.SetNamespace(u.GetNamespace())
		rest.FillObjectMetaSystemFields(old)
		old.SetResourceVersion("1")
		u.SetResourceVersion("1")
		u.SetUID(old.GetUID())
		err = rest.BeforeUpdate(k.strategy, ctx, u, old)
		return answer{Unknown: unknown, Errors: causes(err)}
	}
	rest.FillObjectMetaSystemFields(u)
	if u.GetName() == "" && u.GetGenerateName() != "" {
		u.SetName(k.strategy.GenerateName(u.GetGenerateName()))
	}
	return answer{Unknown: unknown, Errors: causes(rest.BeforeCreate(k.strategy, ctx, runtime.Object(u)))}
}

func causes(err error) []cause {
	if err == nil {
		return nil
	}
	var status *apierrors.StatusError
	if !errors.As(err, &status) || status.ErrStatus.Details == nil {
		return []cause{{"Other", "", err.Error()}}
	}
	found := []cause{}
	for _, each := range status.ErrStatus.Details.Causes {
		if strings.HasPrefix(each.Message, "Invalid value: null: some validation rules were not checked") {
			continue
		}
		found = append(found, cause{string(each.Type), each.Field, strings.SplitN(each.Message, "\n", 2)[0]})
	}
	return found
}

func main() {
	kinds := map[string]kind{}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var row struct {
				CRD, Version string
				Object, Old  json.RawMessage
			}
			must(json.Unmarshal(line, &row))
			name := row.CRD + "#" + row.Version
			k, ok := kinds[name]
			if !ok {
				k = load(row.CRD, row.Version)
				kinds[name] = k
			}
			made, err := json.Marshal(k.judge(row.Object, row.Old))
			must(err)
			out.Write(append(made, '\n'))
		}
		if err != nil {
			return
		}
	}
}

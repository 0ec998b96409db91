// Reads lines {"policy": {...}, "object": {...}, "resource": "pods", "namespace": {...} or null, "param": {...} or null} and
// answers {"matches": bool, "denied": ["message"]}: what the API server's admission by policy says when the object is created.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	v1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/generic"
	"k8s.io/apiserver/pkg/admission/plugin/policy/matching"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/environment"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
)

type row struct {
	Policy    v1.ValidatingAdmissionPolicy `json:"policy"`
	Object    map[string]any               `json:"object"`
	Resource  string                       `json:"resource"`
	Namespace *corev1.Namespace            `json:"namespace"`
	Param     map[string]any               `json:"param"`
}

type answer struct {
	Matches bool     `json:"matches"`
	Denied  []string `json:"denied"`
	Error   string   `json:"error,omitempty"`
}

// conditions gives expressions the shape in which the compiler takes them.
func conditions[T any](items []T, shape func(*T) cel.ExpressionAccessor) []cel.ExpressionAccessor {
	made := make([]cel.ExpressionAccessor, len(items))
	for i := range items {
		made[i] = shape(&items[i])
	}
	return made
}

func compiled(policy *v1.ValidatingAdmissionPolicy) validating.Validator {
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion(), true))
	if err != nil {
		panic(err)
	}
	spec := policy.Spec
	mode := environment.StoredExpressions
	all := cel.OptionalVariableDeclarations{HasParams: spec.ParamKind != nil, HasAuthorizer: true, StrictCost: true}
	plain := cel.OptionalVariableDeclarations{HasParams: spec.ParamKind != nil, StrictCost: true}
	for _, each := range spec.Variables {
		compiler.CompileAndStoreVariable(&validating.Variable{Name: each.Name, Expression: each.Expression}, all, mode)
	}
	var matcher matchconditions.Matcher
	if len(spec.MatchConditions) > 0 {
		asked := conditions(spec.MatchConditions, func(c *v1.MatchCondition) cel.ExpressionAccessor {
			return (*matchconditions.MatchCondition)(c)
		})
		matcher = matchconditions.NewMatcher(compiler.CompileCondition(asked, all, mode), spec.FailurePolicy, "policy", "validate", policy.Name)
	}
	checks := conditions(spec.Validations, func(c *v1.Validation) cel.ExpressionAccessor {
		return &validating.ValidationCondition{Expression: c.Expression, Message: c.Message, Reason: c.Reason}
	})
	words := conditions(spec.Validations, func(c *v1.Validation) cel.ExpressionAccessor {
		if c.MessageExpression == "" {
			return nil
		}
		return &validating.MessageExpressionCondition{MessageExpression: c.MessageExpression}
	})
	return validating.NewValidator(
		compiler.CompileCondition(checks, all, mode), matcher,
		compiler.CompileCondition(nil, all, mode), compiler.CompileCondition(words, plain, mode), spec.FailurePolicy)
}

func judged(each row) answer {
	object := &unstructured.Unstructured{Object: each.Object}
	gvk := object.GroupVersionKind()
	gvr := gvk.GroupVersion().WithResource(each.Resource)
	namespace := object.GetNamespace()
	if each.Resource == "namespaces" {
		namespace = object.GetName()
	}
	indexer := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	if each.Namespace != nil {
		if err := indexer.Add(each.Namespace); err != nil {
			return answer{Error: err.Error()}
		}
	}
	options := &metav1.CreateOptions{}
	options.SetGroupVersionKind(metav1.SchemeGroupVersion.WithKind("CreateOptions"))
	attributes := admission.NewAttributesRecord(object, nil, gvk, namespace, object.GetName(), gvr, "", admission.Create, options, false, &user.DefaultInfo{})
	policies := generic.NewPolicyMatcher(matching.NewMatcher(listers.NewNamespaceLister(indexer), nil))
	interfaces := admission.NewObjectInterfacesFromScheme(runtime.NewScheme())
	matches, resource, kind, err := policies.DefinitionMatches(attributes, interfaces, validating.NewValidatingAdmissionPolicyAccessor(&each.Policy))
	if err != nil {
		return answer{Error: err.Error()}
	}
	if !matches {
		return answer{Denied: []string{}}
	}
	var param runtime.Object
	if each.Param != nil {
		param = &unstructured.Unstructured{Object: each.Param}
	}
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedObject: object, VersionedKind: schema.GroupVersionKind(kind)}
	about := each.Namespace
	if each.Resource == "namespaces" {
		about = nil
	}
	result := compiled(&each.Policy).Validate(context.Background(), resource, versioned, param, about, celconfig.RuntimeCELCostBudget, nil)
	denied := []string{}
	for _, decision := range result.Decisions {
		if decision.Action == validating.ActionDeny {
			denied = append(denied, decision.Message)
		}
	}
	return answer{Matches: true, Denied: denied}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<27)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for in.Scan() {
		var each row
		if err := json.Unmarshal(in.Bytes(), &each); err != nil {
			panic(err)
		}
		if err := encoder.Encode(judged(each)); err != nil {
			panic(err)
		}
	}
}

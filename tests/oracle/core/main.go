// Reads lines {"object": {...}, "old": {...}} and answers what the API server of this release says of the object on
// create, or on update where there is an old one: {"decode": [...], "errors": [{"field", "type", "detail"}]}.
//
// The path of a request is the server's own: strict decoding and defaults by the scheme, then the kind's strategy
// through rest.BeforeCreate and rest.BeforeUpdate (prepare, validate, canonicalize). Quotas and admission plugins are
// not asked; what allocators fill in is filled in where it would be missed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	apiextensionsinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	crd "k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	"k8s.io/kubernetes/pkg/capabilities"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/validatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/coordination/lease"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/endpoint"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolume"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/podtemplate"
	"k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
	"k8s.io/kubernetes/pkg/registry/core/resourcequota"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/discovery/endpointslice"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
	"k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	"k8s.io/kubernetes/pkg/registry/storage/storageclass"
)

type strategy interface {
	rest.RESTCreateStrategy
	rest.RESTUpdateStrategy
}

var strategies = map[string]strategy{
	"Pod": pod.Strategy, "ConfigMap": configmap.Strategy, "Secret": secret.Strategy, "Service": service.Strategy,
	"ServiceAccount": serviceaccount.Strategy, "Namespace": namespace.Strategy, "Endpoints": endpoint.Strategy,
	"PersistentVolume": persistentvolume.Strategy, "PersistentVolumeClaim": persistentvolumeclaim.Strategy,
	"LimitRange": limitrange.Strategy, "ResourceQuota": resourcequota.Strategy, "PodTemplate": podtemplate.Strategy,
	"ReplicationController": replicationcontroller.Strategy, "Deployment": deployment.Strategy,
	"StatefulSet": statefulset.Strategy, "DaemonSet": daemonset.Strategy, "ReplicaSet": replicaset.Strategy,
	"Job": job.Strategy, "CronJob": cronjob.Strategy, "HorizontalPodAutoscaler": horizontalpodautoscaler.Strategy,
	"Ingress": ingress.Strategy, "IngressClass": ingressclass.Strategy, "NetworkPolicy": networkpolicy.Strategy,
	"PodDisruptionBudget": poddisruptionbudget.Strategy, "Role": role.Strategy, "RoleBinding": rolebinding.Strategy,
	"ClusterRole": clusterrole.Strategy, "ClusterRoleBinding": clusterrolebinding.Strategy,
	"PriorityClass": priorityclass.Strategy, "StorageClass": storageclass.Strategy, "Lease": lease.Strategy,
	"EndpointSlice":                  endpointslice.Strategy,
	"MutatingWebhookConfiguration":   mutatingwebhookconfiguration.Strategy,
	"ValidatingWebhookConfiguration": validatingwebhookconfiguration.Strategy,
}

type failure struct {
	Field  string `json:"field"`
	Type   string `json:"type"`
	Detail string `json:"detail"`
}

type answer struct {
	Unknown string    `json:"unknown,omitempty"`
	Decode  []string  `json:"decode"`
	Errors  []failure `json:"errors"`
}

func decode(raw []byte) (runtime.Object, schema.GroupVersionKind, []string) {
	strict := kjson.NewSerializerWithOptions(kjson.DefaultMetaFactory, legacyscheme.Scheme, legacyscheme.Scheme,
		kjson.SerializerOptions{Strict: true})
	decoder := legacyscheme.Codecs.DecoderToVersion(strict, runtime.InternalGroupVersioner)
	object, gvk, err := decoder.Decode(raw, nil, nil)
	problems := []string{}
	if err != nil {
		if wrong, ok := runtime.AsStrictDecodingError(err); ok {
			for _, each := range wrong.Errors() {
				problems = append(problems, each.Error())
			}
		} else {
			problems = append(problems, err.Error())
			object = nil
		}
	}
	if gvk == nil {
		gvk = &schema.GroupVersionKind{}
	}
	return object, *gvk, problems
}

func validate(object, old runtime.Object, gvk schema.GroupVersionKind) error {
	found, ok := strategies[gvk.Kind]
	if gvk.Kind == "CustomResourceDefinition" {
		found, ok = crd.NewStrategy(legacyscheme.Scheme), true
	}
	if !ok {
		return fmt.Errorf("no strategy")
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		return err
	}
	ctx := request.WithNamespace(request.NewContext(), metav1.NamespaceNone)
	if found.NamespaceScoped() {
		if accessor.GetNamespace() == "" {
			accessor.SetNamespace("default")
		}
		ctx = request.WithNamespace(ctx, accessor.GetNamespace())
	}
	ctx = request.WithRequestInfo(ctx, &request.RequestInfo{
		IsResourceRequest: true, APIGroup: gvk.Group, APIVersion: gvk.Version, Verb: "create",
	})
	if allocated, ok := object.(*core.Service); ok && old == nil {
		allocate(allocated)
	}
	if old == nil {
		return guarded(func() error { rest.FillObjectMetaSystemFields(accessor); return rest.BeforeCreate(found, ctx, object) })
	}
	before, err := meta.Accessor(old)
	if err != nil {
		return err
	}
	if found.NamespaceScoped() && before.GetNamespace() == "" {
		before.SetNamespace("default")
	}
	before.SetUID("1")
	before.SetResourceVersion("1")
	before.SetCreationTimestamp(metav1.Now())
	if accessor.GetResourceVersion() == "" {
		accessor.SetResourceVersion("1")
	}
	return guarded(func() error { return rest.BeforeUpdate(found, ctx, object, old) })
}

// allocate fills in what the storage of services does before it validates.
func allocate(made *core.Service) {
	spec := &made.Spec
	if len(spec.ClusterIPs) == 0 && spec.ClusterIP != "" && spec.Type != core.ServiceTypeExternalName {
		spec.ClusterIPs = []string{spec.ClusterIP}
	}
	if spec.HealthCheckNodePort == 0 && spec.Type == core.ServiceTypeLoadBalancer &&
		spec.ExternalTrafficPolicy == core.ServiceExternalTrafficPolicyLocal {
		spec.HealthCheckNodePort = 32000
	}
}

func guarded(run func() error) (err error) {
	defer func() {
		if found := recover(); found != nil {
			err = fmt.Errorf("panic: %v", found)
		}
	}()
	return run()
}

func ask(line []byte) answer {
	var row struct {
		Object json.RawMessage `json:"object"`
		Old    json.RawMessage `json:"old"`
	}
	if err := json.Unmarshal(line, &row); err != nil {
		return answer{Unknown: err.Error()}
	}
	object, gvk, problems := decode(row.Object)
	result := answer{Decode: problems, Errors: []failure{}}
	if object == nil {
		return result
	}
	var old runtime.Object
	if len(row.Old) > 0 && string(row.Old) != "null" {
		if old, _, _ = decode(row.Old); old == nil {
			return answer{Unknown: "the old object cannot be decoded"}
		}
	}
	err := validate(object, old, gvk)
	if err == nil {
		return result
	}
	status, ok := err.(*apierrors.StatusError)
	if !ok {
		return answer{Unknown: err.Error(), Decode: problems}
	}
	if status.ErrStatus.Details == nil || len(status.ErrStatus.Details.Causes) == 0 {
		result.Errors = append(result.Errors, failure{"", string(status.ErrStatus.Reason), status.ErrStatus.Message})
		return result
	}
	for _, cause := range status.ErrStatus.Details.Causes {
		result.Errors = append(result.Errors, failure{cause.Field, string(cause.Type), cause.Message})
	}
	return result
}

func main() {
	// As every installer starts the server: --allow-privileged.
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})
	apiextensionsinstall.Install(legacyscheme.Scheme)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<27)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		line, err := json.Marshal(ask(in.Bytes()))
		if err != nil {
			panic(err)
		}
		out.Write(append(line, '\n'))
		out.Flush()
	}
}

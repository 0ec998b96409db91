package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sort"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

const apiPrefix = "/apis/serving.kserve.io/"

// plurals are the kinds that webhooks look up.
var plurals = map[string]string{
	"servingruntimes": "ServingRuntime", "clusterservingruntimes": "ClusterServingRuntime",
	"localmodelcaches": "LocalModelCache", "localmodelnamespacecaches": "LocalModelNamespaceCache",
	"localmodelnodegroups": "LocalModelNodeGroup", "inferenceservices": "InferenceService",
	"llminferenceservices": "LLMInferenceService",
}

var clusterScoped = map[string]bool{"clusterservingruntimes": true, "localmodelcaches": true, "localmodelnodegroups": true}

// cluster is the API server that webhooks ask: a ConfigMap, and the objects of one question.
type cluster struct {
	server    *httptest.Server
	config    map[string]string
	laid      map[string]string
	objects   []metav1.PartialObjectMetadata
	raw       map[string]json.RawMessage
	client    client.Client
	clientset kubernetes.Interface
}

func newCluster(config string) (*cluster, error) {
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, err
	}
	read := struct {
		Data map[string]string `json:"data"`
	}{}
	if err := yaml.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	c := &cluster{config: read.Data}
	c.server = httptest.NewServer(http.HandlerFunc(c.serve))
	// The defaulter of services finds its server by itself.
	file, err := os.CreateTemp("", "kubeconfig")
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(file, `{"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": [{"name": "c", "cluster": {"server": %q}}],
		"contexts": [{"name": "c", "context": {"cluster": "c"}}]}`, c.server.URL)
	file.Close()
	os.Setenv("KUBECONFIG", file.Name())
	to := &rest.Config{Host: c.server.URL, QPS: -1}
	if c.client, err = client.New(to, client.Options{Scheme: scheme.Scheme}); err != nil {
		return nil, err
	}
	c.clientset, err = kubernetes.NewForConfig(to)
	return c, err
}

func (c *cluster) close() {
	c.server.Close()
	os.Remove(os.Getenv("KUBECONFIG"))
}

// hold makes the cluster that of a question; on update the object before is there, too.
func (c *cluster) hold(q *question) error {
	c.objects, c.raw, c.laid = nil, map[string]json.RawMessage{}, map[string]string{}
	existing := q.Existing
	if len(q.Old) > 0 && string(q.Old) != "null" {
		existing = append([]json.RawMessage{q.Old}, existing...)
	}
	for _, raw := range existing {
		head := metav1.PartialObjectMetadata{}
		if err := json.Unmarshal(raw, &head); err != nil {
			return err
		}
		key := keyOf(head.Kind, head.Namespace, head.Name)
		if _, there := c.raw[key]; !there {
			c.objects, c.raw[key] = append(c.objects, head), raw
		}
	}
	// A server lists by namespace and name.
	sort.SliceStable(c.objects, func(i, j int) bool {
		a, b := c.objects[i], c.objects[j]
		return a.Namespace < b.Namespace || (a.Namespace == b.Namespace && a.Name < b.Name)
	})
	for section, over := range q.Config {
		values := map[string]any{}
		if text := c.config[section]; text != "" {
			if err := json.Unmarshal([]byte(text), &values); err != nil {
				return err
			}
		}
		for name, value := range over {
			values[name] = value
		}
		text, err := json.Marshal(values)
		if err != nil {
			return err
		}
		c.laid[section] = string(text)
	}
	return nil
}

func keyOf(kind, namespace, name string) string { return kind + "/" + namespace + "/" + name }

func (c *cluster) serve(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/configmaps/inferenceservice-config"):
		data := map[string]string{}
		for section, text := range c.config {
			data[section] = text
		}
		for section, text := range c.laid {
			data[section] = text
		}
		write(w, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": data,
			"metadata": map[string]any{"name": "inferenceservice-config", "namespace": "kserve"}})
	case path == "/api":
		write(w, metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
	case path == "/api/v1":
		write(w, metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: "v1",
			APIResources: []metav1.APIResource{{Name: "configmaps", Kind: "ConfigMap", Namespaced: true, Verbs: []string{"get", "list"}}}})
	case path == "/apis":
		write(w, metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{group()}})
	case path == strings.TrimSuffix(apiPrefix, "/"):
		write(w, group())
	case strings.HasPrefix(path, apiPrefix):
		c.serving(w, strings.Split(strings.TrimPrefix(path, apiPrefix), "/"))
	default:
		http.NotFound(w, r)
	}
}

func versions() []string { return []string{"v1alpha1", "v1alpha2", "v1beta1"} }

func group() metav1.APIGroup {
	made := metav1.APIGroup{TypeMeta: metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}, Name: "serving.kserve.io"}
	for _, version := range versions() {
		made.Versions = append(made.Versions, metav1.GroupVersionForDiscovery{GroupVersion: made.Name + "/" + version, Version: version})
	}
	made.PreferredVersion = made.Versions[0]
	return made
}

// serving answers about the group's resources: a version's list of them, a list of objects, or one.
func (c *cluster) serving(w http.ResponseWriter, steps []string) {
	version := steps[0]
	if len(steps) == 1 {
		made := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: "serving.kserve.io/" + version}
		for plural, kind := range plurals {
			made.APIResources = append(made.APIResources, metav1.APIResource{
				Name: plural, Kind: kind, Namespaced: !clusterScoped[plural], Verbs: []string{"get", "list"}})
		}
		write(w, made)
		return
	}
	namespace := ""
	if steps[1] == "namespaces" && len(steps) > 3 {
		namespace, steps = steps[2], steps[2:]
	}
	kind := plurals[steps[1]]
	items := []json.RawMessage{}
	for _, head := range c.objects {
		raw := c.raw[keyOf(head.Kind, head.Namespace, head.Name)]
		if head.Kind != kind || (namespace != "" && head.Namespace != namespace) {
			continue
		}
		if len(steps) > 2 && head.Name == steps[2] {
			write(w, raw)
			return
		}
		items = append(items, raw)
	}
	if len(steps) > 2 {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure",
			Reason: metav1.StatusReasonNotFound, Code: 404, Message: steps[1] + " \"" + steps[2] + "\" not found",
			Details: &metav1.StatusDetails{Name: steps[2], Group: "serving.kserve.io", Kind: steps[1]}})
		return
	}
	write(w, map[string]any{"apiVersion": "serving.kserve.io/" + version, "kind": kind + "List", "metadata": map[string]any{}, "items": items})
}

func write(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

// What KServe's own webhooks of a release make of objects: for each line of JSON on standard input, one on standard output.
//
//	{"id", "operation": "CREATE" | "UPDATE", "object", "old", "existing": [...], "config": {section: {name: value}}}
//	{"id", "allowed", "stage": "decode" | "mutate" | "validate" | "none", "code", "errors": [...], "panic", "warnings": [...],
//	 "defaulted"}
//
// `existing` are the other objects of the cluster that a webhook may look up (runtimes, local model caches, node groups);
// `config` is laid over sections of the ConfigMap inferenceservice-config, read from the program's own path + ".yaml".
//
// The request takes the way it takes in a cluster: controller-runtime's handlers around the release's defaulters and
// validators, which ask a little API server of ours. A panic is told as such: the caller of a webhook sees an error of the
// server, which under the failure policy Fail refuses the object, too.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/go-logr/logr"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

type question struct {
	ID        any                       `json:"id"`
	Operation admissionv1.Operation     `json:"operation"`
	Object    json.RawMessage           `json:"object"`
	Old       json.RawMessage           `json:"old"`
	Existing  []json.RawMessage         `json:"existing"`
	Config    map[string]map[string]any `json:"config"`
}

type answer struct {
	ID        any             `json:"id"`
	Allowed   bool            `json:"allowed"`
	Stage     string          `json:"stage"`
	Code      int32           `json:"code,omitempty"`
	Errors    []string        `json:"errors,omitempty"`
	Panic     string          `json:"panic,omitempty"`
	Warnings  []string        `json:"warnings,omitempty"`
	Defaulted json.RawMessage `json:"defaulted,omitempty"`
}

// hooks are the webhooks of a kind; each may be nil.
type hooks struct {
	mutate   admission.Handler
	validate admission.Handler
}

func defaulter(object runtime.Object, by webhook.CustomDefaulter) admission.Handler {
	return admission.WithCustomDefaulter(scheme.Scheme, object, by)
}

func validator(object runtime.Object, by webhook.CustomValidator) admission.Handler {
	return admission.WithCustomValidator(scheme.Scheme, object, by)
}

func handle(by admission.Handler, request admission.Request) (response admission.Response, panicked string) {
	defer func() {
		if found := recover(); found != nil {
			panicked = fmt.Sprint(found)
			response = admission.Errored(500, fmt.Errorf("panic: %v", found))
		}
	}()
	return by.Handle(logr.NewContext(context.Background(), logr.Discard()), request), ""
}

// errors are the causes of a refusal where it has some, else its text.
func errors(result *metav1.Status) []string {
	if result == nil {
		return nil
	}
	found := []string{}
	if result.Details != nil {
		for _, cause := range result.Details.Causes {
			found = append(found, fmt.Sprintf("%s: %s", cause.Field, cause.Message))
		}
	}
	if len(found) == 0 {
		text := result.Message
		if text == "" {
			text = string(result.Reason)
		}
		found = append(found, text)
	}
	return found
}

func (a *answer) take(stage string, response admission.Response, panicked string) {
	a.Stage, a.Allowed, a.Panic = stage, response.Allowed, panicked
	a.Warnings = append(a.Warnings, response.Warnings...)
	if response.Allowed {
		return
	}
	a.Errors = errors(response.Result)
	if response.Result != nil {
		a.Code = response.Result.Code
	}
	if a.Code == 500 && a.Panic == "" && len(a.Errors) > 0 {
		// Newer controller-runtime catches panics itself.
		fmt.Sscanf(a.Errors[0], "panic: %s", &a.Panic)
	}
	if a.Code == 400 {
		a.Stage = "decode"
	}
}

func apply(raw []byte, response admission.Response) ([]byte, error) {
	if len(response.Patch) == 0 && len(response.Patches) == 0 {
		return raw, nil
	}
	patch := response.Patch
	if len(patch) == 0 {
		made, err := json.Marshal(response.Patches)
		if err != nil {
			return nil, err
		}
		patch = made
	}
	decoded, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return nil, err
	}
	return decoded.Apply(raw)
}

func (q *question) request(raw []byte) (admission.Request, schema.GroupVersionKind, error) {
	head := metav1.PartialObjectMetadata{}
	if err := json.Unmarshal(raw, &head); err != nil {
		return admission.Request{}, schema.GroupVersionKind{}, err
	}
	gvk := head.GroupVersionKind()
	request := admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		UID: "1", Kind: metav1.GroupVersionKind(gvk), Operation: q.Operation, Name: head.Name, Namespace: head.Namespace,
		Object: runtime.RawExtension{Raw: raw},
	}}
	if q.Operation == admissionv1.Update {
		request.OldObject = runtime.RawExtension{Raw: q.Old}
	}
	return request, gvk, nil
}

func (q *question) ask(kinds map[schema.GroupVersionKind]hooks) (a answer) {
	a = answer{ID: q.ID, Allowed: true, Stage: "none", Defaulted: q.Object}
	if q.Operation == "" {
		q.Operation = admissionv1.Create
	}
	request, gvk, err := q.request(q.Object)
	if err != nil {
		return answer{ID: q.ID, Stage: "decode", Errors: []string{err.Error()}}
	}
	found := kinds[gvk]
	if found.mutate != nil {
		response, panicked := handle(found.mutate, request)
		a.take("mutate", response, panicked)
		if !a.Allowed {
			return a
		}
		made, err := apply(q.Object, response)
		if err != nil {
			return answer{ID: q.ID, Stage: "mutate", Errors: []string{"patch: " + err.Error()}}
		}
		a.Defaulted = made
		request.Object.Raw = made
	}
	if found.validate != nil {
		response, panicked := handle(found.validate, request)
		a.take("validate", response, panicked)
	}
	return a
}

func main() {
	log.SetOutput(io.Discard)
	klog.SetLogger(logr.Discard())
	logf.SetLogger(logr.Discard())
	cluster, err := newCluster(os.Args[0] + ".yaml")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer cluster.close()
	kinds := webhooks(cluster)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := bufio.NewReader(os.Stdin)
	for {
		line, readErr := lines.ReadBytes('\n')
		if len(line) > 1 {
			q := question{}
			made := answer{}
			if err := json.Unmarshal(line, &q); err != nil {
				made = answer{Stage: "decode", Errors: []string{err.Error()}}
			} else if err := cluster.hold(&q); err != nil {
				made = answer{ID: q.ID, Stage: "decode", Errors: []string{err.Error()}}
			} else {
				made = q.ask(kinds)
			}
			text, err := json.Marshal(made)
			if err != nil {
				text, _ = json.Marshal(answer{ID: q.ID, Stage: "decode", Errors: []string{err.Error()}})
			}
			out.Write(append(text, '\n'))
			if readErr == nil && lines.Buffered() == 0 {
				out.Flush()
			}
		}
		if readErr != nil {
			return
		}
	}
}

// Reads CustomResourceDefinitions, one JSON document a line, and answers {"errors": ["path: message"]}:
// what the API server says when one is created.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime"
)

func verdict(scheme *runtime.Scheme, line []byte) []string {
	var v1 apiextensionsv1.CustomResourceDefinition
	if err := json.Unmarshal(line, &v1); err != nil {
		return []string{"decode: " + err.Error()}
	}
	scheme.Default(&v1)
	var crd apiextensions.CustomResourceDefinition
	if err := scheme.Convert(&v1, &crd, nil); err != nil {
		return []string{"convert: " + err.Error()}
	}
	crd.Status.StoredVersions = []string{}
	for _, version := range crd.Spec.Versions {
		if version.Storage {
			crd.Status.StoredVersions = append(crd.Status.StoredVersions, version.Name)
		}
	}
	found := []string{}
	for _, err := range validation.ValidateCustomResourceDefinition(context.Background(), &crd) {
		if err.Field != "status.storedVersions" {
			found = append(found, err.Field+": "+err.ErrorBody())
		}
	}
	return found
}

func main() {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<27)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for in.Scan() {
		if err := encoder.Encode(map[string][]string{"errors": verdict(scheme, in.Bytes())}); err != nil {
			panic(err)
		}
	}
}

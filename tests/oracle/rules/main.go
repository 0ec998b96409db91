// Reads lines {"schema": FILE, "object": {...}} and answers {"errors": ["path: message"]}:
// what the server's rules of a custom kind say, after its defaults.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

type kind struct {
	schema    *structuralschema.Structural
	validator *cel.Validator
}

func load(file string) kind {
	data, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	var v1 apiextensionsv1.JSONSchemaProps
	if err := json.Unmarshal(data, &v1); err != nil {
		panic(err)
	}
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&v1, &internal, nil); err != nil {
		panic(err)
	}
	s, err := structuralschema.NewStructural(&internal)
	if err != nil {
		panic(err)
	}
	return kind{s, cel.NewValidator(s, true, celconfig.PerCallLimit)}
}

func main() {
	kinds := map[string]kind{}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<27)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var row struct {
			Schema string          `json:"schema"`
			Object json.RawMessage `json:"object"`
		}
		if err := json.Unmarshal(in.Bytes(), &row); err != nil {
			panic(err)
		}
		k, ok := kinds[row.Schema]
		if !ok {
			k = load(row.Schema)
			kinds[row.Schema] = k
		}
		var object map[string]interface{}
		if err := utiljson.Unmarshal(row.Object, &object); err != nil {
			panic(err)
		}
		defaulting.Default(object, k.schema)
		errors := []string{}
		if k.validator != nil {
			found, _ := k.validator.Validate(context.Background(), nil, k.schema, object, nil, celconfig.RuntimeCELCostBudget)
			for _, err := range found {
				detail := err.Detail
				if i := strings.Index(detail, "\n"); i > 0 {
					detail = detail[:i]
				}
				errors = append(errors, err.Field+": "+detail)
			}
		}
		line, _ := json.Marshal(map[string]interface{}{"errors": errors})
		out.Write(append(line, '\n'))
	}
}

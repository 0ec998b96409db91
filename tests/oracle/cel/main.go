// Reads lines {"expr": TEXT, "vars": {...}} and answers with the value, its type and cost, or the error:
// what the environment of Kubernetes 1.34 makes of an expression.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
)

type req struct {
	Expr string                 `json:"expr"`
	Vars map[string]interface{} `json:"vars"`
}

func norm(v interface{}) interface{} {
	switch t := v.(type) {
	case json.Number:
		if i, err := t.Int64(); err == nil && !strings.ContainsAny(string(t), ".eE") {
			return i
		}
		f, _ := t.Float64()
		return f
	case map[string]interface{}:
		for k := range t {
			t[k] = norm(t[k])
		}
	case []interface{}:
		for i := range t {
			t[i] = norm(t[i])
		}
	}
	return v
}

func show(v ref.Val) string {
	switch t := v.(type) {
	case types.Int:
		return fmt.Sprintf("int:%d", int64(t))
	case types.Uint:
		return fmt.Sprintf("uint:%d", uint64(t))
	case types.Double:
		return fmt.Sprintf("double:%v", float64(t))
	case types.String:
		b, _ := json.Marshal(string(t))
		return "string:" + string(b)
	case types.Bytes:
		return fmt.Sprintf("bytes:%x", []byte(t))
	case types.Bool:
		return fmt.Sprintf("bool:%v", bool(t))
	case types.Null:
		return "null"
	case types.Timestamp:
		return fmt.Sprintf("timestamp:%d.%09d", t.Unix(), t.Nanosecond())
	case types.Duration:
		return fmt.Sprintf("duration:%d", int64(t.Duration))
	case *types.Optional:
		if t.HasValue() {
			return "optional(" + show(t.GetValue()) + ")"
		}
		return "optional.none"
	case traits.Lister:
		n := int(t.Size().(types.Int))
		out := []string{}
		for i := 0; i < n; i++ {
			out = append(out, show(t.Get(types.Int(i))))
		}
		return "[" + strings.Join(out, ", ") + "]"
	case traits.Mapper:
		out := []string{}
		for it := t.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			out = append(out, show(k)+": "+show(t.Get(k)))
		}
		sort.Strings(out)
		return "{" + strings.Join(out, ", ") + "}"
	}
	if tt, ok := v.(ref.Type); ok {
		return "type:" + tt.TypeName()
	}
	if s, ok := v.Value().(fmt.Stringer); ok {
		return v.Type().TypeName() + ":" + s.String()
	}
	return fmt.Sprintf("%s:%v", v.Type().TypeName(), v.Value())
}

func run(base *environment.EnvSet, r req) map[string]interface{} {
	opts := []cel.EnvOption{}
	for k := range r.Vars {
		opts = append(opts, cel.Variable(k, cel.DynType))
	}
	es, err := base.Extend(environment.VersionedOptions{IntroducedVersion: version.MajorMinor(1, 0), EnvOptions: opts})
	if err != nil {
		return map[string]interface{}{"bug": err.Error()}
	}
	env := es.StoredExpressionsEnv()
	ast, iss := env.Compile(r.Expr)
	if iss.Err() != nil {
		return map[string]interface{}{"compile": iss.Err().Error()}
	}
	prog, err := env.Program(ast, cel.CostLimit(1000000), cel.EvalOptions(cel.OptOptimize, cel.OptTrackCost))
	if err != nil {
		return map[string]interface{}{"compile": err.Error()}
	}
	vars := map[string]interface{}{}
	for k, v := range r.Vars {
		vars[k] = norm(v)
	}
	v, det, err := prog.Eval(vars)
	if err != nil {
		return map[string]interface{}{"error": err.Error()}
	}
	out := map[string]interface{}{"value": show(v), "type": ast.OutputType().String()}
	if det != nil && det.ActualCost() != nil {
		out["cost"] = *det.ActualCost()
	}
	return out
}

func main() {
	base := environment.MustBaseEnvSet(version.MajorMinor(1, 34), true)
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(make([]byte, 1<<20), 1<<26)
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	for sc.Scan() {
		var r req
		d := json.NewDecoder(strings.NewReader(sc.Text()))
		d.UseNumber()
		if err := d.Decode(&r); err != nil {
			panic(err)
		}
		b, _ := json.Marshal(run(base, r))
		w.Write(b)
		w.WriteByte('\n')
	}
}

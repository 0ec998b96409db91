// Reads lines {"text": TEXT} and answers what kubectl and a server of Kubernetes 1.34 read in it:
// {"documents": [{"json": VALUE, "strict": BOOL, "more": BOOL} or {"error": TEXT}]}.
//
// Texts are split into documents as kubectl splits them; "strict" is false where strict decoding, which is kubectl's own
// since it asks for strict field validation, refuses what lenient decoding takes (keys said twice). "more" is true where
// text follows that is not read at all.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"

	goyaml "go.yaml.in/yaml/v2"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

type document struct {
	JSON   json.RawMessage `json:"json,omitempty"`
	Strict bool            `json:"strict"`
	More   bool            `json:"more,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func read(text []byte) (d document) {
	defer func() {
		if p := recover(); p != nil {
			d = document{Error: "panic"}
		}
	}()
	made, err := yaml.YAMLToJSON(text)
	if err != nil {
		return document{Error: err.Error()}
	}
	_, err = yaml.YAMLToJSONStrict(text)
	return document{JSON: made, Strict: err == nil, More: more(text)}
}

func more(text []byte) bool {
	decoder := goyaml.NewDecoder(bytes.NewReader(text))
	var value interface{}
	if decoder.Decode(&value) != nil {
		return false
	}
	return decoder.Decode(&value) != io.EOF
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var row struct{ Text string }
			if err := json.Unmarshal(line, &row); err != nil {
				panic(err)
			}
			documents := []document{}
			split := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader([]byte(row.Text))))
			for {
				text, err := split.Read()
				if err == io.EOF {
					break
				}
				if err != nil {
					documents = append(documents, document{Error: err.Error()})
					break
				}
				documents = append(documents, read(text))
			}
			made, err := json.Marshal(map[string]interface{}{"documents": documents})
			if err != nil {
				panic(err)
			}
			out.Write(append(made, '\n'))
		}
		if err != nil {
			return
		}
	}
}

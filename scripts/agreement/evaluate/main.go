// The reference for values: OpenTofu's own functions on HCL's own evaluator.
//
// It imports packages that OpenTofu keeps to itself, so `scripts/agreement/run --record` copies it into a tree of
// OpenTofu's sources and builds it there. Arguments: the folder that file functions read, and the file of attributes
// that expressions see as `local.NAME`. Reads one JSON object a line ({"ID": ..., "Text": ...}); writes for each
// {"id", "type", "value"} as cty's JSON, or {"id", "error"}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/opentofu/opentofu/internal/lang"
	"github.com/opentofu/opentofu/internal/lang/marks"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

type answer struct {
	ID    string          `json:"id"`
	Type  json.RawMessage `json:"type,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	Marks []string        `json:"marks,omitempty"`
	Error string          `json:"error,omitempty"`
}

func main() {
	if os.Args[1] == "--names" {
		for name := range (&lang.Scope{}).Functions() {
			fmt.Println(name)
		}
		return
	}
	base, locals := os.Args[1], os.Args[2]
	now, err := time.Parse(time.RFC3339, "2017-11-22T00:00:00Z")
	check(err)
	scope := &lang.Scope{BaseDir: base, PlanTimestamp: now}
	context := &hcl.EvalContext{Functions: scope.Functions()}
	context.Variables = map[string]cty.Value{"local": readLocals(locals, context)}
	here := cty.StringVal(".")
	context.Variables["path"] = cty.ObjectVal(map[string]cty.Value{"module": here, "root": here})
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<28)
	for in.Scan() {
		var c struct{ ID, Text string }
		check(json.Unmarshal(in.Bytes(), &c))
		line, err := json.Marshal(evaluate(c.ID, c.Text, context))
		check(err)
		out.Write(append(line, '\n'))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Attributes in source order; each sees those before it.
func readLocals(path string, context *hcl.EvalContext) cty.Value {
	text, err := os.ReadFile(path)
	check(err)
	file, problems := hclsyntax.ParseConfig(text, path, hcl.InitialPos)
	if problems.HasErrors() {
		check(problems)
	}
	var attributes []*hclsyntax.Attribute
	for _, attribute := range file.Body.(*hclsyntax.Body).Attributes {
		attributes = append(attributes, attribute)
	}
	sort.Slice(attributes, func(i, j int) bool { return attributes[i].SrcRange.Start.Byte < attributes[j].SrcRange.Start.Byte })
	found := map[string]cty.Value{}
	for _, attribute := range attributes {
		context.Variables = map[string]cty.Value{"local": cty.ObjectVal(found)}
		value, problems := attribute.Expr.Value(context)
		if problems.HasErrors() {
			check(problems)
		}
		found[attribute.Name] = value
	}
	return cty.ObjectVal(found)
}

func evaluate(id, text string, context *hcl.EvalContext) (got answer) {
	got.ID = id
	defer func() {
		if cause := recover(); cause != nil {
			got = answer{ID: id, Error: fmt.Sprintf("panic: %v", cause)}
		}
	}()
	expression, problems := hclsyntax.ParseExpression([]byte(text), "case", hcl.InitialPos)
	if problems.HasErrors() {
		got.Error = problems.Errs()[0].Error()
		return got
	}
	value, problems := expression.Value(context)
	if problems.HasErrors() {
		got.Error = problems.Errs()[0].Error()
		return got
	}
	value, paths := value.UnmarkDeepWithPaths()
	for _, path := range paths {
		for mark := range path.Marks {
			if mark == marks.Sensitive {
				got.Marks = []string{"sensitive"}
			}
		}
	}
	if !value.IsWhollyKnown() {
		got.Error = "unknown"
		return got
	}
	kind, err := ctyjson.MarshalType(value.Type())
	check(err)
	data, err := ctyjson.Marshal(value, value.Type())
	if err != nil {
		got.Error = "not representable: " + err.Error()
		return got
	}
	got.Type, got.Value = kind, data
	return got
}

// The reference for parsing: the parser that OpenTofu 1.11 uses (its fork of HCL).
//
// Reads one JSON object a line ({"ID": ..., "Text": ..., "Expression": whether it is one rather than a body), writes
// "id accept" or "id reject message".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<28)
	for in.Scan() {
		var c struct {
			ID, Text   string
			Expression bool
		}
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if problems := parse(c.Text, c.Expression); problems.HasErrors() {
			fmt.Printf("%s reject %q\n", c.ID, problems.Errs()[0].Error())
		} else {
			fmt.Printf("%s accept\n", c.ID)
		}
	}
}

func parse(text string, expression bool) hcl.Diagnostics {
	if expression {
		_, problems := hclsyntax.ParseExpression([]byte(text), "case", hcl.InitialPos)
		return problems
	}
	_, problems := hclsyntax.ParseConfig([]byte(text), "case", hcl.InitialPos)
	return problems
}

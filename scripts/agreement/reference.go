// The reference for scripts/agreement/run: HCL's own parser.
//
// Reads one JSON object a line ({"id": ..., "text": ...}), writes "id accept" or "id reject message".
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
		var c struct{ ID, Text string }
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_, problems := hclsyntax.ParseConfig([]byte(c.Text), "case", hcl.InitialPos)
		if problems.HasErrors() {
			fmt.Printf("%s reject %q\n", c.ID, problems.Errs()[0].Error())
		} else {
			fmt.Printf("%s accept\n", c.ID)
		}
	}
}

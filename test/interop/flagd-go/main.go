// Answers questions with flagd's own evaluator, a line of JSON for each line of JSON:
//
//	{"definition": …}              takes a flag definition
//	{"flag": "key", "context": …}  evaluates a flag of it
//	{"logic": …, "context": …}     applies targeting alone, for the flag "flag"
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"

	"github.com/diegoholiveira/jsonlogic/v3"
	"github.com/open-feature/flagd/core/pkg/evaluator"
	"github.com/open-feature/flagd/core/pkg/logger"
	"github.com/open-feature/flagd/core/pkg/store"
	"github.com/open-feature/flagd/core/pkg/sync"
	"go.uber.org/zap"
)

const source = "stdin"

type question struct {
	Definition json.RawMessage `json:"definition"`
	Flag       string          `json:"flag"`
	Context    json.RawMessage `json:"context"`
	Logic      json.RawMessage `json:"logic"`
}

type answer struct {
	Value   any    `json:"value"`
	Variant string `json:"variant"`
	Reason  string `json:"reason"`
	Error   string `json:"error"`
}

func main() {
	silent := logger.NewLogger(zap.NewNop(), false)
	flags := newEvaluator(silent)
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		must(json.Unmarshal(line, &asked))
		switch {
		case asked.Definition != nil:
			flags = newEvaluator(silent)
			must(out.Encode(answer{Error: text(flags.SetState(sync.DataSync{FlagData: string(asked.Definition), Source: source}))}))
		case asked.Logic != nil:
			var result bytes.Buffer
			err := jsonlogic.Apply(bytes.NewReader(asked.Logic), bytes.NewReader(asked.Context), &result)
			must(out.Encode(answer{Value: strings.TrimSpace(result.String()), Error: text(err)}))
		default:
			var attributes map[string]any
			must(json.Unmarshal(asked.Context, &attributes))
			found := flags.ResolveAsAnyValue(context.Background(), "", asked.Flag, attributes)
			must(out.Encode(answer{found.Value, found.Variant, found.Reason, text(found.Error)}))
		}
	}
}

func newEvaluator(log *logger.Logger) *evaluator.JSON {
	flags, err := store.NewStore(log, []string{source})
	must(err)
	return evaluator.NewJSON(log, flags)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

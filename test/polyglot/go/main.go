// Assigns the users of a file to the flags of a core, by the way that the configuration names. Writes values by flag.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	flagd "github.com/open-feature/go-sdk-contrib/providers/flagd/pkg"
	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

type config struct {
	Mode        string   `json:"mode"`
	HTTPURL     string   `json:"httpUrl"`
	GrpcPort    uint16   `json:"grpcPort"`
	FlagdPort   uint16   `json:"flagdPort"`
	Key         string   `json:"key"`
	UsersFile   string   `json:"usersFile"`
	OutFile     string   `json:"outFile"`
	Flags       []string `json:"flags"`
	CodeDefault string   `json:"codeDefault"`
	Documents   int      `json:"documents"`
}

type answers map[string][]string

func main() {
	settings, err := readConfig(os.Args[1])
	if err == nil {
		err = run(settings)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readConfig(file string) (config, error) {
	var settings config
	text, err := os.ReadFile(file)
	if err != nil {
		return settings, err
	}
	return settings, json.Unmarshal(text, &settings)
}

func run(settings config) error {
	users, err := readUsers(settings.UsersFile)
	if err != nil {
		return err
	}
	var got answers
	switch settings.Mode {
	case "flagd-rpc":
		provider, problem := flagd.NewProvider(flagd.WithHost("127.0.0.1"), flagd.WithPort(settings.FlagdPort), flagd.WithRPCResolver())
		got, err = byProvider(provider, problem, settings, users)
	case "flagd-in-process":
		// The key is the selector, which this provider sends as metadata.
		provider, problem := flagd.NewProvider(flagd.WithHost("127.0.0.1"), flagd.WithPort(settings.GrpcPort), flagd.WithInProcessResolver(), flagd.WithSelector(settings.Key))
		got, err = byProvider(provider, problem, settings, users)
	case "ofrep":
		provider := ofrep.NewProvider(settings.HTTPURL, ofrep.WithBearerToken(settings.Key))
		got, err = byProvider(provider, nil, settings, users)
	case "stubs":
		got, err = byStubs(settings, users)
	default:
		err = fmt.Errorf("no mode %q", settings.Mode)
	}
	if err != nil {
		return err
	}
	text, err := json.Marshal(got)
	if err != nil {
		return err
	}
	return os.WriteFile(settings.OutFile, text, 0o600)
}

func readUsers(path string) ([]map[string]any, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var users []map[string]any
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var user map[string]any
		if err := json.Unmarshal(lines.Bytes(), &user); err != nil {
			return nil, err
		}
		users = append(users, user)
	}
	return users, lines.Err()
}

func byProvider(provider openfeature.FeatureProvider, problem error, settings config, users []map[string]any) (answers, error) {
	if problem != nil {
		return nil, problem
	}
	if err := openfeature.SetProviderAndWait(provider); err != nil {
		return nil, err
	}
	defer openfeature.Shutdown()
	client := openfeature.NewClient("polyglot")
	got := answers{}
	for _, flag := range settings.Flags {
		for _, user := range users {
			attributes := map[string]any{}
			for name, value := range user {
				if name != "targetingKey" {
					attributes[name] = value
				}
			}
			evaluation := openfeature.NewEvaluationContext(user["targetingKey"].(string), attributes)
			// An error is an answer, too: the default of the code.
			value, _ := client.StringValue(context.Background(), flag, settings.CodeDefault, evaluation)
			got[flag] = append(got[flag], value)
		}
	}
	return got, nil
}

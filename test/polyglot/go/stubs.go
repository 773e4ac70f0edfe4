package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/structpb"

	flags "polyglot/gen/flags/v1"
)

// Evaluates, watches and records with code that is generated out of proto/.
func byStubs(settings config, users []map[string]any) (answers, error) {
	connection, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", settings.GrpcPort), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+settings.Key))
	defer cancel()
	if err := watch(ctx, connection, settings.Documents); err != nil {
		return nil, err
	}
	if err := record(ctx, connection); err != nil {
		return nil, err
	}
	return evaluate(ctx, flags.NewFlagServiceClient(connection), settings, users)
}

func evaluate(ctx context.Context, client flags.FlagServiceClient, settings config, users []map[string]any) (answers, error) {
	got := answers{}
	for _, flag := range settings.Flags {
		for _, user := range users {
			evaluation, err := structpb.NewStruct(user)
			if err != nil {
				return nil, err
			}
			response, err := client.Evaluate(ctx, &flags.EvaluateRequest{FlagKey: flag, Context: evaluation})
			if err != nil {
				return nil, err
			}
			value := settings.CodeDefault
			if response.Value != nil {
				value = response.Value.GetStringValue()
			}
			got[flag] = append(got[flag], value)
		}
	}
	return got, nil
}

func watch(ctx context.Context, connection *grpc.ClientConn, documents int) error {
	stream, err := flags.NewSyncServiceClient(connection).Watch(ctx, &flags.WatchRequest{})
	if err != nil {
		return err
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if count := len(first.GetSnapshot().GetDocuments()); count != documents {
		return fmt.Errorf("%d documents in the snapshot, %d expected", count, documents)
	}
	return nil
}

func record(ctx context.Context, connection *grpc.ClientConn) error {
	metric := &flags.MetricEvent{Name: "purchase", Units: map[string]string{"user": "müller"}}
	event := &flags.Event{TimeMs: 1_700_000_000_000, Body: &flags.Event_Metric{Metric: metric}}
	request := &flags.RecordRequest{InstanceId: "go", Sequence: 1, Events: []*flags.Event{event}}
	client := flags.NewEventServiceClient(connection)
	for _, duplicate := range []bool{false, true} {
		response, err := client.Record(ctx, request)
		if err != nil {
			return err
		}
		if response.GetDuplicate() != duplicate {
			return fmt.Errorf("duplicate is %v", response.GetDuplicate())
		}
	}
	return nil
}

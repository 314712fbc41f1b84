package publicip_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// releaseType is the type of the resource and of the action.
const releaseType = "alicloud_ecs_public_ip_release"

// actionServer is a configured provider, called over the plugin protocol.
type actionServer struct {
	tfprotov6.ActionServer
	actionType tftypes.Object
}

// startActions configures a provider for an endpoint; nil leaves it without
// credentials.
func startActions(t *testing.T, endpoint *ecsmock.Server) actionServer {
	t.Helper()
	server, schemas := configured(t, endpoint)
	return actionsOf(t, server, schemas)
}

func actionsOf(t *testing.T, server tfprotov6.ProviderServer, schemas *tfprotov6.GetProviderSchemaResponse) actionServer {
	t.Helper()
	actions, ok := server.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the provider serves no actions")
	}
	return actionServer{actions, objectType(t, schemas.ActionSchemas[releaseType].Schema.ValueType())}
}

// configured is a provider that is configured for an endpoint, or without
// credentials if there is none, and its schemas.
func configured(t *testing.T, endpoint *ecsmock.Server) (tfprotov6.ProviderServer, *tfprotov6.GetProviderSchemaResponse) {
	t.Helper()
	server, err := acctest.Factories["alicloud"]()
	if err != nil {
		t.Fatal(err)
	}
	return server, configure(t, server, endpoint)
}

func configure(t *testing.T, server tfprotov6.ProviderServer, endpoint *ecsmock.Server) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	block := objectType(t, schemas.Provider.ValueType())
	values := map[string]tftypes.Value{"region": tftypes.NewValue(tftypes.String, acctest.Region)}
	if endpoint != nil {
		values["access_key"] = tftypes.NewValue(tftypes.String, acctest.AccessKey)
		values["secret_key"] = tftypes.NewValue(tftypes.String, acctest.SecretKey)
		list, ok := block.AttributeTypes["endpoints"].(tftypes.List)
		if !ok {
			t.Fatal("endpoints is not a list")
		}
		values["endpoints"] = tftypes.NewValue(list, []tftypes.Value{
			object(t, list.ElementType, map[string]tftypes.Value{"ecs": tftypes.NewValue(tftypes.String, endpoint.URL())}),
		})
	}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: dynamic(t, object(t, block, values))})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("the provider is not configured: %v, %+v", err, resp)
	}
	return schemas
}

func objectType(t *testing.T, of tftypes.Type) tftypes.Object {
	t.Helper()
	object, ok := of.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", of)
	}
	return object
}

// object fills in nulls, and empty lists and sets, for what is not given.
func object(t *testing.T, of tftypes.Type, values map[string]tftypes.Value) tftypes.Value {
	t.Helper()
	typed := objectType(t, of)
	all := map[string]tftypes.Value{}
	for name, attribute := range typed.AttributeTypes {
		switch attribute.(type) {
		case tftypes.List, tftypes.Set:
			all[name] = tftypes.NewValue(attribute, []tftypes.Value{})
		default:
			all[name] = tftypes.NewValue(attribute, nil)
		}
		if value, ok := values[name]; ok {
			all[name] = value
		}
	}
	return tftypes.NewValue(typed, all)
}

func dynamic(t *testing.T, value tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}

func (s actionServer) config(t *testing.T, values map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	typed := map[string]tftypes.Value{}
	for name, value := range values {
		if name == "invoke" {
			typed["timeouts"] = object(t, s.actionType.AttributeTypes["timeouts"], map[string]tftypes.Value{"invoke": tftypes.NewValue(tftypes.String, value)})
			continue
		}
		typed[name] = tftypes.NewValue(s.actionType.AttributeTypes[name], value)
	}
	return dynamic(t, object(t, s.actionType, typed))
}

// say flattens diagnostics to lines of severity, attribute, summary and detail.
func say(diags []*tfprotov6.Diagnostic) string {
	var lines []string
	for _, d := range diags {
		line := d.Severity.String() + " "
		if d.Attribute != nil {
			line += d.Attribute.String() + " "
		}
		lines = append(lines, line+d.Summary+": "+d.Detail)
	}
	return strings.Join(lines, "\n")
}

func (s actionServer) validate(t *testing.T, values map[string]any) string {
	t.Helper()
	resp, err := s.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: releaseType, Config: s.config(t, values)})
	if err != nil {
		t.Fatal(err)
	}
	return say(resp.Diagnostics)
}

func (s actionServer) plan(t *testing.T, values map[string]any) string {
	t.Helper()
	resp, err := s.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: releaseType, Config: s.config(t, values)})
	if err != nil {
		t.Fatal(err)
	}
	return say(resp.Diagnostics)
}

func (s actionServer) invoke(t *testing.T, values map[string]any) (progress []string, diags string) {
	t.Helper()
	stream, err := s.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: releaseType, Config: s.config(t, values)})
	if err != nil {
		t.Fatal(err)
	}
	for event := range stream.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, e.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			diags = say(e.Diagnostics)
		}
	}
	return progress, diags
}

func TestAction_invoke(t *testing.T) {
	t.Parallel()
	address := func(more map[string]any) map[string]any {
		values := map[string]any{"public_ip_address": acctest.Address}
		maps.Copy(values, more)
		return values
	}
	for name, tc := range map[string]struct {
		seed     func(*ecsmock.Seed)
		config   map[string]any
		progress []string // parts, one for each event
		says     string   // a part of the diagnostics; empty: none
		requests int
		releases int
	}{
		"released": {
			config: address(nil), progress: []string{"Asking ECS in cn-hangzhou", "Released 121.40.10.11 (request ID "}, requests: 1, releases: 1,
		},
		"throttled-first": {
			seed:     func(s *ecsmock.Seed) { s.Faults = []ecsmock.Fault{{Kind: ecsmock.ThrottlingUser}} },
			config:   address(nil),
			progress: []string{"Asking", "Throttled (Throttling.User); trying again in", "Asking", "Released"}, requests: 2, releases: 1,
		},
		"lost-answer": {
			seed:     func(s *ecsmock.Seed) { s.Faults = []ecsmock.Fault{{Kind: ecsmock.CloseConnection, After: true}} },
			config:   address(map[string]any{"instance_id": acctest.InstanceID}),
			progress: []string{"Asking", "Answer lost; trying again in", "Asking", "121.40.10.11 is presumed released"},
			says:     "WARNING AttributeName(\"public_ip_address\") 121.40.10.11 Is Presumed Released", requests: 2, releases: 1,
		},
		"not-on-record": {
			config: map[string]any{"public_ip_address": "121.40.10.99"}, progress: []string{"Asking"},
			says: "ERROR AttributeName(\"public_ip_address\") Public IP Address Not Released", requests: 1,
		},
		"not-on-record-ignored": {
			config: map[string]any{"public_ip_address": "121.40.10.99", "ignore_not_found": true}, progress: []string{"Asking", "counts as released"}, requests: 1,
		},
		"dry-run": {
			config: address(map[string]any{"dry_run": true}), progress: []string{"Asking", "Dry run: 121.40.10.11 would be released"}, requests: 1,
		},
		"dry-run-ignored": {
			seed:   func(s *ecsmock.Seed) { s.IgnoreDryRun = true },
			config: address(map[string]any{"dry_run": true}), progress: []string{"Asking", "Released"},
			says: "ERROR AttributeName(\"dry_run\") Public IP Address Released By A Dry Run", requests: 1, releases: 1,
		},
		"time-up": {
			seed:     func(s *ecsmock.Seed) { s.Faults = []ecsmock.Fault{{Kind: ecsmock.ServiceUnavailable, Always: true}} },
			config:   address(map[string]any{"invoke": "300ms"}),
			progress: []string{"Asking"},
			says:     "ERROR AttributeName(\"timeouts\").AttributeName(\"invoke\") Public IP Address Not Released", requests: 1,
		},
		"preflight": {
			config: address(map[string]any{"preflight": true}), progress: []string{"Asking", "Released"}, requests: 2, releases: 1,
		},
		"preflight-refuses": {
			config: address(map[string]any{"instance_id": "i-gone", "preflight": true}),
			says:   "ERROR AttributeName(\"instance_id\") Release Would Be Refused", requests: 2,
		},
		"empty": {
			config: map[string]any{"public_ip_address": ""}, says: "ERROR AttributeName(\"public_ip_address\") No Public IP Address To Release",
		},
		// Values that were unknown while Terraform validated.
		"null":           {config: map[string]any{}, says: "ERROR AttributeName(\"public_ip_address\") No Public IP Address To Release"},
		"private":        {config: map[string]any{"public_ip_address": "10.0.0.1"}, says: "ERROR AttributeName(\"public_ip_address\") Invalid Public IP Address"},
		"instance-empty": {config: address(map[string]any{"instance_id": ""}), says: "ERROR AttributeName(\"instance_id\") "},
		"region-host":    {config: address(map[string]any{"region_id": "@127.0.0.1/"}), says: "ERROR AttributeName(\"region_id\") "},
		"timeout-zero":   {config: address(map[string]any{"invoke": "0s"}), says: "ERROR AttributeName(\"timeouts\").AttributeName(\"invoke\") Invalid Timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := acctest.Seed()
			if tc.seed != nil {
				tc.seed(&seed)
			}
			endpoint := acctest.StartECS(t, seed)
			progress, diags := startActions(t, endpoint).invoke(t, tc.config)
			if len(progress) < len(tc.progress) || name != "time-up" && len(progress) != len(tc.progress) {
				t.Errorf("%d events, want %d: %q", len(progress), len(tc.progress), progress)
			}
			for i, part := range tc.progress {
				if i < len(progress) && !strings.Contains(progress[i], part) {
					t.Errorf("event %d is %q, want %q in it", i, progress[i], part)
				}
			}
			if (tc.says == "") != (diags == "") || !strings.Contains(diags, tc.says) {
				t.Errorf("the action says %q, want %q", diags, tc.says)
			}
			fails := strings.HasPrefix(tc.says, "ERROR") && name != "dry-run-ignored"
			for _, part := range []string{"An apply invokes the action only when its trigger occurs again", `NAME["KEY"]`} {
				if strings.Contains(diags, part) != fails || strings.Contains(diags, "pply again") {
					t.Errorf("how to invoke it again is wrong or missing: %s", diags)
				}
			}
			if name != "time-up" {
				wantCalls(t, endpoint, tc.requests, tc.releases)()
			}
		})
	}
}

func TestAction_plan(t *testing.T) {
	t.Parallel()
	unknown := tftypes.UnknownValue
	for name, tc := range map[string]struct {
		config    map[string]any
		says      []string
		described int
	}{
		"release":   {map[string]any{"public_ip_address": acctest.Address}, []string{"WARNING Deprecated Alibaba Cloud API"}, 0},
		"unknown":   {map[string]any{"public_ip_address": unknown, "preflight": true}, []string{"WARNING Deprecated Alibaba Cloud API"}, 0},
		"empty":     {map[string]any{"public_ip_address": ""}, []string{"No Public IP Address To Release"}, 0},
		"preflight": {map[string]any{"public_ip_address": acctest.Address, "preflight": true}, []string{"WARNING Deprecated"}, 1},
		"preflight-refuses": {
			map[string]any{"public_ip_address": acctest.Address, "instance_id": "i-gone", "preflight": true},
			[]string{"ERROR AttributeName(\"instance_id\") Release Would Be Refused"}, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint := acctest.StartECS(t, acctest.Seed())
			diags := startActions(t, endpoint).plan(t, tc.config)
			for _, part := range tc.says {
				if !strings.Contains(diags, part) {
					t.Errorf("the plan says %q, want %q", diags, part)
				}
			}
			if strings.Contains(diags, "ERROR") && strings.Contains(diags, "Deprecated") {
				t.Errorf("the plan says %q, which Terraform folds into an error that begins with the deprecation", diags)
			}
			wantCalls(t, endpoint, tc.described, 0)()
		})
	}
	t.Run("without-credentials", func(t *testing.T) {
		t.Parallel()
		if diags := startActions(t, nil).plan(t, map[string]any{"public_ip_address": acctest.Address}); !strings.Contains(diags, "ERROR No Credentials") {
			t.Errorf("the plan says %q", diags)
		}
	})
}

func TestAction_validate(t *testing.T) {
	t.Parallel()
	server := startActions(t, nil)
	for name, tc := range map[string]struct {
		config map[string]any
		says   string
	}{
		"good":     {map[string]any{"public_ip_address": acctest.Address, "instance_id": acctest.InstanceID, "invoke": "1m"}, ""},
		"unknown":  {map[string]any{"public_ip_address": tftypes.UnknownValue}, ""},
		"private":  {map[string]any{"public_ip_address": "10.0.0.1"}, "ERROR AttributeName(\"public_ip_address\") Invalid Public IP Address"},
		"instance": {map[string]any{"public_ip_address": acctest.Address, "instance_id": ""}, "ERROR AttributeName(\"instance_id\")"},
		"region":   {map[string]any{"public_ip_address": acctest.Address, "region_id": "X"}, "ERROR AttributeName(\"region_id\")"},
		"timeout": {
			map[string]any{"public_ip_address": acctest.Address, "invoke": "-1s"},
			"ERROR AttributeName(\"timeouts\").AttributeName(\"invoke\") Invalid Timeout",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := server.validate(t, tc.config); (tc.says == "") != (got == "") || !strings.Contains(got, tc.says) {
				t.Errorf("got %q, want %q", got, tc.says)
			}
		})
	}
}

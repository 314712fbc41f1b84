package provider

import (
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Each argument that is not about credentials, from each place and each pair of
// places, where the earlier one wins. Package credentials tests the rest.
func TestResolvePrecedence(t *testing.T) {
	for name, tc := range map[string]struct {
		places []string // block, variables, profile
		values []string
		block  func(*providerModel, string)
		got    func(config) string
	}{
		"region": {
			places: []string{"block", "ALICLOUD_REGION", "ALIBABA_CLOUD_REGION"},
			values: []string{"cn-a", "cn-b", "cn-c"},
			block:  func(m *providerModel, v string) { m.Region = types.StringValue(v) },
			got:    func(c config) string { return c.region.ValueString() },
		},
		"client_read_timeout": {
			places: []string{"block", "CLIENT_READ_TIMEOUT"},
			values: []string{"1s", "2s"},
			block:  func(m *providerModel, _ string) { m.ClientReadTimeout = new(int64(1000)) },
			got:    func(c config) string { return c.rpc.ReadTimeout.String() },
		},
		"client_connect_timeout": {
			places: []string{"block", "CLIENT_CONNECT_TIMEOUT"},
			values: []string{"1s", "2s"},
			block:  func(m *providerModel, _ string) { m.ClientConnectTimeout = new(int64(1000)) },
			got:    func(c config) string { return c.rpc.ConnectTimeout.String() },
		},
		"max_retry_timeout": {
			places: []string{"block", "MAX_RETRY_TIMEOUT"},
			values: []string{"1s", "33m20s"},
			block:  func(m *providerModel, _ string) { m.MaxRetryTimeout = new(int64(1)) },
			got:    func(c config) string { return c.maxRetry.String() },
		},
		"source_ip": {
			places: []string{"block", "ALICLOUD_SOURCE_IP", "ALIBABA_CLOUD_SOURCE_IP"},
			values: []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"},
			block:  func(m *providerModel, v string) { m.SourceIP = &v },
			got:    func(c config) string { return c.rpc.SourceIP },
		},
		"secure_transport": {
			places: []string{"block", "ALICLOUD_SECURE_TRANSPORT", "ALIBABA_CLOUD_SECURE_TRANSPORT", "ALICLOUD_SECURITY_TRANSPORT"},
			values: []string{"true", "false", "1", "0"},
			block:  func(m *providerModel, v string) { m.SecureTransport = &v },
			got:    func(c config) string { return c.rpc.SecureTransport },
		},
		"security_transport": {
			places: []string{"block", "ALICLOUD_SECURITY_TRANSPORT", "ALIBABA_CLOUD_SECURITY_TRANSPORT"},
			values: []string{"true", "false", "1"},
			block:  func(m *providerModel, v string) { m.SecurityTransport = &v },
			got:    func(c config) string { return c.rpc.SecureTransport },
		},
		"endpoints.ecs": {
			places: []string{"block", "ALIBABA_CLOUD_ENDPOINT_ECS", "ECS_ENDPOINT"},
			values: []string{"a.example.com", "b.example.com", "c.example.com"},
			block:  func(m *providerModel, v string) { m.Endpoints = endpointsOf("ecs", types.StringValue(v)) },
			got:    func(c config) string { return c.ecs.Endpoint },
		},
	} {
		for i, stronger := range tc.places {
			for j := i; j < len(tc.places); j++ {
				weaker := tc.places[j]
				t.Run(name+"/"+stronger+"-over-"+weaker, func(t *testing.T) {
					var model providerModel
					env := map[string]string{}
					for _, k := range []int{i, j} {
						switch place, value := tc.places[k], tc.values[k]; place {
						case "block":
							tc.block(&model, value)
						case "CLIENT_READ_TIMEOUT", "CLIENT_CONNECT_TIMEOUT", "MAX_RETRY_TIMEOUT":
							env[place] = "2000"
						default:
							env[place] = value
						}
					}
					var diags diag.Diagnostics
					cfg := resolve(model, func(name string) string { return env[name] }, &diags)
					if diags.HasError() {
						t.Fatal(diags)
					}
					if got := tc.got(cfg); got != tc.values[i] {
						t.Errorf("got %q, want %q", got, tc.values[i])
					}
				})
			}
		}
	}
}

// endpointsOf returns a block for each value.
func endpointsOf(name string, values ...attr.Value) []types.Object {
	var blocks []types.Object
	for _, value := range values {
		blocks = append(blocks, types.ObjectValueMust(map[string]attr.Type{name: types.StringType}, map[string]attr.Value{name: value}))
	}
	return blocks
}

func TestResolveRegion(t *testing.T) {
	for name, tc := range map[string]struct {
		block types.String
		env   map[string]string
		want  types.String // null with an error
		wrong bool
	}{
		"none":                  {block: types.StringNull(), want: types.StringNull()},
		"unknown":               {block: types.StringUnknown(), env: map[string]string{"ALICLOUD_REGION": "cn-hangzhou"}, want: types.StringUnknown()},
		"blanks-around":         {block: types.StringValue(" cn-hangzhou\n"), want: types.StringValue("cn-hangzhou")},
		"blanks-in-environment": {block: types.StringNull(), env: map[string]string{"ALICLOUD_REGION": "cn-hangzhou\n"}, want: types.StringValue("cn-hangzhou")},
		"variable-of-blanks": {block: types.StringNull(), env: map[string]string{"ALICLOUD_REGION": " ", "ALIBABA_CLOUD_REGION": "cn-beijing"},
			want: types.StringValue("cn-beijing")},
		"not-a-region":        {block: types.StringValue("cn hangzhou"), wrong: true},
		"empty":               {block: types.StringValue(""), wrong: true},
		"host-in-environment": {block: types.StringNull(), env: map[string]string{"ALICLOUD_REGION": "evil.example/"}, wrong: true},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			got := resolveRegion(tc.block, func(name string) string { return tc.env[name] }, &diags)
			if diags.HasError() != tc.wrong || !tc.wrong && !got.Equal(tc.want) {
				t.Errorf("got %s and %v", got, diags)
			}
		})
	}
}

// 0 and less mean the default, in the block and in the variables.
func TestResolveNumber(t *testing.T) {
	for name, tc := range map[string]struct {
		block *int64
		env   string
		want  int64
		wrong bool
	}{
		"none":                 {},
		"block":                {block: new(int64(7)), env: "8", want: 7},
		"block-of-0":           {block: new(int64(0)), env: "8"},
		"block-below-0":        {block: new(int64(-1))},
		"environment":          {env: " 8 ", want: 8},
		"environment-of-0":     {env: "0"},
		"environment-below-0":  {env: "-5"},
		"environment-in-words": {env: "1m", wrong: true},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			got := resolveNumber(tc.block, readTimeoutVariables, func(string) string { return tc.env }, &diags)
			if got != tc.want || diags.HasError() != tc.wrong {
				t.Errorf("got %d and %v", got, diags)
			}
		})
	}
}

func TestWholeNumber(t *testing.T) {
	for value, wrong := range map[string]bool{
		"900": false, "43200": false, "0": false, "-1": false,
		"899": true, "43201": true, "1000.5": true, "1e99": true, "-0.5": true,
	} {
		n, _, err := big.ParseFloat(value, 10, 512, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		req := validator.NumberRequest{Path: path.Root("client_read_timeout"), ConfigValue: types.NumberValue(n)}
		var resp validator.NumberResponse
		wholeNumber{900, 43200}.ValidateNumber(t.Context(), req, &resp)
		if resp.Diagnostics.HasError() != wrong {
			t.Errorf("%s: got %v", value, resp.Diagnostics)
		}
		says := "client_read_timeout must be a whole number from 900 to 43200, or 0 for the default. It is " + n.Text('f', -1) + "."
		if wrong && resp.Diagnostics[0].Detail() != says {
			t.Errorf("%s: got %v, want %s", value, resp.Diagnostics, says)
		}
	}
}

func TestUserAgent(t *testing.T) {
	const agent = "Terraform/1.2.3 terraform-provider-alicloud-extras/4.5.6"
	for added, want := range map[string]string{
		"":                   agent,
		"module/1":           agent + " module/1",
		"a\r\nInjected: yes": agent + " aInjected: yes",
		"é\x00\x7f~":         agent + " ~",
	} {
		if got := userAgent("4.5.6", "1.2.3", added); got != want {
			t.Errorf("%q: got %q, want %q", added, got, want)
		}
	}
}

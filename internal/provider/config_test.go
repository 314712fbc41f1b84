package provider

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Each argument that is not about credentials, from each place and each pair of
// places, where the earlier one wins. Package credentials tests the rest.
func TestResolvePrecedence(t *testing.T) {
	for name, test := range map[string]struct {
		places []string // block, variables, profile
		values []string
		block  func(*providerModel, string)
		got    func(config) string
	}{
		"region": {
			places: []string{"block", "ALICLOUD_REGION", "ALIBABA_CLOUD_REGION", "profile"},
			values: []string{"cn-a", "cn-b", "cn-c", "cn-d"},
			block:  func(m *providerModel, v string) { m.Region = types.StringValue(v) },
			got:    func(c config) string { return c.region.ValueString() },
		},
		"client_read_timeout": {
			places: []string{"block", "CLIENT_READ_TIMEOUT"},
			values: []string{"1s", "2s"},
			block:  func(m *providerModel, _ string) { m.ClientReadTimeout = types.Int64Value(1000) },
			got:    func(c config) string { return c.readTimeout.String() },
		},
		"client_connect_timeout": {
			places: []string{"block", "CLIENT_CONNECT_TIMEOUT"},
			values: []string{"1s", "2s"},
			block:  func(m *providerModel, _ string) { m.ClientConnectTimeout = types.Int64Value(1000) },
			got:    func(c config) string { return c.connectTimeout.String() },
		},
		"max_retry_timeout": {
			places: []string{"block", "MAX_RETRY_TIMEOUT"},
			values: []string{"1s", "33m20s"},
			block:  func(m *providerModel, _ string) { m.MaxRetryTimeout = types.Int64Value(1) },
			got:    func(c config) string { return c.maxRetry.String() },
		},
		"source_ip": {
			places: []string{"block", "ALICLOUD_SOURCE_IP", "ALIBABA_CLOUD_SOURCE_IP"},
			values: []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"},
			block:  func(m *providerModel, v string) { m.SourceIP = types.StringValue(v) },
			got:    func(c config) string { return c.sourceIP },
		},
		"secure_transport": {
			places: []string{"block", "ALICLOUD_SECURE_TRANSPORT", "ALIBABA_CLOUD_SECURE_TRANSPORT", "ALICLOUD_SECURITY_TRANSPORT"},
			values: []string{"true", "false", "1", "0"},
			block:  func(m *providerModel, v string) { m.SecureTransport = types.StringValue(v) },
			got:    func(c config) string { return c.secureTransport },
		},
		"security_transport": {
			places: []string{"block", "ALICLOUD_SECURITY_TRANSPORT", "ALIBABA_CLOUD_SECURITY_TRANSPORT"},
			values: []string{"true", "false", "1"},
			block:  func(m *providerModel, v string) { m.SecurityTransport = types.StringValue(v) },
			got:    func(c config) string { return c.secureTransport },
		},
		"endpoints.ecs": {
			places: []string{"block", "ALIBABA_CLOUD_ENDPOINT_ECS", "ECS_ENDPOINT"},
			values: []string{"a.example.com", "b.example.com", "c.example.com"},
			block:  func(m *providerModel, v string) { m.Endpoints = endpointsOf("ecs", v) },
			got:    func(c config) string { return c.endpoint },
		},
	} {
		for i, stronger := range test.places {
			for j := i; j < len(test.places); j++ {
				weaker := test.places[j]
				t.Run(name+"/"+stronger+"-over-"+weaker, func(t *testing.T) {
					model := providerModel{credentialsModel: credentialsModel{
						AssumeRole: types.ListNull(types.StringType), AssumeRoleWithOIDC: types.ListNull(types.StringType)}}
					env := map[string]string{"HOME": t.TempDir()}
					t.Setenv("HOME", env["HOME"])
					for _, k := range []int{i, j} {
						switch place, value := test.places[k], test.values[k]; place {
						case "block":
							test.block(&model, value)
						case "profile":
							writeProfile(t, env["HOME"], value)
						case "CLIENT_READ_TIMEOUT", "CLIENT_CONNECT_TIMEOUT", "MAX_RETRY_TIMEOUT":
							env[place] = "2000"
						default:
							env[place] = value
						}
					}
					var diags diag.Diagnostics
					cfg := resolve(t.Context(), model, true, func(name string) string { return env[name] }, &diags)
					if diags.HasError() {
						t.Fatal(diags)
					}
					if got := test.got(cfg); got != test.values[i] {
						t.Errorf("got %q, want %q", got, test.values[i])
					}
				})
			}
		}
	}
}

func endpointsOf(name, value string) types.List {
	attributes := map[string]attr.Type{name: types.StringType}
	object := types.ObjectValueMust(attributes, map[string]attr.Value{name: types.StringValue(value)})
	return types.ListValueMust(types.ObjectType{AttrTypes: attributes}, []attr.Value{object})
}

func writeProfile(t *testing.T, home, region string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(home, ".aliyun"), 0o700); err != nil {
		t.Fatal(err)
	}
	content := `{"current": "p", "profiles": [{"name": "p", "mode": "AK", "access_key_id": "a", "access_key_secret": "s", "region_id": "` + region + `"}]}`
	if err := os.WriteFile(filepath.Join(home, ".aliyun", "config.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// While values are unknown nothing is read that may have the region, so it is
// not missing yet.
func TestResolveUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want types.String
	}{
		"no-region":             {nil, types.StringUnknown()},
		"region-of-environment": {map[string]string{"ALICLOUD_REGION": "cn-hangzhou"}, types.StringValue("cn-hangzhou")},
		"region-with-a-newline": {map[string]string{"ALICLOUD_REGION": "cn-hangzhou\n"}, types.StringValue("cn-hangzhou")},
		"region-of-blanks":      {map[string]string{"ALICLOUD_REGION": " ", "ALIBABA_CLOUD_REGION": "cn-beijing"}, types.StringValue("cn-beijing")},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			model := providerModel{credentialsModel: credentialsModel{AccessKey: types.StringValue("a"), SecretKey: types.StringUnknown()}}
			cfg := resolve(t.Context(), model, false, func(name string) string { return test.env[name] }, &diags)
			if diags.HasError() || !cfg.region.Equal(test.want) || cfg.credentials != nil {
				t.Errorf("got region %s, credentials %v, %v", cfg.region, cfg.credentials, diags)
			}
		})
	}
}

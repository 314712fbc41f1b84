package publicip_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// resourceServer is a provider that stays configured, called by the plugin
// protocol alone: so does `terraform test` use it for all plans and applies of
// a file.
type resourceServer struct {
	tfprotov6.ProviderServer
	resourceType tftypes.Object
}

func startResources(t *testing.T, endpoint *ecsmock.Server) resourceServer {
	t.Helper()
	server, schemas := configured(t, endpoint)
	return resourceServer{server, objectType(t, schemas.ResourceSchemas[releaseType].ValueType())}
}

// released is the state of a release of an address.
func (s resourceServer) released(t *testing.T, address string) tftypes.Value {
	t.Helper()
	return s.object(t, map[string]any{
		"public_ip_address": address, "region_id": acctest.Region, "id": acctest.Region + "::" + address, "outcome": "released",
		"dry_run": false, "ignore_not_found": false, "preflight": false,
	})
}

func (s resourceServer) object(t *testing.T, values map[string]any) tftypes.Value {
	t.Helper()
	typed := map[string]tftypes.Value{}
	for name, value := range values {
		typed[name] = tftypes.NewValue(s.resourceType.AttributeTypes[name], value)
	}
	return object(t, s.resourceType, typed)
}

// refresh reads a release of an address.
func (s resourceServer) refresh(t *testing.T, address string) {
	t.Helper()
	state := dynamic(t, s.released(t, address))
	resp, err := s.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: releaseType, CurrentState: state})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatalf("refresh: %v, %s", err, say(resp.Diagnostics))
	}
}

// plan plans a configuration over a release of an address, or over nothing, and
// returns the attributes that ask for a replacement.
func (s resourceServer) plan(t *testing.T, prior string, config map[string]any) []string {
	t.Helper()
	proposed := map[string]any{
		"region_id": tftypes.UnknownValue, "id": tftypes.UnknownValue, "outcome": tftypes.UnknownValue,
		"request_id": tftypes.UnknownValue, "remain_times": tftypes.UnknownValue, "released_at": tftypes.UnknownValue,
	}
	state := tftypes.NewValue(s.resourceType, nil)
	if prior != "" {
		state = s.released(t, prior)
		proposed = map[string]any{"region_id": acctest.Region, "id": acctest.Region + "::" + prior, "outcome": "released"}
	}
	maps.Copy(proposed, config)
	resp, err := s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: releaseType, PriorState: dynamic(t, state), Config: dynamic(t, s.object(t, config)), ProposedNewState: dynamic(t, s.object(t, proposed)),
	})
	if err != nil {
		t.Fatal(err)
	}
	var replace []string
	for _, attribute := range resp.RequiresReplace {
		replace = append(replace, attribute.String())
	}
	return replace
}

// TestReplan checks that a release is a replacement in the plan alone: what was
// an update there must not become one when Terraform plans again to apply it.
func TestReplan(t *testing.T) {
	t.Parallel()
	const replace = `AttributeName("public_ip_address")`
	other := map[string]any{"public_ip_address": acctest.OtherAddress}
	unknown := map[string]any{"public_ip_address": tftypes.UnknownValue}
	for name, tc := range map[string]struct {
		refreshed []string
		plans     []map[string]any // over acctest.Address
		want      [][]string
	}{
		"after-a-refresh":            {[]string{acctest.Address}, []map[string]any{other}, [][]string{{replace}}},
		"without-a-refresh":          {nil, []map[string]any{other}, [][]string{nil}},
		"after-a-refresh-of-another": {[]string{acctest.OtherAddress}, []map[string]any{other}, [][]string{nil}},
		"applied-after-a-refresh":    {[]string{acctest.Address}, []map[string]any{unknown, other}, [][]string{nil, nil}},
		"kept-and-then-changed":      {[]string{acctest.Address}, []map[string]any{{"public_ip_address": ""}, other}, [][]string{nil, nil}},
		"two-of-one-id":              {[]string{acctest.Address, acctest.Address}, []map[string]any{other, other, other}, [][]string{{replace}, {replace}, nil}},
		"applied-without-a-refresh":  {nil, []map[string]any{unknown, other}, [][]string{nil, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint := acctest.StartECS(t, acctest.Seed())
			server := startResources(t, endpoint)
			for _, address := range tc.refreshed {
				server.refresh(t, address)
			}
			for n, config := range tc.plans {
				if got := server.plan(t, acctest.Address, config); !slices.Equal(got, tc.want[n]) {
					t.Errorf("plan %d replaces for %v, want %v", n, got, tc.want[n])
				}
			}
			wantCalls(t, endpoint, 0, 0)()
		})
	}
}

// TestReplan_applied checks that a release which was refreshed and not planned,
// as with -refresh-only, is forgotten by the next apply.
func TestReplan_applied(t *testing.T) {
	t.Parallel()
	server := startResources(t, acctest.StartECS(t, acctest.Seed()))
	server.refresh(t, acctest.Address)
	state := dynamic(t, server.released(t, acctest.OtherAddress))
	if _, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: releaseType, PriorState: state, PlannedState: state, Config: state,
	}); err != nil {
		t.Fatal(err)
	}
	if got := server.plan(t, acctest.Address, map[string]any{"public_ip_address": acctest.OtherAddress}); got != nil {
		t.Errorf("it replaces for %v", got)
	}
}

// TestReplan_preflight checks that a replacement, which is planned twice, asks
// once in each plan.
func TestReplan_preflight(t *testing.T) {
	t.Parallel()
	endpoint := acctest.StartECS(t, acctest.Seed())
	server := startResources(t, endpoint)
	config := map[string]any{"public_ip_address": acctest.OtherAddress, "preflight": true}
	for n := range 3 {
		server.refresh(t, acctest.Address)
		server.plan(t, acctest.Address, config)
		server.plan(t, "", config)
		wantCalls(t, endpoint, n+1, 0)()
	}
}

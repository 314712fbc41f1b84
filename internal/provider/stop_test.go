package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestServer_live checks that a call which comes after the stop is over before it
// begins: a context that ends a moment later would let a release out. The stop
// holds until the process is configured again, for the next run of Terraform.
func TestServer_live(t *testing.T) {
	t.Parallel()
	s, ok := NewServer("test")().(*server)
	if !ok {
		t.Fatal("NewServer does not make a *server")
	}
	schemas, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	block := schemas.Provider.ValueType()
	config, err := tfprotov6.NewDynamicValue(block, tftypes.NewValue(block, tftypes.UnknownValue))
	if err != nil {
		t.Fatal(err)
	}
	configure := func() {
		if _, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &config}); err != nil {
			t.Fatal(err)
		}
	}
	wantLive := func(when string, want bool) {
		t.Helper()
		ctx, done := s.live(t.Context())
		defer done()
		if live := ctx.Err() == nil; live != want {
			t.Errorf("%s, a call is live: %t", when, live)
		}
	}

	wantLive("before the stop", true)
	during, done := s.live(t.Context())
	defer done()
	_, _ = s.StopProvider(t.Context(), nil)
	<-during.Done()
	wantLive("after the stop", false)
	configure()
	wantLive("configured for the first time", false)
	configure()
	wantLive("in the next run", true)
}

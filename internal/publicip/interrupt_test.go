package publicip_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// event is an event of an action, as Terraform receives it.
type event struct {
	Progress  *struct{ Message string }
	Completed *struct {
		Diagnostics []struct{ Severity, Summary, Detail string }
	}
}

// stream decodes the events that a server sends. Its type parameter stands for a
// message of an internal package.
type stream[Event any] struct {
	grpc.ServerStream
	ctx    context.Context
	events chan<- event
}

func (s stream[Event]) Context() context.Context { return s.ctx }

func (s stream[Event]) Send(sent *Event) error {
	var received event
	text, err := protojson.Marshal(any(sent).(proto.Message)) //nolint:forcetypeassert // all events are messages
	if err == nil {
		err = json.Unmarshal(text, &received)
	}
	s.events <- received
	return err
}

// call invokes the action by a server's InvokeAction. The channel ends with the
// stream.
func call[Request any, Message interface {
	*Request
	proto.Message
}, Event any](t *testing.T, method func(Message, grpc.ServerStreamingServer[Event]) error, config *tfprotov6.DynamicValue) <-chan event {
	t.Helper()
	request := Message(new(Request))
	text := fmt.Sprintf(`{"actionType": %q, "config": {"msgpack": %q}}`, releaseType, base64.StdEncoding.EncodeToString(config.MsgPack))
	if err := protojson.Unmarshal([]byte(text), request); err != nil {
		t.Fatal(err)
	}
	events := make(chan event)
	go func() {
		defer close(events)
		if err := method(request, stream[Event]{ctx: t.Context(), events: events}); err != nil {
			t.Errorf("InvokeAction: %v", err)
		}
	}()
	return events
}

// rest reads a stream to its end, which has to be a completed event.
func rest(t *testing.T, events <-chan event) (progress []string, says string) {
	t.Helper()
	for {
		received, ok := next(t, events)
		switch {
		case !ok:
			t.Fatal("the stream ended without a completed event")
		case received.Progress != nil:
			progress = append(progress, received.Progress.Message)
			continue
		}
		for _, d := range received.Completed.Diagnostics {
			says += d.Severity + " " + d.Summary + ": " + d.Detail + "\n"
		}
		if _, more := next(t, events); more {
			t.Error("something came after the completed event")
		}
		return progress, says
	}
}

// next returns the next event, and false at the end of the stream.
func next(t *testing.T, events <-chan event) (event, bool) {
	t.Helper()
	select {
	case received, ok := <-events:
		return received, ok
	case <-time.After(acctest.Patience):
		t.Fatalf("no event came within %s", acctest.Patience)
	}
	panic("unreachable")
}

// TestAction_interrupted stops the provider by the server that Terraform calls,
// terraform-plugin-go's: what an action says then must come through it.
func TestAction_interrupted(t *testing.T) {
	t.Parallel()
	const again = "An apply invokes the action only when its trigger occurs again"
	for name, tc := range map[string]struct {
		fault    ecsmock.Fault
		until    string // the progress after which the provider is stopped
		says     []string
		releases int
	}{
		"while-waiting": {
			ecsmock.Fault{Kind: ecsmock.ServiceUnavailable, Always: true}, "trying again in",
			[]string{"ERROR Public IP Address Not Released", "The release was interrupted", again}, 0,
		},
		"in-flight": {
			ecsmock.Fault{Kind: ecsmock.ServiceUnavailable, Gate: ecsmock.NewGate()}, "Asking",
			[]string{"ERROR Public IP Address Not Released", "The release was interrupted"}, 0,
		},
		"in-flight-answered": {
			ecsmock.Fault{Kind: ecsmock.Pass, After: true, Gate: ecsmock.NewGate()}, "Asking",
			[]string{"ERROR Answer For 121.40.10.11 Came After The Interrupt", "Released 121.40.10.11 (request ID "}, 1,
		},
		"in-flight-answer-lost": {
			ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true, Gate: ecsmock.NewGate()}, "Asking",
			[]string{"ERROR Public IP Address May Have Been Released", "The release was interrupted", again}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint := acctest.StartECS(t, acctest.Seed())
			endpoint.Inject(tc.fault)
			provider, schemas := configured(t, endpoint)
			server := tf6server.New("alicloud", provider)
			config := actionsOf(t, provider, schemas).config(t, map[string]any{"public_ip_address": acctest.Address})
			events := call(t, server.InvokeAction, config)
			for {
				received, ok := next(t, events)
				if !ok || received.Progress == nil {
					t.Fatalf("the action ended before its interrupt: %+v", received)
				}
				if strings.Contains(received.Progress.Message, tc.until) {
					break
				}
			}
			if tc.fault.Gate != nil {
				arrive(t, tc.fault.Gate)
			}
			_, _ = server.StopProvider(t.Context(), nil)
			if tc.fault.Gate != nil {
				tc.fault.Gate.Open()
			}
			progress, says := rest(t, events)
			if tc.fault.Gate != nil && len(progress) > 0 {
				t.Errorf("after the stop came %q", progress)
			}
			for _, part := range tc.says {
				if !strings.Contains(says, part) {
					t.Errorf("the action says %q, want %q", says, part)
				}
			}
			if answered := strings.Contains(says, "Came After"); answered && strings.Contains(says, again) {
				t.Errorf("the action says %q, and how to try again", says)
			}
			if got := endpoint.Releases(); got != tc.releases {
				t.Errorf("%d effective releases, want %d", got, tc.releases)
			}
		})
	}
}

// TestAction_invoked_after_the_stop checks that an action which comes late is
// stopped too, and one of the next run of Terraform is not.
func TestAction_invoked_after_the_stop(t *testing.T) {
	t.Parallel()
	endpoint := acctest.StartECS(t, acctest.Seed())
	provider, schemas := configured(t, endpoint)
	server := tf6server.New("alicloud", provider)
	actions := actionsOf(t, provider, schemas)
	config := map[string]any{"public_ip_address": acctest.Address}

	_, _ = server.StopProvider(t.Context(), nil)
	progress, says := rest(t, call(t, server.InvokeAction, actions.config(t, config)))
	if len(progress) > 0 || !strings.Contains(says, "The release was interrupted") {
		t.Errorf("after the stop, it sends %q and says %q", progress, says)
	}
	wantCalls(t, endpoint, 0, 0)()

	configure(t, provider, endpoint)
	if progress, diags := actions.invoke(t, config); len(progress) != 2 || diags != "" {
		t.Errorf("in the next run, it sends %q and says %q", progress, diags)
	}
	wantCalls(t, endpoint, 1, 1)()
}

// TestResource_applied_after_the_stop checks that Terraform, which may have begun
// to apply a resource when it is interrupted, does not have it released.
func TestResource_applied_after_the_stop(t *testing.T) {
	t.Parallel()
	endpoint := acctest.StartECS(t, acctest.Seed())
	provider, schemas := configured(t, endpoint)
	schema := objectType(t, schemas.ResourceSchemas[releaseType].ValueType())
	config := map[string]tftypes.Value{"public_ip_address": tftypes.NewValue(tftypes.String, acctest.Address)}
	proposed := map[string]tftypes.Value{
		"public_ip_address": config["public_ip_address"], "dry_run": tftypes.NewValue(tftypes.Bool, false),
		"ignore_not_found": tftypes.NewValue(tftypes.Bool, false), "preflight": tftypes.NewValue(tftypes.Bool, false),
		"region_id": tftypes.NewValue(tftypes.String, tftypes.UnknownValue),
	}
	nothing := dynamic(t, tftypes.NewValue(schema, nil))
	planned, err := provider.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: releaseType, PriorState: nothing, ProposedNewState: dynamic(t, object(t, schema, proposed)), Config: dynamic(t, object(t, schema, config)),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = provider.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{})
	applied, err := provider.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: releaseType, PriorState: nothing, PlannedState: planned.PlannedState, Config: dynamic(t, object(t, schema, config)),
		PlannedPrivate: planned.PlannedPrivate,
	})
	if err != nil || len(applied.Diagnostics) != 1 || !strings.Contains(applied.Diagnostics[0].Detail, "The release was interrupted") {
		t.Errorf("after the stop, it says %v and %+v", err, applied)
	}
	wantCalls(t, endpoint, 0, 0)()
}

package provider

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// errStopped answers every StopProvider. Terraform and OpenTofu ignore it.
var errStopped = errors.New("the provider has stopped; this error keeps the streams of actions open for their last events")

// Serve serves the provider until Terraform ends it. For debugging, it prints
// how Terraform can reach the process, and serves until an interrupt.
func Serve(address, version string, debug bool) error {
	var opts []tf6server.ServeOpt
	if debug {
		opts = append(opts, tf6server.WithManagedDebug())
	}
	return tf6server.Serve(address, NewServer(version), opts...)
}

// NewServer returns a function that makes the provider's protocol server. What
// an action says after Terraform was interrupted still reaches Terraform.
func NewServer(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		framework := providerserver.NewProtocol6(New(version))()
		s := &server{ProviderServer: framework, ActionServer: framework.(tfprotov6.ActionServer)} //nolint:forcetypeassert // the framework serves actions
		s.begin()
		return s
	}
}

// server keeps the last event of a stopped action. Terraform-plugin-go v0.31.0
// sends none once StopProvider has succeeded, and Terraform 1.14 and 1.15 take a
// stream that ends without a completed event for success.
type server struct {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	run        atomic.Pointer[run]
	configured atomic.Bool
}

// run is one run of Terraform: its context ends with the interrupt.
type run struct {
	context.Context
	stop context.CancelFunc
}

func (s *server) begin() {
	ctx, stop := context.WithCancel(context.Background())
	s.run.Store(&run{ctx, stop})
}

// ConfigureProvider implements tfprotov6.ProviderServer. A process that is being
// debugged serves one run of Terraform after another: each configuration begins a
// run, except the first, which must not undo a stop that came before it.
func (s *server) ConfigureProvider(
	ctx context.Context, req *tfprotov6.ConfigureProviderRequest,
) (*tfprotov6.ConfigureProviderResponse, error) {
	if s.configured.Swap(true) {
		s.begin()
	}
	return s.ProviderServer.ConfigureProvider(ctx, req)
}

// StopProvider implements tfprotov6.ProviderServer.
func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.run.Load().stop()
	if _, err := s.ProviderServer.StopProvider(ctx, req); err != nil {
		return nil, err
	}
	// Success would have to wait for the last events. Terraform stops one provider
	// after the other, so meanwhile the releases of another region would go on.
	return nil, errStopped
}

// live returns the context of a call that may release, which ends at the stop.
// The framework cancels only those calls that have reached it by then.
func (s *server) live(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	run := s.run.Load()
	detach := context.AfterFunc(run, cancel)
	if run.Err() != nil {
		cancel() // AfterFunc cancels in a goroutine, which may come too late for this call.
	}
	return ctx, func() {
		detach()
		cancel()
	}
}

// ApplyResourceChange implements tfprotov6.ResourceServer.
func (s *server) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	ctx, cancel := s.live(ctx)
	defer cancel()
	return s.ProviderServer.ApplyResourceChange(ctx, req)
}

// InvokeAction implements tfprotov6.ActionServer.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	ctx, cancel := s.live(ctx)
	stream, err := s.ActionServer.InvokeAction(ctx, req)
	if err != nil {
		cancel()
		return nil, err
	}
	return &tfprotov6.InvokeActionServerStream{Events: func(yield func(tfprotov6.InvokeActionEvent) bool) {
		defer cancel()
		for event := range stream.Events {
			// Terraform 1.14 and 1.15 crash on the event that follows a progress
			// event sent after the interrupt.
			if _, ok := event.Type.(tfprotov6.ProgressInvokeActionEventType); ok && s.run.Load().Err() != nil {
				continue
			}
			if !yield(event) {
				return
			}
		}
	}}, nil
}

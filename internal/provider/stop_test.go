package provider

import "testing"

// TestServer_live checks that a call that comes after the stop is over before it
// begins: a context that ends a moment later would let a release out.
func TestServer_live(t *testing.T) {
	t.Parallel()
	var s server
	s.begin()
	during, done := s.live(t.Context())
	defer done()
	if err := during.Err(); err != nil {
		t.Errorf("before the stop, a call's context says %v", err)
	}
	s.run.Load().stop()
	<-during.Done()
	after, done := s.live(t.Context())
	defer done()
	if after.Err() == nil {
		t.Error("after the stop, a call's context is alive")
	}
}

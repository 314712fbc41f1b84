package ecsmock_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// outcome is what a client sees of a fault.
type outcome struct {
	status int
	header http.Header
	start  []byte // of the body, up to 1 KiB
	err    error  // of the request, or of reading the body
}

func (o outcome) whole() bool { return o.err == nil && len(o.start) < 1<<10 }

func observe(server *ecsmock.Server, over params) outcome {
	response, err := send(server, over)
	if err != nil {
		return outcome{err: err}
	}
	defer response.Body.Close()
	o := outcome{status: response.StatusCode, header: response.Header}
	o.start, o.err = io.ReadAll(io.LimitReader(response.Body, 1<<10))
	return o
}

// shapes says, for each kind that ends by itself, whether the client sees it.
var shapes = map[ecsmock.Kind]func(outcome) bool{
	ecsmock.CloseConnection: func(o outcome) bool { return errors.Is(o.err, io.EOF) },
	ecsmock.ResetConnection: func(o outcome) bool { return errors.Is(o.err, syscall.ECONNRESET) },
	ecsmock.BadGateway: func(o outcome) bool {
		return o.whole() && o.status == 502 && o.header.Get("Content-Type") == "text/html" && bytes.HasPrefix(o.start, []byte("<html>"))
	},
	ecsmock.ServiceUnavailable: func(o outcome) bool { return o.status == 503 && o.says("ServiceUnavailable") },
	ecsmock.InternalError:      func(o outcome) bool { return o.status == 500 && o.says("InternalError") },
	ecsmock.ThrottlingUser: func(o outcome) bool {
		return o.status == 400 && o.says("Throttling.User") && strings.Contains(o.header.Get("x-ratelimit-user"), "TimeLeft:100")
	},
	ecsmock.ThrottlingAPI: func(o outcome) bool {
		return o.status == 400 && o.says("Throttling.Api") && strings.Contains(o.header.Get("x-ratelimit-user-api"), "TimeLeft:100")
	},
	ecsmock.EmptyBody: func(o outcome) bool { return o.whole() && o.status == 200 && len(o.start) == 0 },
	ecsmock.HalfBody: func(o outcome) bool {
		return errors.Is(o.err, io.ErrUnexpectedEOF) && bytes.HasPrefix(o.start, []byte(`{"RequestId"`))
	},
	ecsmock.NullBody:    func(o outcome) bool { return o.is(200, "null") },
	ecsmock.ArrayBody:   func(o outcome) bool { return o.is(200, `["RequestId"]`) },
	ecsmock.StringBody:  func(o outcome) bool { return o.is(200, `"RequestId"`) },
	ecsmock.EmptyObject: func(o outcome) bool { return o.is(200, "{}") },
	ecsmock.EndlessBody: func(o outcome) bool { return o.err == nil && len(o.start) == 1<<10 },
	ecsmock.GzipBomb:    func(o outcome) bool { return o.err == nil && o.header.Get("Content-Encoding") == "gzip" },
}

func (o outcome) is(status int, body string) bool {
	return o.whole() && o.status == status && string(o.start) == body
}

func (o outcome) says(code string) bool {
	return o.whole() && bytes.Contains(o.start, []byte(`"Code":"`+code+`"`)) && bytes.HasPrefix(o.start, []byte(`{"RequestId":"`))
}

func TestFaultsBeforeAndAfterTheEffect(t *testing.T) {
	for kind, seen := range shapes {
		for name, after := range map[string]bool{"before": false, "after": true} {
			t.Run(string(kind)+"-"+name, func(t *testing.T) {
				server := start(t, seed())
				server.Inject(ecsmock.Fault{Kind: kind, After: after})
				over := release(params{"PublicIpAddress": vpcIP})
				if o := observe(server, over); !seen(o) {
					t.Errorf("the client sees %d %q, %v", o.status, o.start, o.err)
				}

				call := server.Calls()[0]
				if call.Fault != kind || call.Released != after {
					t.Errorf("on record: %+v", call)
				}
				if after {
					wantReleases(t, server, 1)
					wantCode(t, server, over, 400, "InvalidIpAddress.NotFound")
				} else {
					wantReleases(t, server, 0)
					wantCode(t, server, over, 200, "")
				}
				wantReleases(t, server, 1)
			})
		}
	}
}

func TestEveryKindIsTested(t *testing.T) {
	unresponsive := []ecsmock.Kind{ecsmock.NoAnswer, ecsmock.DripBody}
	for _, kind := range ecsmock.Kinds() {
		if shapes[kind] == nil && !slices.Contains(unresponsive, kind) {
			t.Errorf("%s has no test", kind)
		}
	}
}

func TestCutAnswersAreTheTrueOnes(t *testing.T) {
	server := start(t, seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.HalfBody, After: true}, ecsmock.Fault{Kind: ecsmock.HalfBody})
	o := observe(server, release(params{"PublicIpAddress": vpcIP}))
	if want := server.Calls()[0].RequestID; o.status != 200 || !bytes.Contains(o.start, []byte(want[:8])) {
		t.Errorf("after the effect: %d %q, want the start of request id %s", o.status, o.start, want)
	}
	if o := observe(server, release(params{"PublicIpAddress": classicIP})); o.status != 500 {
		t.Errorf("before the effect: %d %q", o.status, o.start)
	}
}

func TestGzipBombInflates(t *testing.T) {
	server := start(t, seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.GzipBomb, After: true})
	response, err := send(server, release(params{"PublicIpAddress": vpcIP}))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	packed, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(packed) > 1<<20 {
		t.Errorf("%d bytes on the wire", len(packed))
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	const enough = 10 << 20 // past two of its members
	if n, err := io.Copy(io.Discard, io.LimitReader(z, enough)); n != enough {
		t.Errorf("it inflates to %d bytes: %v", n, err)
	}
}

func TestDripNeverEnds(t *testing.T) {
	server := start(t, seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.DripBody, After: true})
	response, err := send(server, release(params{"PublicIpAddress": vpcIP}))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	first := make([]byte, 3)
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != `{"R` {
		t.Errorf("read %q, %v", first, err)
	}
	wantReleases(t, server, 1)
	go server.Close()
	if rest, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("the body ended by itself after %q", rest)
	}
}

func TestNoAnswerEndsWhenTheServerCloses(t *testing.T) {
	settled := make(chan ecsmock.Call, 1)
	server := start(t, seed(), ecsmock.Observe(func(c ecsmock.Call) { settled <- c }))
	server.Inject(ecsmock.Fault{Kind: ecsmock.NoAnswer, After: true})
	ended := make(chan outcome)
	go func() { ended <- observe(server, release(params{"PublicIpAddress": vpcIP})) }()
	if call := <-settled; call.Status != 0 || !call.Released {
		t.Errorf("on record: %+v", call)
	}
	select {
	case o := <-ended:
		t.Fatalf("an answer came: %+v", o)
	default:
	}
	server.Close()
	if o := <-ended; o.err == nil {
		t.Errorf("an answer came: %+v", o)
	}
}

func TestUnresponsiveFaultsEndWhenTheClientLeaves(t *testing.T) {
	for _, kind := range []ecsmock.Kind{ecsmock.NoAnswer, ecsmock.DripBody, ecsmock.EndlessBody} {
		t.Run(string(kind), func(t *testing.T) {
			gateway := newGateway(t, ecsmock.Fault{Kind: kind})
			ctx, leave := context.WithCancel(t.Context())
			leave()
			if _, cut := serve(ctx, gateway, release(params{"PublicIpAddress": vpcIP})); !cut {
				t.Error("it was answered")
			}
		})
	}
}

func TestResetReachesThroughTLS(t *testing.T) {
	server := httptest.NewTLSServer(newGateway(t, ecsmock.Fault{Kind: ecsmock.ResetConnection}))
	defer server.Close()
	response, err := server.Client().Post(server.URL+target(release(params{"PublicIpAddress": vpcIP})), "", nil)
	if err == nil {
		response.Body.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}

func TestRedirects(t *testing.T) {
	server := start(t, seed())
	for _, status := range []int{0, 301, 302, 303, 307, 308} {
		server.Inject(ecsmock.Fault{Kind: ecsmock.Redirect, Status: status, Location: "http://127.0.0.1:1/elsewhere"})
		want := status
		if want == 0 {
			want = 302
		}
		o := observe(server, release(params{"PublicIpAddress": vpcIP}))
		if o.status != want || o.header.Get("Location") != "http://127.0.0.1:1/elsewhere" {
			t.Errorf("got %d %v, want %d", o.status, o.header, want)
		}
	}
	wantReleases(t, server, 0)
}

func TestRespond(t *testing.T) {
	server := start(t, seed())
	server.Inject(
		ecsmock.Fault{Kind: ecsmock.Respond, Body: "42"},
		ecsmock.Fault{Kind: ecsmock.Respond, Status: 429, ContentType: "text/plain", Body: "slow down"},
	)
	if o := observe(server, describe(nil)); !o.is(200, "42") || o.header.Get("Content-Type") != "application/json;charset=utf-8" {
		t.Errorf("got %+v", o)
	}
	if o := observe(server, describe(nil)); !o.is(429, "slow down") || o.header.Get("Content-Type") != "text/plain" {
		t.Errorf("got %+v", o)
	}
}

func TestFaultQueue(t *testing.T) {
	server := start(t, seed())
	server.Inject(
		ecsmock.Fault{Kind: ecsmock.Pass},
		ecsmock.Fault{Kind: ecsmock.InternalError, Action: "DescribeInstances"},
		ecsmock.Fault{Kind: ecsmock.ServiceUnavailable},
		ecsmock.Fault{Kind: ecsmock.BadGateway, Action: "ReleasePublicIpAddress", Always: true},
	)
	over := release(params{"PublicIpAddress": "121.40.99.99"})
	for i, step := range []struct {
		over params
		want int
	}{
		{over, 400}, {over, 503}, {over, 502}, {over, 502}, {describe(nil), 500}, {describe(nil), 200}, {over, 502},
	} {
		if o := observe(server, step.over); o.status != step.want {
			t.Errorf("call %d: got %d, want %d", i+1, o.status, step.want)
		}
	}
}

func TestGate(t *testing.T) {
	over := release(params{"PublicIpAddress": vpcIP})
	ask := func(server *ecsmock.Server) chan outcome {
		ended := make(chan outcome, 1)
		go func() { ended <- observe(server, over) }()
		return ended
	}
	t.Run("after-the-effect", func(t *testing.T) {
		server, gate := start(t, seed()), ecsmock.NewGate()
		server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, After: true, Gate: gate})
		ended := ask(server)
		<-gate.Arrived()
		wantReleases(t, server, 1)
		if call := server.Calls()[0]; call.Status != 0 || !call.Released {
			t.Errorf("on record: %+v", call)
		}
		gate.Open()
		if o := <-ended; o.status != 200 {
			t.Errorf("got %+v", o)
		}
	})
	t.Run("before-the-effect", func(t *testing.T) {
		server, gate := start(t, seed()), ecsmock.NewGate()
		server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, Gate: gate})
		ended := ask(server)
		<-gate.Arrived()
		wantReleases(t, server, 0)
		gate.Open()
		if o := <-ended; o.status != 200 {
			t.Errorf("got %+v", o)
		}
		wantReleases(t, server, 1)
	})
	t.Run("then-the-answer-is-lost", func(t *testing.T) {
		server, gate := start(t, seed()), ecsmock.NewGate()
		server.Inject(ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true, Gate: gate})
		ended := ask(server)
		<-gate.Arrived()
		gate.Open()
		if o := <-ended; !errors.Is(o.err, io.EOF) {
			t.Errorf("got %+v", o)
		}
		wantReleases(t, server, 1)
	})
	t.Run("holds-every-call-of-a-standing-fault", func(t *testing.T) {
		server, gate := start(t, seed()), ecsmock.NewGate()
		server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, Gate: gate, Always: true})
		first, second := ask(server), ask(server)
		<-gate.Arrived()
		<-gate.Arrived()
		gate.Open()
		<-first
		<-second
		<-ask(server) // an open gate stays open
		wantReleases(t, server, 1)
	})
	t.Run("late-effect-after-the-client-left", func(t *testing.T) {
		settled := make(chan ecsmock.Call, 1)
		server, gate := start(t, seed(), ecsmock.Observe(func(c ecsmock.Call) { settled <- c })), ecsmock.NewGate()
		server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, Gate: gate})
		ctx, leave := context.WithCancel(t.Context())
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL()+target(over), nil)
		if err != nil {
			t.Fatal(err)
		}
		left := make(chan error)
		go func() {
			response, err := client.Do(request)
			if err == nil {
				response.Body.Close()
			}
			left <- err
		}()
		<-gate.Arrived()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		wantReleases(t, server, 0)
		gate.Open()
		if call := <-settled; !call.Released {
			t.Errorf("on record: %+v", call)
		}
	})
	t.Run("the-server-closes", func(t *testing.T) {
		server, gate := start(t, seed()), ecsmock.NewGate()
		server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, Gate: gate})
		ended := ask(server)
		<-gate.Arrived()
		server.Close()
		if o := <-ended; o.err == nil {
			t.Errorf("got %+v", o)
		}
		wantReleases(t, server, 0)
	})
	t.Run("the-server-closes-before-anyone-looks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			gateway := newGateway(t, ecsmock.Fault{Kind: ecsmock.Pass, Gate: ecsmock.NewGate(), After: true})
			ended := make(chan bool)
			go func() {
				_, cut := serve(t.Context(), gateway, over)
				ended <- cut
			}()
			synctest.Wait()
			go gateway.Close()
			if !<-ended {
				t.Error("it was answered")
			}
		})
	})
}

// newGateway makes a gateway that meets its first calls with the faults.
func newGateway(t *testing.T, faults ...ecsmock.Fault) *ecsmock.Gateway {
	t.Helper()
	s := seed()
	s.Faults = faults
	gateway, err := ecsmock.NewGateway(s)
	if err != nil {
		t.Fatal(err)
	}
	return gateway
}

func TestDelay(t *testing.T) {
	for name, fault := range map[string]ecsmock.Fault{
		"before-the-effect": {Kind: ecsmock.Pass, DelayMS: 50},
		"after-the-effect":  {Kind: ecsmock.Pass, DelayMS: 50, After: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the time of the bubble stands still while anyone works
				gateway, begun := newGateway(t, fault), time.Now()
				answered := make(chan int)
				go func() {
					recorder, _ := serve(t.Context(), gateway, release(params{"PublicIpAddress": vpcIP}))
					answered <- recorder.Code
				}()
				synctest.Wait()
				if released := gateway.Releases() == 1; released != fault.After {
					t.Errorf("released before the delay: %t", released)
				}
				status := <-answered
				if took := time.Since(begun); took != 50*time.Millisecond || status != 200 || gateway.Releases() != 1 {
					t.Errorf("answered %d after %s, %d released", status, took, gateway.Releases())
				}
			})
		})
	}
	t.Run("the-server-closes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			gateway, begun := newGateway(t, ecsmock.Fault{Kind: ecsmock.Pass, DelayMS: 3_600_000}), time.Now()
			ended := make(chan bool, 1)
			go func() {
				_, cut := serve(t.Context(), gateway, describe(nil))
				ended <- cut
			}()
			synctest.Wait()
			gateway.Close()
			if !<-ended {
				t.Error("it was answered")
			}
			if took := time.Since(begun); took != 0 {
				t.Errorf("it ended after %s", took)
			}
		})
	})
}

func TestAddressGivenToAnotherInstance(t *testing.T) {
	over := release(params{"PublicIpAddress": vpcIP})
	named := release(params{"PublicIpAddress": vpcIP, "InstanceId": vpcID})
	lost := ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true, GivenTo: classicID}
	for name, test := range map[string]struct {
		fault        ecsmock.Fault
		first, again params
		code         string // of the second call; empty if it releases the stranger's address
		stranger     []string
	}{
		"lost-then-a-stranger's":     {lost, over, over, "", []string{classicIP}},
		"lost-then-protected-by-id":  {lost, named, named, "InvalidIpAddress.NotFound", []string{classicIP, vpcIP}},
		"answered-then-a-stranger's": {ecsmock.Fault{Kind: ecsmock.Pass, GivenTo: classicID}, over, over, "", []string{classicIP}},
		"nothing-released": {lost, release(params{"PublicIpAddress": "121.40.99.99"}), release(params{"PublicIpAddress": "121.40.99.99"}),
			"InvalidIpAddress.NotFound", []string{classicIP}},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, seed())
			server.Inject(test.fault)
			observe(server, test.first)
			status := 200
			if test.code != "" {
				status = 400
			}
			wantCode(t, server, test.again, status, test.code)
			if stranger, _ := server.Instance(classicID); !slices.Equal(stranger.PublicIPs, test.stranger) {
				t.Errorf("the stranger has %v, want %v", stranger.PublicIPs, test.stranger)
			}
		})
	}
}

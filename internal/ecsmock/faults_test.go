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

// held are the kinds whose answers do not end by themselves: see TestFaults_held_answers.
var held = []ecsmock.Kind{ecsmock.NoAnswer, ecsmock.DripBody}

func TestFaults_before_and_after_the_effect(t *testing.T) {
	for _, kind := range ecsmock.Kinds() {
		if shapes[kind] == nil && !slices.Contains(held, kind) {
			t.Errorf("%s has no test", kind)
		}
	}
	for kind, seen := range shapes {
		for name, after := range map[string]bool{"before": false, "after": true} {
			t.Run(string(kind)+"-"+name, func(t *testing.T) {
				server := start(t, seed())
				server.Inject(ecsmock.Fault{Kind: kind, After: after})
				over := release(nil)
				if o := observe(server, over); !seen(o) {
					t.Errorf("the client sees %d %q, %v", o.status, o.start, o.err)
				}
				if call := server.Calls()[0]; call.Fault != kind || call.Released != after {
					t.Errorf("on record: %+v", call)
				}
				if after {
					wantCode(t, server, over, 400, "InvalidIpAddress.NotFound")
				} else {
					wantCode(t, server, over, 200, "")
				}
				wantReleases(t, server, 1)
			})
		}
	}
}

func TestFaults_cut_the_true_answer(t *testing.T) {
	server := start(t, seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.HalfBody, After: true})
	o := observe(server, release(nil))
	if want := server.Calls()[0].RequestID; o.status != 200 || !bytes.Contains(o.start, []byte(want[:8])) {
		t.Errorf("got %d %q, want the start of request id %s", o.status, o.start, want)
	}
}

func TestFaults_gzip_bomb_inflates(t *testing.T) {
	server := start(t, seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.GzipBomb, After: true})
	response, err := send(server, release(nil))
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

func TestFaults_held_answers(t *testing.T) {
	over := release(nil)
	for name, test := range map[string]struct {
		fault  ecsmock.Fault
		gated  bool
		status int    // on record
		start  string // of the body that is sent
		leaves bool   // a client that leaves ends the answer
	}{
		"no-answer":             {fault: ecsmock.Fault{Kind: ecsmock.NoAnswer, After: true}, leaves: true},
		"drip-body":             {fault: ecsmock.Fault{Kind: ecsmock.DripBody, After: true}, status: 200, start: `{"RequestId":"000`, leaves: true},
		"endless-body":          {fault: ecsmock.Fault{Kind: ecsmock.EndlessBody}, status: 500, start: "   ", leaves: true},
		"gate":                  {fault: ecsmock.Fault{Kind: ecsmock.Pass}, gated: true},
		"gate-after-the-effect": {fault: ecsmock.Fault{Kind: ecsmock.Pass, After: true}, gated: true},
		"delay":                 {fault: ecsmock.Fault{Kind: ecsmock.Pass, DelayMS: 3_600_000}},
	} {
		for end, leaves := range map[string]bool{"the-client-leaves": true, "the-gateway-closes": false} {
			t.Run(name+"-until-"+end, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { // the time of the bubble stands still while anyone works
					if test.gated {
						test.fault.Gate = ecsmock.NewGate()
					}
					gateway, begun := newGateway(t, test.fault), time.Now()
					ctx, leave := context.WithCancel(t.Context())
					defer leave()
					ended := make(chan *httptest.ResponseRecorder, 1)
					go func() {
						recorder, cut := serve(ctx, gateway, over)
						if !cut {
							t.Error("it was answered")
						}
						ended <- recorder
					}()
					time.Sleep(time.Second)
					if leaves {
						leave()
						synctest.Wait()
					}
					if call := gateway.Calls()[0]; call.Status != test.status || call.Released != test.fault.After {
						t.Errorf("on record: %+v", call)
					}
					if got := len(ended) == 1; got != (leaves && test.leaves) {
						t.Errorf("it has ended: %t", got)
					}
					gateway.Close()
					recorder := <-ended
					if took := time.Since(begun); took != time.Second {
						t.Errorf("it ended after %s", took)
					}
					if sent := recorder.Body.String(); !strings.HasPrefix(sent, test.start) || test.start == "" && sent != "" || recorder.Flushed != (sent != "") {
						t.Errorf("sent %.20q, flushed: %t", sent, recorder.Flushed)
					}
				})
			})
		}
	}
}

func TestFaults_reset_reaches_through_TLS(t *testing.T) {
	server := httptest.NewTLSServer(newGateway(t, ecsmock.Fault{Kind: ecsmock.ResetConnection}))
	defer server.Close()
	response, err := server.Client().Post(server.URL+target(release(nil)), "", nil)
	if err == nil {
		response.Body.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}

func TestFaults_respond_and_redirect(t *testing.T) {
	const elsewhere = "http://127.0.0.1:1/elsewhere"
	for name, test := range map[string]struct {
		fault                 ecsmock.Fault
		status                int
		contentType, location string
	}{
		"respond":              {ecsmock.Fault{Kind: ecsmock.Respond, Body: "42"}, 200, "application/json;charset=utf-8", ""},
		"respond-otherwise":    {ecsmock.Fault{Kind: ecsmock.Respond, Status: 429, ContentType: "text/plain", Body: "slow down"}, 429, "text/plain", ""},
		"redirect":             {ecsmock.Fault{Kind: ecsmock.Redirect, Location: elsewhere}, 302, "text/html", elsewhere},
		"redirect-permanently": {ecsmock.Fault{Kind: ecsmock.Redirect, Status: 308, Location: elsewhere}, 308, "text/html", elsewhere},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, seed())
			server.Inject(test.fault)
			o := observe(server, release(nil))
			if !o.is(test.status, test.fault.Body) || o.header.Get("Content-Type") != test.contentType || o.header.Get("Location") != test.location {
				t.Errorf("got %d %q, %v", o.status, o.start, o.header)
			}
			wantReleases(t, server, 0)
		})
	}
}

func TestFaults_queue(t *testing.T) {
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
	over := release(nil)
	// behind sends a request that comes to the gate of a fault.
	behind := func(t *testing.T, fault ecsmock.Fault) (*ecsmock.Server, chan outcome) {
		t.Helper()
		server, ended := start(t, seed()), make(chan outcome, 1)
		server.Inject(fault)
		go func() { ended <- observe(server, over) }()
		<-fault.Gate.Arrived()
		if call := server.Calls()[0]; call.Status != 0 || call.Released != fault.After {
			t.Errorf("on record: %+v", call)
		}
		return server, ended
	}
	for name, test := range map[string]struct {
		fault ecsmock.Fault
		seen  func(outcome) bool
	}{
		"after-the-effect":        {ecsmock.Fault{Kind: ecsmock.Pass, After: true}, func(o outcome) bool { return o.status == 200 }},
		"before-the-effect":       {ecsmock.Fault{Kind: ecsmock.Pass}, func(o outcome) bool { return o.status == 200 }},
		"then-the-answer-is-lost": {ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true}, shapes[ecsmock.CloseConnection]},
	} {
		t.Run(name, func(t *testing.T) {
			test.fault.Gate = ecsmock.NewGate()
			server, ended := behind(t, test.fault)
			test.fault.Gate.Open()
			if o := <-ended; !test.seen(o) {
				t.Errorf("got %+v", o)
			}
			wantReleases(t, server, 1)
		})
	}
	t.Run("holds-every-call-of-a-standing-fault", func(t *testing.T) {
		gate := ecsmock.NewGate()
		server, first := behind(t, ecsmock.Fault{Kind: ecsmock.Pass, Gate: gate, Always: true})
		second := make(chan outcome, 1)
		go func() { second <- observe(server, over) }()
		<-gate.Arrived()
		gate.Open()
		<-first
		<-second
		observe(server, over) // an open gate stays open
		wantReleases(t, server, 1)
	})
	t.Run("late-effect-after-the-client-left", func(t *testing.T) {
		gate := ecsmock.NewGate()
		gateway := newGateway(t, ecsmock.Fault{Kind: ecsmock.Pass, Gate: gate})
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan bool)
		go func() {
			_, cut := serve(ctx, gateway, over)
			ended <- cut
		}()
		<-gate.Arrived()
		leave()
		gate.Open()
		if cut := <-ended; cut || gateway.Releases() != 1 {
			t.Errorf("cut: %t, on record: %+v", cut, gateway.Calls())
		}
	})
	t.Run("the-server-closes", func(t *testing.T) {
		server, ended := behind(t, ecsmock.Fault{Kind: ecsmock.Pass, Gate: ecsmock.NewGate()})
		server.Close()
		if o := <-ended; o.err == nil {
			t.Errorf("got %+v", o)
		}
		wantReleases(t, server, 0)
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
			synctest.Test(t, func(t *testing.T) {
				gateway, begun := newGateway(t, fault), time.Now()
				answered := make(chan int)
				go func() {
					recorder, _ := serve(t.Context(), gateway, release(nil))
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
}

func TestFaults_give_the_address_away(t *testing.T) {
	over := release(nil)
	named := release(params{"InstanceId": vpcID})
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

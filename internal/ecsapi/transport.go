package ecsapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "unsafe" // allows go:linkname

	_ "github.com/alibabacloud-go/tea/tea" // holds what teaDo names
)

const (
	// maxConnections is to one host; calls beyond wait for one that is free.
	maxConnections = 32
	maxAnswer      = 1 << 20 // bytes
	maxHeader      = 1 << 16 // bytes
	idleTimeout    = 10 * time.Second
	// exchangeHeader names the exchange that a request of tea's belongs to.
	// It is taken off before the request is sent.
	exchangeHeader = "X-Exchange"
)

// teaDo is the one seam in tea through which every request passes. The HTTP
// client behind it follows redirects, reads answers of any size, loses their
// status, ignores contexts and races with itself, and no option mends that.
//
//go:linkname teaDo github.com/alibabacloud-go/tea/tea.hookDo
var teaDo func(roundTrip) roundTrip

type roundTrip = func(*http.Request, *http.Transport) (*http.Response, error)

var exchanges sync.Map // exchange ID -> *exchange, while under way

func init() {
	if teaDo == nil {
		panic("ecsapi: this version of tea has no hookDo; requests would go out by a client that follows redirects")
	}
	fallback := teaDo
	teaDo = func(do roundTrip) roundTrip {
		return func(req *http.Request, transport *http.Transport) (*http.Response, error) {
			value, _ := exchanges.Load(req.Header.Get(exchangeHeader))
			x, ok := value.(*exchange)
			if !ok {
				return fallback(do)(req, transport)
			}
			req.Header.Del(exchangeHeader)
			x.run(req)
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		}
	}
}

// exchange is one request and what came of it. tea is always told that an
// empty object came back: what did come is read by this package alone.
type exchange struct {
	ctx       context.Context
	transport *http.Transport
	timeout   time.Duration

	fate   atomic.Int32
	status int
	body   []byte
	err    error
	// secrets are what the request carries that must not be shown.
	secrets []string
}

// The fates of a request: it waits until it is sent or stopped, whichever comes
// first.
const (
	waiting int32 = iota // for a connection
	sent                 // a connection was had: it may have left
	stopped              // the context ended before
)

// decide gives the request a fate, if it has none, and reports whether that is
// its fate now.
func (x *exchange) decide(fate int32) bool {
	return x.fate.CompareAndSwap(waiting, fate) || x.fate.Load() == fate
}

// send lets the request go out by a connection, unless it was stopped: then
// the connection is closed, so that nothing can.
func (x *exchange) send(conn net.Conn) {
	if !x.decide(sent) {
		conn.Close()
	}
}

func (x *exchange) mayHaveLeft() bool { return x.fate.Load() == sent }

// run makes the exchange. Until a connection is had, it ends with the context;
// from then on its own timeout alone ends it, since the request may have left.
func (x *exchange) run(req *http.Request) {
	query := req.URL.Query()
	x.secrets = append(x.secrets, query.Get("Signature"), query.Get("SecurityToken"))

	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.ctx), x.timeout)
	defer cancel()
	stop := context.AfterFunc(x.ctx, func() {
		if x.decide(stopped) {
			cancel()
		}
	})
	defer stop()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(got httptrace.GotConnInfo) { x.send(got.Conn) },
	})

	// Not a Client: a RoundTrip follows no redirect and wraps no URL in errors.
	resp, err := x.transport.RoundTrip(req.WithContext(ctx))
	if err == nil {
		x.status = resp.StatusCode
		// After a switch of protocols the body is the bare connection, which
		// may stay silent for ever: net/http bounds it no more.
		if x.status != http.StatusSwitchingProtocols {
			x.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
		}
		resp.Body.Close()
	}
	// Not err itself: the shorter timeouts of a connection are of its kind too.
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		missing := "connection"
		if x.mayHaveLeft() {
			missing = "whole answer"
		}
		err = fmt.Errorf("no %s within %s", missing, x.timeout)
	}
	x.err = err
}

// newTransport returns a transport of its own pool. It does not ask for
// compression: what an answer says of its own size is not to be believed.
func newTransport(cfg Config) *http.Transport {
	return &http.Transport{
		Proxy:                  cfg.Proxy,
		DialContext:            (&net.Dialer{Timeout: cfg.ConnectTimeout}).DialContext,
		TLSHandshakeTimeout:    cfg.ConnectTimeout,
		ResponseHeaderTimeout:  cfg.ReadTimeout,
		DisableCompression:     true,
		MaxConnsPerHost:        maxConnections,
		MaxIdleConnsPerHost:    maxConnections,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}
}

// failure turns an exchange that brought no whole answer into an error.
func (x *exchange) failure(z sanitizer) *Error {
	switch {
	case !x.mayHaveLeft() && x.ctx.Err() != nil:
		return &Error{Kind: NotSent, Err: x.ctx.Err()}
	case x.err != nil && !x.mayHaveLeft():
		return &Error{Kind: NotSent, Err: errors.New(z.text(x.err.Error()))}
	case x.err != nil:
		return &Error{Kind: NoAnswer, HTTPStatus: x.status, Err: errors.New(z.text(x.err.Error()))}
	case len(x.body) > maxAnswer:
		return &Error{Kind: NotAPI, HTTPStatus: x.status, Err: fmt.Errorf("the answer is larger than %d bytes", maxAnswer)}
	}
	return nil
}

package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

const maxAnswer = 1 << 20 // bytes

// answer is a whole HTTP answer.
type answer struct {
	status int
	body   []byte
}

// Fetch sends one plain request and returns the status and the whole body of
// its answer. The timeouts and bounds are those of a call, and no redirect is
// followed. The end of the context stops it at once. The error is an *Error,
// which holds neither the URL nor any of the secrets.
func (c *Client) Fetch(ctx context.Context, req *http.Request, secrets ...string) (int, []byte, error) {
	got, failed := c.send(ctx, req, false)
	if failed != nil {
		failed.Endpoint = req.URL.Host
		failed.hide(append(secrets, c.secrets(req)...))
		return 0, nil, failed
	}
	return got.status, got.body, nil
}

// send makes the exchange. Until a connection is had, it ends with the context.
// From then on the request may have left: if it is awaited, only its own
// timeout ends it.
func (c *Client) send(ctx context.Context, req *http.Request, awaited bool) (answer, *Error) {
	if err := ctx.Err(); err != nil {
		return answer{}, &Error{Kind: NotSent, Err: err}
	}
	parent := ctx
	if awaited {
		parent = context.WithoutCancel(ctx)
	}
	timeout := c.cfg.ConnectTimeout + c.cfg.ReadTimeout
	own, cancel := context.WithTimeout(parent, timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(own, &httptrace.ClientTrace{
		GotConn: func(got httptrace.GotConnInfo) {
			// Either the context no longer cancels, or it has: stop says which.
			if stop() {
				sent.Store(true)
			} else if !sent.Load() {
				got.Conn.Close() // so that nothing can leave
			}
		},
	})

	// Not a Client: a RoundTrip follows no redirect and wraps no URL in errors.
	var got answer
	resp, err := c.transport.RoundTrip(req.WithContext(traced))
	if err == nil {
		got.status = resp.StatusCode
		// After a switch of protocols the body is the bare connection, which may
		// stay silent for ever: net/http no longer bounds it.
		if got.status != http.StatusSwitchingProtocols {
			got.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
		}
		resp.Body.Close()
	}

	switch {
	case err == nil && len(got.body) <= maxAnswer:
		return got, nil
	case err == nil:
		return got, &Error{Kind: NotAPI, HTTPStatus: got.status, Err: fmt.Errorf("the answer is larger than %d bytes", maxAnswer)}
	}
	// Not err itself: a timeout of a connection passes for the end of a context.
	failed := &Error{Kind: NoAnswer, HTTPStatus: got.status, Err: errors.New(err.Error())}
	if !sent.Load() {
		failed.Kind, failed.Obstacle = NotSent, obstacleOf(err)
	}
	switch {
	case ctx.Err() != nil && (failed.Kind == NotSent || !awaited):
		failed.Obstacle, failed.Err = Passing, ctx.Err()
	case errors.Is(own.Err(), context.DeadlineExceeded) && failed.Kind == NotSent:
		failed.Err = fmt.Errorf("no connection within %s", timeout)
	case errors.Is(own.Err(), context.DeadlineExceeded):
		failed.Err = fmt.Errorf("no whole answer within %s", timeout)
	}
	return got, failed
}

package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// obstacleOf decides, from the error of a RoundTrip whose request was not sent,
// whether another attempt may do better.
func obstacleOf(err error) Obstacle {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return Untrusted
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok && name.IsNotFound {
		return UnknownHost
	}
	if refusal, ok := errors.AsType[*proxyError](err); ok &&
		(refusal.status == http.StatusForbidden || refusal.status == http.StatusProxyAuthRequired) {
		return ProxyRefused
	}
	// A port above 65535 is an AddrError. Port 0 is dialed, and always refused.
	if _, ok := errors.AsType[*net.AddrError](err); ok {
		return BadAddress
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		if address, ok := op.Addr.(*net.TCPAddr); ok && address.Port == 0 {
			return BadAddress
		}
	}
	return Passing
}

// proxyError is a proxy's answer to CONNECT that is not a success.
type proxyError struct{ status int }

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy answered CONNECT with HTTP %d %s", e.status, http.StatusText(e.status))
}

// checkProxy gives a proxy's refusal a type. net/http returns only its reason
// phrase, which the proxy may write as it likes.
func checkProxy(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return &proxyError{resp.StatusCode}
	}
	return nil
}

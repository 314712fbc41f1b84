package credentials

import (
	"io"
	"net/http"
	"time"

	_ "unsafe" // allows go:linkname
)

const (
	metadataHost = "100.100.100.200"
	// answerTimeout is credentials-go's own: 5 seconds to connect, and 10 for the answer.
	answerTimeout = 15 * time.Second
	maxAnswerSize = 1 << 20
)

// credentialsDo is the one seam in credentials-go through which every request passes. The HTTP client
// behind it follows redirects, with tokens, to any host and to plain HTTP, takes the keys that it is given
// there, reads answers of any size, and leaves idle connections behind; no option mends that.
//
//go:linkname credentialsDo github.com/aliyun/credentials-go/credentials/internal/http.hookDo
var credentialsDo func(do) do

type do = func(*http.Request) (*http.Response, error)

func init() {
	if credentialsDo == nil {
		panic("credentials: this version of credentials-go has no hookDo; tokens would go out by a client that follows redirects")
	}
	credentialsDo = func(do) do { return send }
}

var transport = &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, DisableCompression: true}

// send makes one request. A redirect is an answer like others, and no success.
func send(req *http.Request) (*http.Response, error) {
	client := &http.Client{
		Transport:     transport,
		Timeout:       answerTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if req.URL.Host == metadataHost {
		client.Timeout = 2 * metadataTimeout // to connect, and for the answer
	}
	resp, err := client.Do(req) //nolint:gosec // to where the user or credentials-go says
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswerSize), resp.Body}
	return resp, nil
}

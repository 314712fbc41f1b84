package ecsmock

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Kind says how an answer goes wrong.
type Kind string

// The kinds of faults.
const (
	Pass               Kind = "pass"                // the true answer: with a Gate, a delay, or to keep a later fault for a later call
	CloseConnection    Kind = "close"               // closed without an answer
	ResetConnection    Kind = "reset"               // TCP reset
	NoAnswer           Kind = "no-answer"           // silence until the client leaves or the server closes
	BadGateway         Kind = "bad-gateway"         // 502 with an HTML page
	ServiceUnavailable Kind = "service-unavailable" // 503 ServiceUnavailable
	InternalError      Kind = "internal-error"      // 500 InternalError
	ThrottlingUser     Kind = "throttling-user"     // 400 Throttling.User
	ThrottlingAPI      Kind = "throttling-api"      // 400 Throttling.Api
	EmptyBody          Kind = "empty-body"          // 200 and nothing
	HalfBody           Kind = "half-body"           // closed in the middle of the body
	DripBody           Kind = "drip-body"           // a byte every 20 ms, for ever
	EndlessBody        Kind = "endless-body"        // about 12 MB a second, for ever
	NullBody           Kind = "null-body"           // 200 null
	ArrayBody          Kind = "array-body"          // 200 and a JSON array
	StringBody         Kind = "string-body"         // 200 and a JSON string
	EmptyObject        Kind = "empty-object"        // 200 {}
	GzipBomb           Kind = "gzip-bomb"           // gzip, requested or not: 256 MiB of blanks before the answer
	Redirect           Kind = "redirect"            // Status (default 302) to Location
	Respond            Kind = "respond"             // Status (default 200), ContentType (default JSON), Body
)

const (
	dripEvery    = 20 * time.Millisecond
	endlessEvery = 5 * time.Millisecond
	endlessChunk = 64 << 10
	bombMember   = 4 << 20
	bombMembers  = 64
)

// Kinds returns every kind but Pass, Redirect and Respond: those that need no
// more than their name.
func Kinds() []Kind {
	return slices.DeleteFunc(slices.Clone(allKinds), func(k Kind) bool {
		return k == Pass || k == Redirect || k == Respond
	})
}

var allKinds = []Kind{
	Pass, CloseConnection, ResetConnection, NoAnswer, BadGateway, ServiceUnavailable, InternalError,
	ThrottlingUser, ThrottlingAPI, EmptyBody, HalfBody, DripBody, EndlessBody, NullBody, ArrayBody,
	StringBody, EmptyObject, GzipBomb, Redirect, Respond,
}

// Fault makes one answer go wrong, or all of them if it is Always. A fault that
// cuts or inflates the true answer needs After: without it the call is not
// carried out, and the answer that is cut or inflated is InternalError.
type Fault struct {
	Kind Kind `json:"kind"`
	// Action limits the fault to calls of one action; empty is any.
	Action string `json:"action,omitempty"`
	// PublicIP limits the fault to calls that name this address as
	// PublicIpAddress; empty is any.
	PublicIP string `json:"public_ip,omitempty"`
	// After carries the call out first: only its answer goes wrong.
	After bool `json:"after,omitempty"`
	// Always keeps the fault for all later calls, which then never reach the
	// faults behind it that fit the same calls.
	Always bool `json:"always,omitempty"`

	Status      int    `json:"status,omitempty"`       // of Redirect and Respond
	Location    string `json:"location,omitempty"`     // of Redirect
	ContentType string `json:"content_type,omitempty"` // of Respond
	Body        string `json:"body,omitempty"`         // of Respond

	// GivenTo is the ID of an instance that gets the address once the call has
	// released it, as anyone's instance may in the real service.
	GivenTo string `json:"given_to,omitempty"`

	// DelayMS delays the answer by so many milliseconds. The call is carried
	// out after the delay, or before it if After is set.
	DelayMS int `json:"delay_ms,omitempty"`
	// Gate holds the call before its answer, and before it is carried out
	// unless After is set.
	Gate *Gate `json:"-"`
}

// Inject appends faults to the queue. A call that is let in meets the first
// fault in the queue that fits it. It panics on a fault that no seed may hold.
func (g *Gateway) Inject(faults ...Fault) {
	for _, fault := range faults {
		_, known := g.Instance(fault.GivenTo)
		if err := fault.validate("fault", known); err != nil {
			panic(err)
		}
	}
	g.faults.mu.Lock()
	defer g.faults.mu.Unlock()
	g.faults.queue = append(g.faults.queue, faults...)
}

// NewGate returns a closed Gate.
func NewGate() *Gate {
	return &Gate{arrived: make(chan struct{}), opened: make(chan struct{})}
}

// Gate holds calls until the test opens it or the server closes. A client that
// leaves does not free its call: unless the fault has After, the call is carried
// out late, when the gate opens.
type Gate struct {
	arrived chan struct{}
	opened  chan struct{}
	once    sync.Once
}

// Arrived yields once for each call that has come to the gate. With Fault.After
// the call has then been carried out and recorded.
func (g *Gate) Arrived() <-chan struct{} { return g.arrived }

// Open lets all calls through, those to come included.
func (g *Gate) Open() { g.once.Do(func() { close(g.opened) }) }

// hold waits for the delay and the gate. It reports false if the server closed
// first.
func (f *Fault) hold(closing <-chan struct{}) bool {
	select {
	case <-time.After(time.Duration(f.DelayMS) * time.Millisecond):
	case <-closing:
		return false
	}
	return f.Gate.pass(closing)
}

// pass waits at the gate and reports false if the server closed first. A nil
// gate stands open.
func (g *Gate) pass(closing <-chan struct{}) bool {
	if g == nil {
		return true
	}
	select {
	case g.arrived <- struct{}{}:
	case <-g.opened:
		return true
	case <-closing:
		return false
	}
	select {
	case <-g.opened:
		return true
	case <-closing:
		return false
	}
}

type faults struct {
	mu    sync.Mutex
	queue []Fault
}

func (f *faults) take(req request) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.queue, func(fault Fault) bool {
		return (fault.Action == "" || fault.Action == req.action()) &&
			(fault.PublicIP == "" || fault.PublicIP == req.params.Get("PublicIpAddress"))
	})
	if i < 0 {
		return nil
	}
	fault := f.queue[i]
	if !fault.Always {
		f.queue = slices.Delete(f.queue, i, i+1)
	}
	return &fault
}

// bodies are what is sent in place of a JSON object; EmptyBody has none.
var bodies = map[Kind]string{NullBody: "null", ArrayBody: `["RequestId"]`, StringBody: `"RequestId"`, EmptyObject: "{}"}

// disfigure returns the answer that the client gets in place of the true one.
func (f *Fault) disfigure(truth answer, req request) answer {
	plain := func(status int, contentType, body string) answer { // an empty content type means JSON
		return answer{status: status, header: http.Header{"Content-Type": {contentType}}, body: []byte(body)}
	}
	switch f.Kind {
	case CloseConnection, ResetConnection, NoAnswer:
		return answer{manner: f.Kind}
	case HalfBody, DripBody, EndlessBody:
		truth.manner = f.Kind
		return truth
	case BadGateway:
		const head, page = "<head><title>502 Bad Gateway</title></head>", "<body><center><h1>502 Bad Gateway</h1></center></body>"
		return plain(http.StatusBadGateway, "text/html", "<html>\r\n"+head+"\r\n"+page+"\r\n</html>\r\n")
	case ServiceUnavailable:
		return errUnavailable.answer(req, truth.requestID)
	case InternalError:
		return errInternal.answer(req, truth.requestID)
	case ThrottlingUser:
		return errThrottlingUser.throttled(1, 100*time.Millisecond).answer(req, truth.requestID)
	case ThrottlingAPI:
		return errThrottlingAPI.throttled(1, 100*time.Millisecond).answer(req, truth.requestID)
	case EmptyBody, NullBody, ArrayBody, StringBody, EmptyObject:
		return plain(http.StatusOK, "", bodies[f.Kind])
	case GzipBomb:
		truth.header = http.Header{"Content-Encoding": {"gzip"}}
		truth.body = append(blanks(), compress(truth.body)...)
		return truth
	case Redirect:
		redirect := plain(cmp.Or(f.Status, http.StatusFound), "text/html", "")
		redirect.header.Set("Location", f.Location)
		return redirect
	case Respond:
		return plain(cmp.Or(f.Status, http.StatusOK), f.ContentType, f.Body)
	}
	return truth
}

// blanks is the bulk of the bomb. Gzip members may follow one another, so one is
// compressed and repeated.
var blanks = sync.OnceValue(func() []byte {
	bulk := bytes.Repeat(compress(bytes.Repeat([]byte{' '}, bombMember)), bombMembers)
	return slices.Clip(bulk)
})

func compress(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// send delivers the answer in its manner.
func (a answer) send(w http.ResponseWriter, r *http.Request, closing <-chan struct{}) {
	switch a.manner {
	case CloseConnection:
		drop(w, false)
	case ResetConnection:
		drop(w, true)
	case NoAnswer:
		select {
		case <-r.Context().Done():
		case <-closing:
		}
		drop(w, false)
	case HalfBody:
		whole := strconv.Itoa(len(a.body))
		a.head(w, whole)
		// Falling short of Content-Length makes the HTTP server close.
		_, _ = w.Write(a.body[:len(a.body)/2])
	case DripBody:
		a.head(w, "")
		opening := []byte(`{"RequestId":"`)
		a.trickle(w, r, closing, dripEvery, func(n int) []byte {
			if n < len(opening) {
				return opening[n : n+1]
			}
			return []byte{'0'}
		})
	case EndlessBody:
		a.head(w, "")
		chunk := bytes.Repeat([]byte{' '}, endlessChunk)
		a.trickle(w, r, closing, endlessEvery, func(int) []byte { return chunk })
	default:
		a.head(w, strconv.Itoa(len(a.body)))
		_, _ = w.Write(a.body) // the client may be gone, which is not an error here
	}
}

// head sends status and headers; an empty length leaves the end open.
func (a answer) head(w http.ResponseWriter, length string) {
	header := w.Header()
	maps.Copy(header, a.header)
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json;charset=utf-8")
	}
	if a.requestID != "" {
		header.Set("X-Acs-Request-Id", a.requestID)
	}
	if length != "" {
		header.Set("Content-Length", length)
	}
	w.WriteHeader(a.status)
}

// trickle writes piece after piece until the client leaves or the server
// closes, and then cuts the connection.
func (a answer) trickle(w http.ResponseWriter, r *http.Request, closing <-chan struct{}, every time.Duration, piece func(n int) []byte) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	flush := http.NewResponseController(w).Flush
	for n := 0; ; n++ {
		if _, err := w.Write(piece(n)); err != nil || flush() != nil {
			panic(http.ErrAbortHandler)
		}
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-closing:
			panic(http.ErrAbortHandler)
		}
	}
}

// drop closes the connection without an answer, by a TCP reset if reset is true.
func drop(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2, or a recorder: the closest there is
	}
	if tcp := tcpConn(conn); reset && tcp != nil {
		// Closing TLS would send a proper end first, so TCP is closed before it.
		// Both calls fail only on a connection that is gone.
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
	}
	_ = conn.Close()
}

func tcpConn(conn net.Conn) *net.TCPConn {
	for {
		switch c := conn.(type) {
		case *net.TCPConn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// carries reports whether a call that meets the fault is carried out.
func (f *Fault) carries() bool { return f.After || f.Kind == Pass }

// validate needs to know whether GivenTo is on record.
func (f Fault) validate(field string, givenToKnown bool) error {
	switch {
	case f.DelayMS < 0:
		return &SeedError{field + ".delay_ms", "it is negative"}
	case f.GivenTo != "" && !f.carries():
		return &SeedError{field + ".given_to", "the call releases nothing; set after"}
	case f.GivenTo != "" && !givenToKnown:
		return &SeedError{field + ".given_to", fmt.Sprintf("%q is not on record", f.GivenTo)}
	case !slices.Contains(allKinds, f.Kind):
		return &SeedError{field + ".kind", fmt.Sprintf("%q is not one of %q", f.Kind, allKinds)}
	case f.Action != "" && f.Action != actionRelease && f.Action != actionDescribe:
		return &SeedError{field + ".action", fmt.Sprintf("%q is neither %s nor %s", f.Action, actionRelease, actionDescribe)}
	case f.PublicIP != "" && !ipv4(f.PublicIP):
		return &SeedError{field + ".public_ip", fmt.Sprintf("%q is not an IPv4 address", f.PublicIP)}
	case f.PublicIP != "" && f.Action == actionDescribe:
		return &SeedError{field + ".public_ip", actionDescribe + " releases none"}
	case f.Kind == Respond && f.Body != "" && (f.Status == http.StatusNoContent || f.Status == http.StatusNotModified):
		return &SeedError{field + ".body", fmt.Sprintf("an answer with status %d has none", f.Status)}
	case f.Kind == Redirect && f.Location == "":
		return &SeedError{field + ".location", "a redirect needs a URL"}
	case f.Kind != Redirect && f.Location != "":
		return &SeedError{field + ".location", fmt.Sprintf("a fault of kind %q has none", f.Kind)}
	case f.Kind == Redirect && f.Status != 0 && !slices.Contains([]int{301, 302, 303, 307, 308}, f.Status):
		return &SeedError{field + ".status", fmt.Sprintf("%d is not a redirect", f.Status)}
	case f.Kind == Respond && f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return &SeedError{field + ".status", fmt.Sprintf("%d is not between 200 and 599", f.Status)}
	case f.Kind != Redirect && f.Kind != Respond && f.Status != 0:
		return &SeedError{field + ".status", fmt.Sprintf("a fault of kind %q has its own", f.Kind)}
	case f.Kind != Respond && (f.Body != "" || f.ContentType != ""):
		return &SeedError{field + ".body", fmt.Sprintf("a fault of kind %q has its own", f.Kind)}
	}
	return nil
}

package ecsmock

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// New starts a Server from the seed. Without an Address option it listens on a
// free port of 127.0.0.1. The caller closes it.
func New(seed Seed, options ...Option) (*Server, error) {
	settings := apply(options)
	gateway, err := NewGateway(seed, options...)
	if err != nil {
		return nil, err
	}
	s := &Server{Gateway: gateway, address: settings.address}
	if err := s.Accept(); err != nil {
		return nil, err
	}
	return s, nil
}

// Server is a Gateway that listens.
type Server struct {
	*Gateway

	mu      sync.Mutex
	address string
	running *running // nil while connections are refused
	closed  bool
	traffic traffic
}

// URL is the endpoint, scheme included: http://127.0.0.1:PORT.
func (s *Server) URL() string { return "http://" + s.Addr() }

// Addr is the endpoint as host:port.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.address
}

// Refuse stops listening, so that new connections are refused, and cuts those
// that are open. Accept listens on the same port again.
func (s *Server) Refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
}

// Accept listens again after Refuse. It fails if another process took the port
// meanwhile, or after Close.
func (s *Server) Accept() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("ecsmock: the server is closed; start a new one")
	}
	if s.running != nil {
		return nil
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return fmt.Errorf("ecsmock: listen on %s: %w", s.address, err)
	}
	s.address = listener.Addr().String()
	s.running = &running{
		listener: listener,
		server:   &http.Server{Handler: s.Gateway, ReadHeaderTimeout: time.Minute},
		ended:    make(chan struct{}),
	}
	go s.running.serve(&s.traffic)
	return nil
}

// Close ends every answer that is held back, cuts all connections and returns
// when no request is being served. It may be called more than once.
func (s *Server) Close() {
	s.Gateway.free()
	s.mu.Lock()
	s.closed = true
	s.stop()
	s.mu.Unlock()
	s.Gateway.Close()
}

// Traffic says what crossed the server's sockets so far.
func (s *Server) Traffic() Traffic {
	return Traffic{
		Opened:       int(s.traffic.opened.Load()),
		BytesRead:    s.traffic.read.Load(),
		BytesWritten: s.traffic.written.Load(),
	}
}

// Traffic counts TCP connections since the start, and the bytes that they carried.
type Traffic struct {
	Opened       int
	BytesRead    int64
	BytesWritten int64
}

func (s *Server) stop() {
	if s.running != nil {
		s.running.stop()
		s.running = nil
	}
}

// running is the time between Accept and Refuse.
type running struct {
	listener net.Listener
	server   *http.Server
	ended    chan struct{}
}

func (r *running) serve(t *traffic) {
	defer close(r.ended)
	_ = r.server.Serve(countingListener{r.listener, t}) // it ends when stop closes the listener
}

// stop closes the listener, waits for a connection that may just have been
// accepted, and closes the connections. Their errors do not matter here.
func (r *running) stop() {
	_ = r.listener.Close()
	<-r.ended
	_ = r.server.Close()
}

type traffic struct {
	opened, read, written atomic.Int64
}

type countingListener struct {
	net.Listener
	traffic *traffic
}

func (l countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.traffic.opened.Add(1)
	return &countingConn{conn, l.traffic}, nil
}

type countingConn struct {
	net.Conn
	traffic *traffic
}

func (c *countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.traffic.read.Add(int64(n))
	return n, err
}

func (c *countingConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.traffic.written.Add(int64(n))
	return n, err
}

// NetConn gives the reset fault the TCP connection below, as tls.Conn does.
func (c *countingConn) NetConn() net.Conn { return c.Conn }

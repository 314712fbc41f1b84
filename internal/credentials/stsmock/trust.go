package stsmock

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority is what Trust has set up for this process.
var authority struct {
	sync.Mutex
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string                  // with the certificate
	handlers    map[string]http.Handler // of hosts that this process is sent to by proxy
}

// Trust makes this process, and those that it starts, trust the certificates of the mocks, and sends whatever
// is not for the loopback to a proxy that knows the hosts given to Intercept and refuses all others.
// Go reads both settings once: call it from TestMain, before any TLS. Call the result at the end.
func Trust() (func(), error) {
	authority.Lock()
	defer authority.Unlock()
	if authority.certificate != nil {
		return nil, errors.New("stsmock: Trust was called before")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "stsmock"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	if authority.certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	authority.key = key
	authority.handlers = map[string]http.Handler{}

	file, err := os.CreateTemp("", "stsmock-*.pem")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(pem.Encode(file, &pem.Block{Type: "CERTIFICATE", Bytes: der}), file.Close()); err != nil {
		return nil, err
	}
	authority.file = file.Name()
	server := httptest.NewServer(proxy(func(host string) http.Handler {
		authority.Lock()
		defer authority.Unlock()
		return authority.handlers[host]
	}))
	for _, pair := range environ(server.URL) {
		name, value, _ := strings.Cut(pair, "=")
		err = errors.Join(err, os.Setenv(name, value))
	}
	return func() {
		server.Close()
		os.Remove(file.Name())
	}, err
}

// environ are the variables that make a process trust the mocks and use a proxy.
func environ(proxy string) []string {
	return []string{
		"SSL_CERT_FILE=" + authority.file, "SSL_CERT_DIR=" + os.DevNull,
		"HTTP_PROXY=" + proxy, "HTTPS_PROXY=" + proxy, "NO_PROXY=localhost,127.0.0.1",
		"http_proxy=", "https_proxy=", "no_proxy=",
	}
}

// Intercept lets the proxy of this process answer for hosts by handler, until the test ends.
func Intercept(tb testing.TB, handler http.Handler, hosts ...string) {
	tb.Helper()
	authority.Lock()
	defer authority.Unlock()
	if authority.certificate == nil {
		tb.Fatal("stsmock: Trust was not called in TestMain")
	}
	for _, host := range hosts {
		authority.handlers[host] = handler
	}
	tb.Cleanup(func() {
		authority.Lock()
		defer authority.Unlock()
		for _, host := range hosts {
			delete(authority.handlers, host)
		}
	})
}

// proxy answers by the handler of the host: to a plain request at once, to CONNECT inside TLS.
func proxy(handlerOf func(host string) http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		handler := handlerOf(host)
		switch {
		case handler == nil:
			http.Error(w, "stsmock: nobody answers for "+host, http.StatusBadGateway)
		case r.Method == http.MethodConnect:
			tunnel(w, host, handler)
		default:
			handler.ServeHTTP(w, r)
		}
	})
}

// tunnel answers one request inside the TLS connection that a CONNECT asks for.
func tunnel(w http.ResponseWriter, host string, handler http.Handler) {
	certificate, err := issue(host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	inside := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	defer inside.Close()
	// A client that fails on the way is told so by the end of the connection.
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		return
	}
	request, err := http.ReadRequest(bufio.NewReader(inside))
	if err != nil {
		return
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	response := answer.Result()
	response.Close, response.ContentLength = true, int64(answer.Body.Len())
	_ = response.Write(inside)
}

// issue is a certificate for one host name or address.
func issue(host string) (tls.Certificate, error) {
	authority.Lock()
	defer authority.Unlock()
	if authority.certificate == nil {
		return tls.Certificate{}, errors.New("stsmock: Trust was not called in TestMain")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: host},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority.certificate, &key.PublicKey, authority.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

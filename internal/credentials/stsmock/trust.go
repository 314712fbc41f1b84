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
	"sync"
	"testing"
	"time"
)

// authority is what Trust has set up for this process.
var authority struct {
	sync.Mutex
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	proxy       *http.Server
	handlers    map[string]http.Handler // of proxied hosts, by host without port
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
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	authority.proxy = &http.Server{Handler: http.HandlerFunc(proxy), ReadHeaderTimeout: time.Minute}
	go authority.proxy.Serve(listener)

	address := "http://" + listener.Addr().String()
	for name, value := range map[string]string{
		"SSL_CERT_FILE": file.Name(), "SSL_CERT_DIR": os.DevNull,
		"HTTP_PROXY": address, "HTTPS_PROXY": address, "NO_PROXY": "localhost,127.0.0.1",
		"http_proxy": "", "https_proxy": "", "no_proxy": "",
	} {
		if value == "" {
			err = errors.Join(err, os.Unsetenv(name))
		} else {
			err = errors.Join(err, os.Setenv(name, value))
		}
	}
	return func() {
		authority.proxy.Close()
		os.Remove(file.Name())
	}, err
}

// Intercept lets the proxy of this process answer for hosts by handler, until the test ends.
func Intercept(t testing.TB, handler http.Handler, hosts ...string) {
	t.Helper()
	authority.Lock()
	defer authority.Unlock()
	if authority.proxy == nil {
		t.Fatal("stsmock: Trust was not called in TestMain")
	}
	for _, host := range hosts {
		authority.handlers[host] = handler
	}
	t.Cleanup(func() {
		authority.Lock()
		defer authority.Unlock()
		for _, host := range hosts {
			delete(authority.handlers, host)
		}
	})
}

// proxy answers for an intercepted host: to a plain request at once, to CONNECT inside TLS.
func proxy(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	authority.Lock()
	handler := authority.handlers[host]
	authority.Unlock()
	if handler == nil {
		http.Error(w, "stsmock: nobody answers for "+host, http.StatusBadGateway)
		return
	}
	if r.Method != http.MethodConnect {
		handler.ServeHTTP(w, r)
		return
	}
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		return
	}
	certificate, err := issue(host)
	if err != nil {
		return
	}
	inside := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}})
	request, err := http.ReadRequest(bufio.NewReader(inside))
	if err != nil {
		return
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	response := answer.Result()
	response.Close, response.ContentLength = true, int64(answer.Body.Len())
	response.Write(inside)
	inside.Close()
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

// Command registry serves a release of the provider by the provider registry
// protocol, on a free port of the loopback interface. It prints the URL of the
// service and runs until it is killed.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const source = "/v1/providers/alicloud-extras/alicloud/"

func main() {
	log.SetFlags(0)
	log.SetPrefix("registry: ")
	dir := flag.String("dir", "", "the `directory` of the release's files")
	version := flag.String("version", "", "the release's version")
	key := flag.String("key", "", "the `file` of the ASCII-armoured public key of its signature")
	keyID := flag.String("key-id", "", "the long id of that key")
	flag.Parse()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	handler, err := serve(url, *dir, *version, *key, *keyID)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := fmt.Fprintln(os.Stdout, url+"/v1/providers/"); err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}

// versions is the answer to the question which versions there are.
type versions struct {
	Versions []version `json:"versions"`
}

type version struct {
	Version   string     `json:"version"`
	Protocols []string   `json:"protocols"`
	Platforms []platform `json:"platforms"`
}

type platform struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
}

// download is the answer to the question where a platform's package is.
type download struct {
	platform
	Protocols    []string `json:"protocols"`
	Filename     string   `json:"filename"`
	URL          string   `json:"download_url"`
	Sum          string   `json:"shasum"`
	SumsURL      string   `json:"shasums_url"`
	SignatureURL string   `json:"shasums_signature_url"`
	Keys         keys     `json:"signing_keys"`
}

type keys struct {
	GPG []gpgKey `json:"gpg_public_keys"`
}

type gpgKey struct {
	ID    string `json:"key_id"`
	Armor string `json:"ascii_armor"`
}

// serve reads the release's manifest and checksums at once, and its files at each
// request.
func serve(url, dir, number, keyFile, keyID string) (http.Handler, error) {
	prefix := "terraform-provider-alicloud_" + number + "_"
	var manifest struct {
		Metadata struct {
			Protocols []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	data, err := os.ReadFile(filepath.Join(dir, prefix+"manifest.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		return nil, fmt.Errorf("the manifest: %w", err)
	}
	sums, err := os.ReadFile(filepath.Join(dir, prefix+"SHA256SUMS"))
	if err != nil {
		return nil, err
	}
	armor, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	mux.Handle("GET /files/", http.StripPrefix("/files/", http.FileServer(http.Dir(dir))))
	release := version{Version: number, Protocols: manifest.Metadata.Protocols}
	for line := range strings.Lines(string(sums)) {
		sum, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
		system, isPackage := strings.CutSuffix(strings.TrimPrefix(file, prefix), ".zip")
		goos, goarch, _ := strings.Cut(system, "_")
		if !isPackage {
			continue
		}
		release.Platforms = append(release.Platforms, platform{goos, goarch})
		mux.Handle("GET "+source+number+"/download/"+goos+"/"+goarch, answer(download{
			platform:     platform{goos, goarch},
			Protocols:    release.Protocols,
			Filename:     file,
			URL:          url + "/files/" + file,
			Sum:          sum,
			SumsURL:      url + "/files/" + prefix + "SHA256SUMS",
			SignatureURL: url + "/files/" + prefix + "SHA256SUMS.sig",
			Keys:         keys{[]gpgKey{{keyID, string(armor)}}},
		}))
	}
	mux.Handle("GET "+source+"versions", answer(versions{[]version{release}}))
	return mux, nil
}

func answer(body any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(body); err != nil {
			log.Print(err)
		}
	}
}

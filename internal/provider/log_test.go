package provider

import (
	"io"
	"log"
	"testing"
)

func TestLogWanted(t *testing.T) {
	for name, tc := range map[string]struct {
		environ []string
		want    bool
	}{
		"nothing":          {[]string{"HOME=/home/user"}, false},
		"log":              {[]string{"TF_LOG=TRACE"}, true},
		"provider":         {[]string{"TF_LOG_PROVIDER=DEBUG"}, true},
		"one-provider":     {[]string{"TF_LOG_PROVIDER_ALICLOUD=DEBUG"}, true},
		"sdk":              {[]string{"TF_LOG_SDK=TRACE"}, true},
		"windows":          {[]string{"tf_log=debug"}, true},
		"empty":            {[]string{"TF_LOG="}, false},
		"core-alone":       {[]string{"TF_LOG_CORE=TRACE", "TF_LOG_PATH=terraform.log"}, false},
		"core-and-another": {[]string{"TF_LOG_CORE=TRACE", "TF_LOG=INFO"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := logWanted(tc.environ); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestQuietLog_silences_net_http(t *testing.T) {
	before := log.Writer()
	defer log.SetOutput(before)
	t.Setenv("TF_LOG", "TRACE")
	QuietLog()
	if log.Writer() != io.Discard {
		t.Error("Go's log is on")
	}
}

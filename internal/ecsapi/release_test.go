package ecsapi

import (
	"strings"
	"testing"
)

func TestRemainTimes(t *testing.T) {
	for raw, want := range map[string]string{
		``: "", `null`: "", `"hide"`: "", `"3"`: "3", `3`: "3", `""`: "", `true`: "", `{}`: "", `"a b"`: "", `[1]`: "",
		`"0"`: "0", `"` + strings.Repeat("9", 40) + `"`: "",
	} {
		if got := remainTimes([]byte(raw)); got != want {
			t.Errorf("%s: got %q, want %q", raw, got, want)
		}
	}
}

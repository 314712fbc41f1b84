package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

const (
	lineFormat = "%-12s  %-22s  %-14s  %-22s  %-15s  %-6s  %-36s  %s\n"
	longest    = 60 // runes of a parameter
)

// callLog prints calls, a line each, and counts them.
type callLog struct {
	mu       sync.Mutex
	out      io.Writer
	calls    int
	releases int
	faults   int
}

// start prints the introduction and the column heads. The caller holds the lock.
func (l *callLog) start(introduction string) {
	fmt.Fprint(l.out, introduction)
	fmt.Fprintf(l.out, lineFormat, "TIME", "ACTION", "REGION", "INSTANCE", "ADDRESS", "DRYRUN", "REQUEST", "ANSWER")
}

func (l *callLog) call(call ecsmock.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if call.Released {
		l.releases++
	}
	if call.Fault != "" {
		l.faults++
	}
	fmt.Fprintf(l.out, lineFormat, call.Time.Format("15:04:05.000"), show(call.Action), show(call.Params.Get("RegionId")),
		show(first(call, "InstanceId", "InstanceIds")), show(first(call, "PublicIpAddress", "PublicIpAddresses", "EipAddresses")),
		show(call.Params.Get("DryRun")), show(call.RequestID), result(call))
}

func (l *callLog) stop(traffic ecsmock.Traffic) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "\nStopped. Calls: %d, addresses released: %d, faults met: %d, connections: %d.\n",
		l.calls, l.releases, l.faults, traffic.Opened)
}

func result(call ecsmock.Call) string {
	var words []string
	if call.Status == 0 {
		words = append(words, "no answer")
	} else {
		words = append(words, strconv.Itoa(call.Status))
	}
	if call.Code != "" {
		words = append(words, call.Code)
	}
	if call.Released {
		words = append(words, "released")
	}
	if call.Fault != "" {
		words = append(words, "(fault: "+string(call.Fault)+")")
	}
	return strings.Join(words, " ")
}

// first returns the first parameter given; a JSON array shows as its entries.
func first(call ecsmock.Call, names ...string) string {
	for _, name := range names {
		value := call.Params.Get(name)
		if value == "" {
			continue
		}
		var list []string
		if json.Unmarshal([]byte(value), &list) == nil {
			return strings.Join(list, ",")
		}
		return value
	}
	return ""
}

// show keeps what a client sent to one short printable word.
func show(value string) string {
	if value == "" {
		return "-"
	}
	if quoted := strconv.Quote(value); quoted != `"`+value+`"` {
		value = quoted
	}
	if utf8.RuneCountInString(value) > longest {
		value = string([]rune(value)[:longest-1]) + "…"
	}
	return value
}

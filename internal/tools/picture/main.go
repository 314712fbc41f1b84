// Command picture draws the output of `make demo`, read from standard input, as
// an SVG of a terminal. It has its own background, so it is legible on light
// and dark pages.
package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	columns    = 106 // wider lines are left out
	charWidth  = 8.4 // pixels, as are those below
	lineHeight = 18
	margin     = 20
)

// shown are the steps to draw: how their headings begin, and how the lines
// begin that are drawn. The others say what every plan says, or are warnings'
// texts, of which the titles are enough.
var shown = []struct {
	heading string
	lines   []string
}{
	{"Building", []string{"resource", "  ", "}"}},
	{"Plan: ", []string{"$ ", "  # ", "  + resource", "      + ", "    }", "Plan: ", "Warning: "}},
	{"Apply: ", []string{"$ ", "alicloud_", "Apply complete!", "outcome", "released_at", "request_id"}},
	{"Plan again: ", []string{"$ ", "No changes."}},
	{"Destroy: ", []string{"$ ", "  # ", "Plan: ", "Warning: ", "Destroy complete!"}},
	{"What the mock", []string{"Stopped."}},
}

// styles are what lines look like, by how they begin.
var styles = []struct{ prefix, class string }{
	{"==> ", "step"},
	{"$ ", "command"},
	{"Warning: ", "warning"},
	{"Apply complete!", "good"},
	{"No changes.", "good"},
	{"Destroy complete!", "good"},
	{"Stopped.", "good"},
}

func main() {
	lines, err := read(os.Stdin)
	if err == nil {
		err = draw(os.Stdout, append([]string{"$ make demo"}, lines...))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// read returns the lines to draw. Each step must be there, so that a change of
// the demo does not go unseen.
func read(r io.Reader) ([]string, error) {
	var lines []string
	steps, showing := 0, false
	scanner := bufio.NewScanner(r)
	for scanner.Scan() {
		line := scanner.Text()
		if heading, ok := strings.CutPrefix(line, "==> "); ok {
			showing = steps < len(shown) && strings.HasPrefix(heading, shown[steps].heading)
			if showing {
				steps++
				lines = append(lines, "", line)
			}
			continue
		}
		begins := func(prefix string) bool { return strings.HasPrefix(line, prefix) }
		if showing && slices.ContainsFunc(shown[steps-1].lines, begins) && utf8.RuneCountInString(line) <= columns {
			lines = append(lines, line)
		}
	}
	if steps < len(shown) {
		return nil, fmt.Errorf("the demo has no step %q", shown[steps].heading)
	}
	return lines, scanner.Err()
}

func draw(w io.Writer, lines []string) error {
	var b strings.Builder
	width, height := columns*charWidth+2*margin, len(lines)*lineHeight+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" role="img" aria-label="Terminal output of make demo">
<style>
text { font-family: "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 14px; fill: #d0d7de }
.step { fill: #79c0ff; font-weight: bold }
.command { fill: #ffffff; font-weight: bold }
.warning { fill: #e3b341 }
.good { fill: #7ee787 }
</style>
<rect width="100%%" height="100%%" rx="8" fill="#0d1117" stroke="#57606a"/>
`, width, height)
	for i, line := range lines {
		if line == "" {
			continue
		}
		y := margin + i*lineHeight + lineHeight*3/4
		fmt.Fprintf(&b, `<text x="%d" y="%d" textLength="%.1f"%s xml:space="preserve">%s</text>`+"\n",
			margin, y, float64(utf8.RuneCountInString(line))*charWidth, class(line), html.EscapeString(line))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func class(line string) string {
	for _, style := range styles {
		if strings.HasPrefix(line, style.prefix) {
			return fmt.Sprintf(` class=%q`, style.class)
		}
	}
	return ""
}

package publicip

import "sync"

// marks count, by ID, the releases that Terraform has refreshed and not planned
// yet. It refreshes before a plan, and never while it applies.
type marks struct {
	mu   sync.Mutex
	left map[string]int
}

func (m *marks) add(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left == nil {
		m.left = map[string]int{}
	}
	m.left[id]++
}

// take takes one mark off, and reports whether there was one.
func (m *marks) take(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left[id] == 0 {
		return false
	}
	m.left[id]--
	return true
}

// clear forgets the marks of what was refreshed and never planned.
func (m *marks) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.left)
}

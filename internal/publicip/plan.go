package publicip

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// change is what a plan does about a release that is in state.
type change int

const (
	// keep leaves the release as it is, and calls nothing.
	keep change = iota
	// releaseAgain makes another release.
	releaseAgain
	// releaseMaybe depends on values that are unknown until the apply.
	releaseMaybe
	// nothingToRelease asks for a release while the address is empty.
	nothingToRelease
)

// triggersKey is the key in private state of the fingerprint of the triggers that
// a release was made with. An import has none, nor has a state of an
// earlier version.
const triggersKey = "triggers"

// record is a release as it was made. State also holds values that it took over
// later, while the address was empty.
type record struct {
	request   Request
	rehearsal bool
	// triggers is a fingerprint; empty for an import that has none yet.
	triggers string
}

// recall returns the release that is in state. The private state has what
// fingerprint returned for its triggers, if anything.
func recall(state resourceModel, private []byte) record {
	made := record{request: state.request(), rehearsal: state.Outcome.ValueString() == string(DryRun)}
	if request, problem := parseID(state.ID.ValueString()); problem == "" {
		made.request = request
	}
	imported := state.Outcome.ValueString() == string(AlreadyReleased) && state.RequestID.IsNull() && state.Triggers.IsNull()
	if json.Unmarshal(private, &made.triggers) != nil && !imported {
		made.triggers = fingerprint(state.Triggers)
	}
	return made
}

// remember returns what private state keeps of the triggers, or nil if they are
// not known yet. A plan that keeps an import adopts the first that it sees.
func (r record) remember(planned types.Map) []byte {
	triggers := r.triggers
	if triggers == "" && !planned.IsNull() && known(planned) {
		triggers = fingerprint(planned)
	}
	if triggers == "" {
		return nil
	}
	return fmt.Appendf(nil, "%q", triggers)
}

// fingerprint tells triggers apart without a copy of them.
func fingerprint(triggers types.Map) string {
	var values map[string]*string
	triggers.ElementsAs(context.Background(), &values, false) // never fails: all is known and a string
	text, _ := json.Marshal(values)                           // always marshals
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

// known reports whether a map and all its elements are known.
func known(m types.Map) bool {
	for _, v := range m.Elements() {
		if v.IsUnknown() {
			return false
		}
	}
	return !m.IsUnknown()
}

// compare decides what a configuration asks of a release that was made, and
// which attributes ask for another one. Where values are unknown, their attributes
// come first.
func compare(made record, config resourceModel) (change, path.Paths) {
	inEarnest := made.rehearsal && !config.DryRun.ValueBool()
	if !config.PublicIPAddress.IsUnknown() && config.PublicIPAddress.ValueString() == "" {
		if inEarnest && !config.DryRun.IsUnknown() {
			return nothingToRelease, nil
		}
		return keep, nil
	}

	triggered := made.triggers != "" // otherwise any are adopted
	var unknown, changed path.Paths
	for _, argument := range []struct {
		name             string
		unknown, changed bool
	}{
		{"public_ip_address", config.PublicIPAddress.IsUnknown(), config.PublicIPAddress.ValueString() != made.request.PublicIPAddress},
		{"instance_id", config.InstanceID.IsUnknown(), config.InstanceID.ValueString() != made.request.InstanceID},
		{"region_id", config.RegionID.IsUnknown(), !config.RegionID.IsNull() && config.RegionID.ValueString() != made.request.RegionID},
		{"triggers", triggered && !known(config.Triggers), triggered && known(config.Triggers) && fingerprint(config.Triggers) != made.triggers},
		{"dry_run", made.rehearsal && config.DryRun.IsUnknown(), inEarnest},
	} {
		switch {
		case argument.unknown:
			unknown.Append(path.Root(argument.name))
		case argument.changed:
			changed.Append(path.Root(argument.name))
		}
	}
	switch {
	case config.PublicIPAddress.IsUnknown(), len(changed) == 0 && len(unknown) > 0:
		return releaseMaybe, slices.Concat(unknown, changed)
	case len(changed) > 0:
		return releaseAgain, changed
	}
	return keep, nil
}

// changeWarning says, on the first attribute that asks for it, which address an
// update releases. Terraform shows it while planning, and again while it applies.
func changeWarning(made record, what change, because path.Paths, plan resourceModel) diag.Diagnostic {
	summary := "This Change Releases " + plan.PublicIPAddress.ValueString()
	switch {
	case plan.PublicIPAddress.IsUnknown():
		summary = "This Change May Release Another Address Than " + made.request.PublicIPAddress
	case plan.DryRun.ValueBool():
		summary = "This Change Asks For A Dry Run Of " + plan.PublicIPAddress.ValueString()
	case what == releaseMaybe || plan.DryRun.IsUnknown():
		summary = "This Change May Release " + plan.PublicIPAddress.ValueString()
	}
	names := make([]string, len(because))
	for i, p := range because {
		names[i] = p.String()
	}
	why := strings.Join(names, " and ") + " changed since the release in state, that of " + describe(made.request) + ". " +
		"Applying this change calls ECS for one more release."
	if what == releaseMaybe {
		why = "Not all values of " + strings.Join(names, " and ") + " are known before the apply. If one differs from the release in state, that of " +
			describe(made.request) + ", applying this change calls ECS for one more release."
	}
	return diag.NewAttributeWarningDiagnostic(because[0], summary, join(why,
		"Terraform shows this as an update in place, which prevent_destroy does not hold back. A released address does not come back."))
}

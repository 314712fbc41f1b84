package publicip

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// change is what a plan does about a release that is in state.
type change int

const (
	keep             change = iota // leaves the release as it is, and calls nothing
	releaseAgain                   // makes another release
	releaseMaybe                   // depends on values that are unknown until the apply
	nothingToRelease               // asks for a release while the address is empty
)

// triggersKey is the key in private state of the fingerprint of the triggers that
// a release was made with. Imports and states of earlier versions have none.
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

// remember returns what private state keeps. A plan that keeps an import adopts
// the first triggers that it sees.
func (r record) remember(planned types.Map) []byte {
	if r.triggers == "" && !planned.IsNull() && known(planned) {
		r.triggers = fingerprint(planned)
	}
	text, _ := json.Marshal(r.triggers) // always marshals
	return text
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
	return !m.IsUnknown() && !slices.ContainsFunc(slices.Collect(maps.Values(m.Elements())), attr.Value.IsUnknown)
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
	var undecided, changed path.Paths
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
			undecided.Append(path.Root(argument.name))
		case argument.changed:
			changed.Append(path.Root(argument.name))
		}
	}
	switch {
	case config.PublicIPAddress.IsUnknown(), len(changed) == 0 && len(undecided) > 0:
		return releaseMaybe, slices.Concat(undecided, changed)
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
	names := strings.NewReplacer("[", "", "]", "", ",", ", ").Replace(because.String())
	why := names + " changed since the release in state, that of %s. Applying this change calls ECS for one more release."
	if what == releaseMaybe {
		why = "Not all values of " + names + " are known before the apply. If one differs from the release in state, that of %s, " +
			"applying this change calls ECS for one more release."
	}
	return diag.NewAttributeWarningDiagnostic(because[0], summary, join(fmt.Sprintf(why, describe(made.request)),
		"Unless something forces a replacement, Terraform shows this as an update in place, which prevent_destroy does not hold back. "+
			"A released address does not come back."))
}

// formatID returns region_id:instance_id:public_ip_address; the middle is empty
// if no instance is named.
func formatID(req Request) string {
	return strings.Join([]string{req.RegionID, req.InstanceID, req.PublicIPAddress}, ":")
}

// parseID reads what formatID wrote, or says what is wrong with it.
func parseID(id string) (req Request, problem string) {
	wrong := func(what string) string {
		return fmt.Sprintf("%q %s. The form is region_id:instance_id:public_ip_address, "+
			"for example cn-hangzhou:i-bp67acfmxazb4p0001:121.40.10.20, or cn-hangzhou::121.40.10.20 "+
			"where the configuration names no instance.", id, what)
	}
	parts := strings.Split(id, ":")
	if len(parts) != 3 {
		return Request{}, wrong(fmt.Sprintf("has %d parts, not 3", len(parts)))
	}
	req = Request{RegionID: parts[0], InstanceID: parts[1], PublicIPAddress: parts[2]}
	switch {
	case !ecsapi.ValidRegionID(req.RegionID):
		return Request{}, wrong("does not begin with a region ID")
	case req.InstanceID != "" && !validInstanceID(req.InstanceID):
		return Request{}, wrong("does not have an instance ID in the middle")
	}
	if problem := publicIPv4Problem(req.PublicIPAddress); problem != "" {
		return Request{}, wrong("does not end with a public IPv4 address") + "\n\n" + problem
	}
	return req, ""
}

package publicip

import (
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
	// releaseMaybe cannot tell yet: values are unknown until the apply.
	releaseMaybe
	// nothingToRelease asks for a release of an address that is gone.
	nothingToRelease
)

// compare decides what a configuration asks of a release in state, and which
// attributes ask for another one.
func compare(state, config resourceModel) (change, path.Paths) {
	// dry_run is never unknown here without its default standing in: only a
	// rehearsal in state makes it ask for a release.
	rehearsed := state.Outcome.ValueString() == string(DryRun)
	inEarnest := rehearsed && !config.DryRun.ValueBool()

	if !config.PublicIPAddress.IsUnknown() && config.PublicIPAddress.ValueString() == "" {
		if inEarnest && !config.DryRun.IsUnknown() {
			return nothingToRelease, nil
		}
		return keep, nil
	}

	unknown := rehearsed && config.DryRun.IsUnknown() ||
		config.PublicIPAddress.IsUnknown() || config.InstanceID.IsUnknown() ||
		config.RegionID.IsUnknown() || config.Triggers.IsUnknown() || !known(config.Triggers)
	if unknown {
		return releaseMaybe, nil
	}

	var changed path.Paths
	if !config.PublicIPAddress.Equal(state.PublicIPAddress) {
		changed.Append(path.Root("public_ip_address"))
	}
	// While the address was empty, state took over what was configured beside it;
	// what it was released with, which the ID says, is no change either.
	released := state.released()
	if !config.InstanceID.Equal(state.InstanceID) && config.InstanceID.ValueString() != released.InstanceID {
		changed.Append(path.Root("instance_id"))
	}
	if !config.RegionID.IsNull() && !config.RegionID.Equal(state.RegionID) && config.RegionID.ValueString() != released.RegionID {
		changed.Append(path.Root("region_id"))
	}
	// An import cannot know the triggers; the plan adopts them.
	imported := state.RequestID.IsNull() && state.Outcome.ValueString() == string(AlreadyReleased) && state.Triggers.IsNull()
	if !imported && !config.Triggers.Equal(state.Triggers) {
		changed.Append(path.Root("triggers"))
	}
	if inEarnest {
		changed.Append(path.Root("dry_run"))
	}
	if len(changed) == 0 {
		return keep, nil
	}
	return releaseAgain, changed
}

// known reports whether no element of a map is unknown.
func known(m types.Map) bool {
	for _, v := range m.Elements() {
		if v.IsUnknown() {
			return false
		}
	}
	return true
}

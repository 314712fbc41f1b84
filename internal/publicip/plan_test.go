package publicip

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestCompare(t *testing.T) {
	text, unknownText := types.StringValue, types.StringUnknown()
	triggers := func(value attr.Value) types.Map {
		return types.MapValueMust(types.StringType, map[string]attr.Value{"revision": value})
	}
	type edit = func(*resourceModel)
	both := func(edits ...edit) edit {
		return func(m *resourceModel) {
			for _, e := range edits {
				e(m)
			}
		}
	}
	address := func(v types.String) edit { return func(m *resourceModel) { m.PublicIPAddress = v } }
	instance := func(v types.String) edit { return func(m *resourceModel) { m.InstanceID = v } }
	region := func(v types.String) edit { return func(m *resourceModel) { m.RegionID = v } }
	triggered := func(v types.Map) edit { return func(m *resourceModel) { m.Triggers = v } }
	dryRun := func(v types.Bool) edit { return func(m *resourceModel) { m.DryRun = v } }
	outcome := func(o Outcome) edit { return func(m *resourceModel) { m.Outcome = text(string(o)) } }
	rehearsed := both(outcome(DryRun), dryRun(types.BoolValue(true)))
	inEarnest, rehearsing, undecided := dryRun(types.BoolValue(false)), dryRun(types.BoolValue(true)), dryRun(types.BoolUnknown())
	gone := address(text(""))
	imported := both(outcome(AlreadyReleased), func(m *resourceModel) { m.RequestID = types.StringNull() })
	one, two, undecidedTrigger := triggered(triggers(text("1"))), triggered(triggers(text("2"))), triggered(triggers(unknownText))
	another, elsewhere := address(text("121.40.10.21")), both(instance(text("i-other")), region(text("cn-beijing")))

	for name, tc := range map[string]struct {
		state, config edit // of a release and a configuration that agree
		since         edit // of the state, while the address was empty
		private       bool // private state has the triggers of the release
		want          change
		because       []string // attributes
	}{
		"nothing-changed":         {want: keep},
		"imported":                {state: imported, want: keep},
		"imported-with-triggers":  {state: imported, config: one, want: keep},
		"imported-and-triggered":  {state: both(imported, one), config: two, want: releaseAgain, because: []string{"triggers"}},
		"imported-loses-triggers": {state: both(imported, one), want: releaseAgain, because: []string{"triggers"}},
		"imported-and-unknown":    {state: imported, config: undecidedTrigger, want: keep},
		"not-an-import":           {state: imported, private: true, config: one, want: releaseAgain, because: []string{"triggers"}},
		"not-an-import-unknown":   {state: imported, private: true, config: undecidedTrigger, want: releaseMaybe, because: []string{"triggers"}},
		"imported-elsewhere":      {state: imported, config: both(another, one), want: releaseAgain, because: []string{"public_ip_address"}},
		"already-released":        {state: outcome(AlreadyReleased), want: keep},
		"region-left-out":         {config: region(types.StringNull()), want: keep},
		"ignore-not-found-turned": {config: func(m *resourceModel) { m.IgnoreNotFound = types.BoolValue(true) }, want: keep},
		"preflight-turned":        {config: func(m *resourceModel) { m.Preflight = types.BoolValue(true) }, want: keep},

		"other-address":      {config: another, want: releaseAgain, because: []string{"public_ip_address"}},
		"other-instance":     {config: instance(text("i-other")), want: releaseAgain, because: []string{"instance_id"}},
		"instance-left-out":  {config: instance(types.StringNull()), want: releaseAgain, because: []string{"instance_id"}},
		"instance-added":     {state: instance(types.StringNull()), want: releaseAgain, because: []string{"instance_id"}},
		"other-region":       {config: region(text("cn-beijing")), want: releaseAgain, because: []string{"region_id"}},
		"triggers-added":     {config: one, want: releaseAgain, because: []string{"triggers"}},
		"triggers-left-out":  {state: one, want: releaseAgain, because: []string{"triggers"}},
		"triggers-changed":   {state: one, config: two, want: releaseAgain, because: []string{"triggers"}},
		"triggers-null-once": {state: one, config: triggered(triggers(types.StringNull())), want: releaseAgain, because: []string{"triggers"}},
		"triggers-kept":      {state: one, config: one, want: keep},
		"all-at-once": {
			state:   rehearsed,
			config:  both(another, instance(text("i-other")), region(text("cn-beijing")), one),
			want:    releaseAgain,
			because: []string{"public_ip_address", "instance_id", "region_id", "triggers", "dry_run"},
		},

		"unknown-address":            {config: address(unknownText), want: releaseMaybe, because: []string{"public_ip_address"}},
		"unknown-instance":           {config: instance(unknownText), want: releaseMaybe, because: []string{"instance_id"}},
		"unknown-region":             {config: region(unknownText), want: releaseMaybe, because: []string{"region_id"}},
		"unknown-triggers":           {config: triggered(types.MapUnknown(types.StringType)), want: releaseMaybe, because: []string{"triggers"}},
		"unknown-trigger":            {state: one, config: undecidedTrigger, want: releaseMaybe, because: []string{"triggers"}},
		"other-and-unknown":          {config: both(another, instance(unknownText)), want: releaseAgain, because: []string{"public_ip_address"}},
		"unknown-address-and-other":  {config: both(address(unknownText), one), want: releaseMaybe, because: []string{"public_ip_address", "triggers"}},
		"unknown-dry-run":            {config: undecided, want: keep},
		"unknown-dry-run-rehearsed":  {state: rehearsed, config: undecided, want: releaseMaybe, because: []string{"dry_run"}},
		"other-and-unknown-dry-run":  {config: both(another, undecided), want: releaseAgain, because: []string{"public_ip_address"}},
		"other-and-unknown-rehearse": {state: rehearsed, config: both(another, undecided), want: releaseAgain, because: []string{"public_ip_address"}},

		"rehearsed-then-in-earnest":   {state: rehearsed, config: inEarnest, want: releaseAgain, because: []string{"dry_run"}},
		"rehearsed-again":             {state: rehearsed, config: rehearsing, want: keep},
		"rehearsed-at-another":        {state: rehearsed, config: both(rehearsing, another), want: releaseAgain, because: []string{"public_ip_address"}},
		"released-then-rehearsed":     {config: rehearsing, want: keep},
		"released-by-its-dry-run":     {state: rehearsing, config: inEarnest, want: keep},
		"imported-then-rehearsed":     {state: imported, config: rehearsing, want: keep},
		"not-found-at-its-dry-run":    {state: both(outcome(AlreadyReleased), rehearsing), config: inEarnest, want: keep},
		"rehearsed-with-unknown-ip":   {state: rehearsed, config: address(unknownText), want: releaseMaybe, because: []string{"public_ip_address", "dry_run"}},
		"rehearsed-with-other-region": {state: rehearsed, config: both(rehearsing, region(text("cn-beijing"))), want: releaseAgain, because: []string{"region_id"}},

		"gone":                       {config: gone, want: keep},
		"gone-imported":              {state: imported, config: gone, want: keep},
		"gone-without-its-instance":  {config: both(gone, instance(types.StringNull())), want: keep},
		"gone-with-unknown-instance": {config: both(gone, instance(unknownText)), want: keep},
		"gone-in-another-region":     {config: both(gone, region(text("cn-beijing"))), want: keep},
		"gone-and-triggered":         {config: both(gone, two), want: keep},
		"gone-and-rehearsing":        {config: both(gone, rehearsing), want: keep},
		"back-as-taken-over":         {since: elsewhere, config: elsewhere, want: releaseAgain, because: []string{"instance_id", "region_id"}},
		"back-triggered-since":       {since: one, private: true, config: one, want: releaseAgain, because: []string{"triggers"}},
		"back-triggered-as-it-was":   {state: one, since: two, private: true, config: one, want: keep},
		"back-triggered-of-old":      {since: one, config: one, want: keep},
		"back-where-it-was":          {since: elsewhere, want: keep},
		"back-somewhere-else": {
			since: elsewhere, config: both(instance(text("i-third")), region(text("eu-central-1"))), want: releaseAgain,
			because: []string{"instance_id", "region_id"},
		},
		"confirmed-without-an-id": {
			state: func(m *resourceModel) { m.RequestID = types.StringNull() }, config: one, want: releaseAgain, because: []string{"triggers"},
		},
		"gone-rehearsed-alone":     {state: rehearsed, config: both(gone, inEarnest), want: nothingToRelease},
		"gone-rehearsed-again":     {state: rehearsed, config: both(gone, rehearsing), want: keep},
		"gone-rehearsed-undecided": {state: rehearsed, config: both(gone, undecided), want: keep},
	} {
		t.Run(name, func(t *testing.T) {
			model := func(edit edit) resourceModel {
				m := resourceModel{
					inputs: inputs{
						PublicIPAddress: text(testRequest.PublicIPAddress), InstanceID: text(testRequest.InstanceID), RegionID: text(testRequest.RegionID),
						DryRun: types.BoolValue(false), IgnoreNotFound: types.BoolValue(false), Preflight: types.BoolValue(false),
					},
					Triggers:  types.MapNull(types.StringType),
					RequestID: text("R-1"),
					Outcome:   text(string(Released)),
				}
				if edit != nil {
					edit(&m)
				}
				return m
			}
			config := model(tc.config)
			config.Outcome = types.StringNull()

			state := model(tc.state)
			state.ID = text(formatID(state.request()))
			var private []byte
			if tc.private {
				private = record{triggers: fingerprint(state.Triggers)}.remember(state.Triggers)
			}
			if tc.since != nil {
				tc.since(&state)
			}

			got, paths := compare(recall(state, private), config)

			var because []string
			for _, p := range paths {
				because = append(because, p.String())
			}
			if got != tc.want || !slices.Equal(because, tc.because) {
				t.Errorf("got %d because of %q, want %d because of %q", got, because, tc.want, tc.because)
			}
		})
	}
}

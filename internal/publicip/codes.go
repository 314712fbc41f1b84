package publicip

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// ending is what one attempt at a release came to.
type ending int

const (
	done    ending = iota // ECS says that it released the address
	refused               // the attempt did nothing, and another one would not either
	busy                  // the attempt did nothing, and another one may do better
	unknown               // the address may have been released
)

// attribute is the argument that can fix a failure.
type attribute string

const (
	onNothing    attribute = ""
	onPermission attribute = "(nothing: the caller lacks it)"
	onAddress    attribute = "public_ip_address"
	onInstance   attribute = "(instance_id, or the address if no instance is named)"
	onInstanceID attribute = "instance_id"
	onDryRun     attribute = "dry_run"
	onTimeout    attribute = "(what bounds the release)"
)

// code is what an error code says of an attempt, and what to do about it.
type code struct {
	ending    ending
	attribute attribute
	advice    string
	// more completes the advice for one answer; nil where it is complete.
	more func(*ecsapi.Error, Request) string
}

const (
	eipAdvice = "If it is an EIP, take this release out of the configuration and remove the EIP's alicloud_eip_association, " +
		"then its alicloud_eip_address; or release it by the VPC API."
	vpcAdvice = "To give up the static public IP address of an instance in a VPC, take this release out of the configuration. Then set " +
		"`internet_max_bandwidth_out = 0` on the instance's alicloud_instance, stop a pay-as-you-go instance in economical mode, or convert the " +
		"address to an EIP (ConvertNatPublicIpToEip), which can be unassociated and released."
	supportAdvice = "Ask Alibaba Cloud's support, naming the request ID."
	lockAdvice    = "Alibaba Cloud has locked the instance for security reasons. " +
		"Find the cause in the ECS console or ask Alibaba Cloud's support, have the lock lifted, and try again."
	throttledAdvice = "ECS limits how often the account may call. Allow more time, use a lower -parallelism, or try again when the account is less busy."
	ignoreAdvice    = "If it has been released already, set `ignore_not_found = true`, and it counts as released."
	busyAdvice      = "Another operation on the instance was still in progress. Try again when it is over, or allow more time."
)

// codes are those that the provider gives a meaning to. A key that ends in ".*"
// stands for the code before it, and for all that continue it after a dot.
var codes = map[string]code{
	ecsapi.CodeDryRunOperation:           {refused, onDryRun, "ECS took the request for a dry run, though it was not one, and released nothing. " + supportAdvice, nil},
	ecsapi.CodeExceedDuration:            {refused, onAddress, "In a VPC, this call releases an address only in the first 6 hours after the instance was created. " + vpcAdvice, nil},
	ecsapi.CodeInstanceLockedForSecurity: {refused, onInstance, lockAdvice, nil},
	ecsapi.CodeInvalidIPNeedInstance:     {refused, onInstanceID, "ECS releases this address only if its instance is named. Set instance_id.", nil},
	ecsapi.CodeInvalidIPNotFound:         {refused, onAddress, "", notFoundText},
	ecsapi.CodeInvalidInstanceNotFound: {refused, onInstanceID, "There is no such instance in this region for this account. Check instance_id and region_id. " +
		"A deleted instance has given its address back: take this release out of the configuration.", nil},
	ecsapi.CodeOperationDenied:         {refused, onAddress, "This call does not release the address while its instance is in a VPC. " + eipAdvice + " " + vpcAdvice, nil},
	ecsapi.CodeOperationTimesOverLimit: {refused, onInstance, "The addresses of this instance have been released as often as ECS allows. " + vpcAdvice, nil},

	ecsapi.CodeForbiddenRAM:  {refused, onPermission, "", permissionToRelease},
	ecsapi.CodeNoPermission:  {refused, onPermission, "", permissionToRelease},
	ecsapi.CodeNotAuthorized: {refused, onPermission, "", permissionToRelease},

	ecsapi.CodeIllegalTimestamp:       {refused, onNothing, "ECS does not accept the time of this request. Set the clock of this machine, and try again.", nil},
	ecsapi.CodeIncompleteSignature:    {refused, onNothing, "ECS cannot read the signature. A key may hold a character that does not belong there, or the request was changed on the way.", keysText},
	ecsapi.CodeSignatureDoesNotMatch:  {refused, onNothing, "The secret does not belong to the access key.", keysText},
	ecsapi.CodeTimestampExpired:       {refused, onNothing, "The clock of this machine is off by more than 15 minutes. Set it, and try again.", nil},
	ecsapi.FamilyAccessKey + ".*":     {refused, onNothing, "The access key does not exist, or is disabled.", keysText},
	ecsapi.FamilyMissingToken + ".*":  {refused, onNothing, "The access key is a temporary one, and came without its security token.", keysText},
	ecsapi.FamilySecurityToken + ".*": {refused, onNothing, "The security token is wrong or has expired. Get new temporary keys, and try again.", keysText},
	ecsapi.FamilyAction + ".*": {refused, onNothing, "ECS does not offer this API here, or no longer offers it: Alibaba Cloud has deprecated it. " +
		"Check endpoints of the provider block. " + vpcAdvice, nil},
	ecsapi.FamilyMissingParameter + ".*": {refused, onNothing, "The provider left out something that ECS needs. Please report this as a defect of the provider.", nil},

	ecsapi.FamilyInstanceStatus + ".*": {busy, onInstance, "The instance stayed in a status that does not allow the release. Try again when it is Running or Stopped.", nil},
	ecsapi.CodeLastOrderProcessing:     {busy, onTimeout, busyAdvice, nil},
	ecsapi.CodeLastRequestProcessing:   {busy, onTimeout, busyAdvice, nil},
	ecsapi.CodeLastTokenProcessing:     {busy, onTimeout, busyAdvice, nil},
	ecsapi.CodeOperationConflict:       {busy, onTimeout, busyAdvice, nil},
	ecsapi.CodeTaskConflict:            {busy, onTimeout, busyAdvice, nil},
	ecsapi.CodeServiceUnavailable:      {busy, onTimeout, "ECS was unavailable until the end. Try again later, or allow more time.", nil},
	ecsapi.CodeSystemBusy:              {busy, onTimeout, "ECS was busy until the end. Try again later, or allow more time.", nil},
	ecsapi.CodeRejectedThrottling:      {busy, onTimeout, throttledAdvice, nil},
	ecsapi.FamilyThrottling + ".*":     {busy, onTimeout, throttledAdvice, nil},

	ecsapi.CodeInternalError: {unknown, onTimeout, "ECS had an internal error. Try again later.", nil},
	// Each attempt has a nonce of its own, so one that was used before means
	// that something on the way sent this very attempt twice.
	ecsapi.CodeSignatureNonceUsed: {unknown, onNothing, "Something on the way sent a request twice. Look for a proxy that repeats requests.", nil},
}

// Codes returns the codes that the provider gives a meaning to, in order. One
// that ends in ".*" stands for all that continue it as well.
func Codes() []string { return slices.Sorted(maps.Keys(codes)) }

// TriedAgain reports whether a release that met one of Codes is tried again.
func TriedAgain(code string) bool { return codes[code].ending != refused }

// meaning returns what the code of an answer means; false if it is not known.
func meaning(said *ecsapi.Error) (code, bool) {
	known, ok := codes[said.Code]
	if !ok {
		known, ok = codes[said.Family()+".*"]
	}
	if !ok && said.Denied != nil {
		known, ok = codes[ecsapi.CodeForbiddenRAM], true
	}
	return known, ok
}

// typed returns the error of a call. One of another type may be of a call that was
// sent.
func typed(err error) *ecsapi.Error {
	if said, ok := errors.AsType[*ecsapi.Error](err); ok {
		return said
	}
	return &ecsapi.Error{Kind: ecsapi.NoAnswer, Err: err}
}

// endingOf decides what an attempt came to from the error that it returned.
func endingOf(err error) ending {
	if err == nil {
		return done
	}
	said := typed(err)
	known, ok := meaning(said)
	source, _ := errors.AsType[interface {
		error
		Temporary() bool
	}](said.Err)
	switch {
	case ok:
		return known.ending
	case said.Kind == ecsapi.NotSent && said.Obstacle == ecsapi.Passing,
		said.Kind == ecsapi.Unsigned && source != nil && source.Temporary(): // it may answer in a moment
		return busy
	case said.Kind == ecsapi.NotSent, said.Kind == ecsapi.Unsigned,
		// The status of a code differs between Alibaba Cloud's pages, so it decides
		// only for unknown codes, of which a 4xx is certainly a refusal.
		said.Kind == ecsapi.Answered && said.HTTPStatus/100 == 4:
		return refused
	}
	return unknown
}

// notFoundText names the instance that the address was looked for on.
func notFoundText(_ *ecsapi.Error, req Request) string {
	or := ""
	if req.InstanceID != "" {
		or = ", or not on instance " + req.InstanceID
	}
	return "The address is not on record in this region for this account" + or + ". Check the address, region_id and instance_id. " +
		ignoreAdvice + " " + eipAdvice
}

// keysText says where the keys of a call came from.
func keysText(said *ecsapi.Error, _ Request) string {
	if said.KeysFrom == "" {
		return "Check the keys in the provider block, or in the environment variables or the profile that it uses."
	}
	return "The keys came from " + said.KeysFrom + "."
}

// permissionToRelease says how to get the permission for a release.
func permissionToRelease(said *ecsapi.Error, req Request) string {
	return permissionText(said, "ecs:ReleasePublicIpAddress", fmt.Sprintf("acs:ecs:%s:*:instance/%s", req.RegionID, cmp.Or(req.InstanceID, "*")))
}

// permissionText says how to get a permission: the action that was denied, or
// else the one given.
func permissionText(said *ecsapi.Error, action, resource string) string {
	who, how := "The caller", "Add this statement to a RAM policy of the caller"
	if d := said.Denied; d != nil {
		if regexp.MustCompile(`^[a-z]+:[A-Za-z]+$`).MatchString(d.Action) { // nothing else may get into the policy
			action = d.Action
		}
		if d.Principal != "" {
			who = fmt.Sprintf("%q", d.Principal)
		}
		if d.NoPermissionType == "ExplicitDeny" {
			how = "A RAM policy denies it by name, which no other policy can override. Remove that statement and, if no other statement allows it, add this one"
		}
	}
	return fmt.Sprintf("%s may not do this. %s, and try again:\n\n"+
		"  {\n    \"Effect\": \"Allow\",\n    \"Action\": \"%s\",\n    \"Resource\": \"%s\"\n  }",
		who, how, action, resource)
}

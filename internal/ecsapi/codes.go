package ecsapi

// The error codes of the ECS API and of its gateway that the project gives a
// meaning to. Source: the API's page for ReleasePublicIpAddress, the gateway's
// common error codes, and what other ECS calls answer while something else is
// under way.
const (
	CodeDryRunOperation           = "DryRunOperation"
	CodeExceedDuration            = "Forbidden.ExceedDuration"
	CodeForbiddenRAM              = "Forbidden.RAM"
	CodeIllegalTimestamp          = "IllegalTimestamp"
	CodeIncompleteSignature       = "IncompleteSignature"
	CodeInstanceLockedForSecurity = "InstanceLockedForSecurity"
	CodeInternalError             = "InternalError"
	CodeInvalidInstanceNotFound   = "InvalidInstanceId.NotFound"
	CodeInvalidIPNeedInstance     = "InvalidIpAddress.NeedInstanceId"
	CodeInvalidIPNotFound         = "InvalidIpAddress.NotFound"
	CodeLastOrderProcessing       = "LastOrderProcessing"
	CodeLastRequestProcessing     = "LastRequestProcessing"
	CodeLastTokenProcessing       = "LastTokenProcessing"
	CodeNoPermission              = "NoPermission"
	CodeNotAuthorized             = "NotAuthorized"
	CodeOperationConflict         = "OperationConflict"
	CodeOperationDenied           = "OperationDenied"
	CodeOperationTimesOverLimit   = "OperationTimesOverLimit"
	CodeRejectedThrottling        = "Rejected.Throttling"
	CodeServiceUnavailable        = "ServiceUnavailable"
	CodeSignatureDoesNotMatch     = "SignatureDoesNotMatch"
	CodeSignatureNonceUsed        = "SignatureNonceUsed"
	CodeSystemBusy                = "SystemBusy"
	CodeTaskConflict              = "TaskConflict"
	CodeTimestampExpired          = "InvalidTimeStamp.Expired"

	// The families are the part before the first dot of codes that come with
	// many endings, or none.
	FamilyAccessKey        = "InvalidAccessKeyId"
	FamilyAction           = "InvalidAction"
	FamilyInstanceStatus   = "IncorrectInstanceStatus"
	FamilyMissingParameter = "MissingParameter"
	FamilyMissingToken     = "MissingSecurityToken"
	FamilySecurityToken    = "InvalidSecurityToken"
	FamilyThrottling       = "Throttling"
)

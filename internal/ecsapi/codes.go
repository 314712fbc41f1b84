package ecsapi

// The error codes of the ECS API and of its gateway that the project gives a
// meaning to. Source: the API's page for ReleasePublicIpAddress, and the
// gateway's common error codes.
const (
	CodeDryRunOperation           = "DryRunOperation"
	CodeExceedDuration            = "Forbidden.ExceedDuration"
	CodeForbiddenRAM              = "Forbidden.RAM"
	CodeIllegalTimestamp          = "IllegalTimestamp"
	CodeIncompleteSignature       = "IncompleteSignature"
	CodeIncorrectInstanceStatus   = "IncorrectInstanceStatus"
	CodeInstanceLockedForSecurity = "InstanceLockedForSecurity"
	CodeInternalError             = "InternalError"
	CodeInvalidInstanceNotFound   = "InvalidInstanceId.NotFound"
	CodeInvalidIPNeedInstance     = "InvalidIpAddress.NeedInstanceId"
	CodeInvalidIPNotFound         = "InvalidIpAddress.NotFound"
	CodeNoPermission              = "NoPermission"
	CodeNotAuthorized             = "NotAuthorized"
	CodeOperationDenied           = "OperationDenied"
	CodeOperationTimesOverLimit   = "OperationTimesOverLimit"
	CodeRejectedThrottling        = "Rejected.Throttling"
	CodeServiceUnavailable        = "ServiceUnavailable"
	CodeSignatureDoesNotMatch     = "SignatureDoesNotMatch"
	CodeSignatureNonceUsed        = "SignatureNonceUsed"
	CodeTimestampExpired          = "InvalidTimeStamp.Expired"

	// The families are the part before the first dot of codes that come with
	// many endings, or none.
	FamilyAccessKey     = "InvalidAccessKeyId"
	FamilyAction        = "InvalidAction"
	FamilyMissingToken  = "MissingSecurityToken"
	FamilySecurityToken = "InvalidSecurityToken"
	FamilyThrottling    = "Throttling"
)

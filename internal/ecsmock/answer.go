package ecsmock

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// The refusals. Codes and statuses are those of the API's page and the error center.
var (
	errMethod              = &apiError{400, "UnsupportedHTTPMethod", "This http method is not supported.", nil, nil}
	errUnsupported         = &apiError{400, "NotSupportedByMock", "", nil, nil}
	errActionNotFound      = &apiError{404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.", nil, nil}
	errVersion             = &apiError{400, "InvalidVersion", "Specified parameter Version is not valid.", nil, nil}
	errMissingParameter    = &apiError{400, "MissingParameter", "", nil, nil}
	errInvalidParameter    = &apiError{400, "InvalidParameter", "", nil, nil}
	errKeyNotFound         = &apiError{404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.", nil, nil}
	errTokenMissing        = &apiError{400, "MissingSecurityToken", "SecurityToken is mandatory for this action.", nil, nil}
	errTokenMismatch       = &apiError{400, "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.", nil, nil}
	errIncompleteSignature = &apiError{400, "IncompleteSignature", "", nil, nil}
	errSignature           = &apiError{400, "SignatureDoesNotMatch", "", nil, nil}
	errTimestamp           = &apiError{400, "IllegalTimestamp",
		"The input parameter \"Timestamp\" that is mandatory for processing this request is not supplied or not well formatted.", nil, nil}
	errTimestampExpired = &apiError{400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", nil, nil}
	errNonceUsed        = &apiError{400, "SignatureNonceUsed", "Specified signature nonce was used already.", nil, nil}
	errForbidden        = &apiError{403, "Forbidden.RAM",
		"User not authorized to operate on the specified resource, or this API doesn't support RAM.", nil, nil}
	errThrottlingUser = &apiError{400, "Throttling.User", "Request was denied due to user flow control.", nil, nil}
	errThrottlingAPI  = &apiError{400, "Throttling.Api", "Request was denied due to api flow control.", nil, nil}
	errUnavailable    = &apiError{503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.", nil, nil}
	errInternal       = &apiError{500, "InternalError", "The request processing has failed due to some unknown error.", nil, nil}

	errInstanceNotFound = &apiError{404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.", nil, nil}
	errAddressNotFound  = &apiError{400, "InvalidIpAddress.NotFound", "The specified parameter \"IpAddress\" is not found in your records.", nil, nil}
	errNeedInstance     = &apiError{403, "InvalidIpAddress.NeedInstanceId", "The specified IpAddress need to release with InstanceId.", nil, nil}
	errDenied           = &apiError{400, "OperationDenied", "Specified operation is denied as your instance is in VPC.", nil, nil}
	errLocked           = &apiError{403, "InstanceLockedForSecurity",
		"The specified operation is denied as your instance is locked for security reasons.", nil, nil}
	errStatus      = &apiError{403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation.", nil, nil}
	errTooOld      = &apiError{403, "Forbidden.ExceedDuration", "Instance nat public ip can only be released in 6 hours after ecs created.", nil, nil}
	errOverLimit   = &apiError{403, "OperationTimesOverLimit", "The specified operation is denied as release public ip times over the limit.", nil, nil}
	errDryRun      = &apiError{400, "DryRunOperation", "This is a dryrun request with successful result.", nil, nil}
	errInstanceIDs = &apiError{400, "InvalidInstanceIds.Malformed", "The specified InstanceIds is not valid.", nil, nil}
)

// apiError is a refusal in the gateway's words.
type apiError struct {
	status  int
	code    string
	message string
	detail  *accessDenied
	header  http.Header
}

// errorBody is the gateway's error envelope.
type errorBody struct {
	RequestID          string        `json:"RequestId"`
	HostID             string        `json:"HostId"`
	Code               string        `json:"Code"`
	Message            string        `json:"Message"`
	Recommend          string        `json:"Recommend"`
	AccessDeniedDetail *accessDenied `json:"AccessDeniedDetail,omitempty"`
}

type accessDenied struct {
	AuthAction               string
	AuthPrincipalType        string
	AuthPrincipalOwnerID     string `json:"AuthPrincipalOwnerId"`
	AuthPrincipalDisplayName string
	NoPermissionType         string
	PolicyType               string
	EncodedDiagnosticMessage string
}

// answer is an HTTP answer before it is sent.
type answer struct {
	status    int
	code      string // empty on success
	requestID string
	header    http.Header
	body      []byte
	manner    Kind // how it is sent; empty is whole
}

func (e *apiError) answer(req request, requestID string) answer {
	troubleshoot := url.Values{"q": {e.code}, "product": {"Ecs"}, "requestId": {requestID}}
	a := success(requestID, errorBody{
		RequestID: requestID, HostID: req.host, Code: e.code, Message: e.message,
		Recommend:          "https://api.aliyun.com/troubleshoot?" + troubleshoot.Encode(),
		AccessDeniedDetail: e.detail,
	})
	a.status, a.code, a.header = e.status, e.code, e.header
	return a
}

// inWords answers a request for anything but JSON. The real service answers it
// in XML, and this cannot be mistaken for either.
func inWords(req request, requestID string) answer {
	return answer{
		status: http.StatusNotAcceptable, code: errUnsupported.code, requestID: requestID,
		header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}},
		body: fmt.Appendf(nil, "This is ecsmock, a mock of ECS. It answers in JSON only, and the request has the Format %q.\n"+
			"Send Format=JSON. Without it the real service answers in XML.\n", req.get("Format")),
	}
}

// success makes the answer of an action that was carried out.
func success(requestID string, body any) answer {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // the gateway sends the & of a string to sign as it is
	if err := encoder.Encode(body); err != nil {
		panic(fmt.Errorf("ecsmock: encode an answer: %w", err)) // only types of this package come here
	}
	return answer{status: http.StatusOK, requestID: requestID, body: bytes.TrimSpace(b.Bytes())}
}

// forbidden is the denial of a RAM action to a key.
func forbidden(action string, key Key) *apiError {
	refusal := *errForbidden
	refusal.detail = &accessDenied{
		AuthAction:               action,
		AuthPrincipalType:        "SubUser",
		AuthPrincipalOwnerID:     "1000000000000001",
		AuthPrincipalDisplayName: "2000000000000001",
		NoPermissionType:         "ImplicitDeny",
		PolicyType:               "AccountLevelIdentityBasedPolicy",
		EncodedDiagnosticMessage: "AQEAAAAA" + strings.Repeat("bW9jaw", 4),
	}
	if key.SecurityToken != "" {
		refusal.detail.AuthPrincipalType = "AssumedRoleUser"
		refusal.detail.AuthPrincipalDisplayName = "mock-role:terraform"
	}
	return &refusal
}

// newRequestID makes an id of the form that the gateway uses.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

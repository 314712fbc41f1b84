package ecsmock

import (
	"crypto/hmac"
	"slices"
	"sync"
	"time"
)

// RAM actions that a Key can be denied.
const (
	RAMRelease  = "ecs:ReleasePublicIpAddress"
	RAMDescribe = "ecs:DescribeInstances"
)

const (
	clockTolerance  = 15 * time.Minute
	timestampLayout = "2006-01-02T15:04:05Z"
)

// Key is an access key that the endpoint knows.
type Key struct {
	ID     string `json:"access_key_id"`
	Secret string `json:"access_key_secret"`
	// SecurityToken makes it an STS key: every request must carry the token.
	SecurityToken string `json:"security_token,omitempty"`
	// DeniedActions are the RAM actions that answer Forbidden.RAM.
	DeniedActions []string `json:"denied_actions,omitempty"`
	// EmptyListWhenDenied makes a denied DescribeInstances answer with an empty
	// list, as the real service did before December 2025.
	EmptyListWhenDenied bool `json:"empty_list_when_denied,omitempty"`
}

// SetKey adds an access key, or replaces the one with the same ID. It panics on
// a key that no seed may hold.
func (g *Gateway) SetKey(key Key) {
	if err := key.validate("key"); err != nil {
		panic(err)
	}
	g.access.set(key)
}

// RemoveKey makes the endpoint forget an access key.
func (g *Gateway) RemoveKey(id string) {
	g.access.mu.Lock()
	defer g.access.mu.Unlock()
	delete(g.access.keys, id)
}

func (k Key) denied(action string) bool { return slices.Contains(k.DeniedActions, action) }

// access knows keys and the nonces that they used.
type access struct {
	mu   sync.Mutex
	keys map[string]Key

	// A request can be replayed while its timestamp is valid, half an hour at
	// most. With two generations of that length, no nonce is forgotten earlier.
	recent, older map[nonce]struct{}
	turned        time.Time
}

type nonce struct{ key, value string }

func (a *access) set(key Key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keys == nil {
		a.keys = map[string]Key{}
	}
	a.keys[key.ID] = key
}

// verify checks everything that a request of any action must have.
func (a *access) verify(req request, now time.Time) (Key, *apiError) {
	switch req.action() {
	case actionRelease, actionDescribe:
	case "":
		return Key{}, missing("Action")
	default:
		return Key{}, errActionNotFound
	}
	switch {
	case !req.has("Version"):
		return Key{}, missing("Version")
	case req.get("Version") != apiVersion:
		return Key{}, errVersion
	case req.get("AccessKeyId") == "":
		return Key{}, missing("AccessKeyId")
	}

	a.mu.Lock()
	key, found := a.keys[req.get("AccessKeyId")]
	a.mu.Unlock()
	if !found {
		return Key{}, errKeyNotFound
	}
	if refusal := key.verifyToken(req); refusal != nil {
		return Key{}, refusal
	}
	if refusal := key.verifySignature(req); refusal != nil {
		return Key{}, refusal
	}
	if refusal := verifyTimestamp(req, now); refusal != nil {
		return Key{}, refusal
	}
	if req.get("SignatureNonce") == "" {
		return Key{}, missing("SignatureNonce")
	}
	if !a.useNonce(nonce{key.ID, req.get("SignatureNonce")}, now) {
		return Key{}, errNonceUsed
	}
	return key, nil
}

func (k Key) verifyToken(req request) *apiError {
	token := req.get("SecurityToken")
	switch {
	case k.SecurityToken != "" && token == "":
		return errTokenMissing
	case k.SecurityToken != token:
		return errTokenMismatch
	}
	return nil
}

func (k Key) verifySignature(req request) *apiError {
	toSign, want := StringToSign(req.method, req.params), Sign(req.method, req.params, k.Secret)
	conforms := req.get("SignatureMethod") == "HMAC-SHA1" && req.get("SignatureVersion") == "1.0"
	if req.canonical != "" {
		toSign, want, conforms = stringToSignV3(req.canonical), signV3(req.canonical, k.Secret), true
	}
	switch {
	case !conforms || req.get("Signature") == "":
		return errIncompleteSignature.with("The request signature does not conform to Aliyun standards. server string to sign is:%s", toSign)
	case !hmac.Equal([]byte(want), []byte(req.get("Signature"))):
		return errSignature.with("Specified signature is not matched with our calculation. server string to sign is:%s", toSign)
	}
	return nil
}

func verifyTimestamp(req request, now time.Time) *apiError {
	stamp, err := time.Parse(timestampLayout, req.get("Timestamp"))
	if err != nil {
		return errTimestamp
	}
	if now.Sub(stamp).Abs() > clockTolerance {
		return errTimestampExpired
	}
	return nil
}

// useNonce reports whether the nonce is new, and remembers it.
func (a *access) useNonce(n nonce, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.recent == nil || now.Sub(a.turned) > 2*clockTolerance {
		a.recent, a.older, a.turned = map[nonce]struct{}{}, a.recent, now
	}
	if _, used := a.recent[n]; used {
		return false
	}
	if _, used := a.older[n]; used {
		return false
	}
	a.recent[n] = struct{}{}
	return true
}

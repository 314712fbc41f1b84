// Package credentials finds out who signs the calls, in the official provider's
// order, and hands out keys.
package credentials

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

const (
	// renewalLead is how long before their end keys are renewed.
	renewalLead = 3 * time.Minute
	// renewalPause is how long a failed renewal is not repeated, if keys are good.
	renewalPause = 10 * time.Second
)

// Block is what the provider block says of who signs; the tags are the names of
// its arguments. For an argument that is nil, the environment is read; not for
// one that is empty, as in the official provider.
type Block struct {
	AccessKey             *string `tfsdk:"access_key"`
	SecretKey             *string `tfsdk:"secret_key"`
	SecurityToken         *string `tfsdk:"security_token"`
	ECSRoleName           *string `tfsdk:"ecs_role_name"`
	CredentialsURI        *string `tfsdk:"credentials_uri"`
	Profile               *string `tfsdk:"profile"`
	SharedCredentialsFile *string `tfsdk:"shared_credentials_file"`
	AssumeRole            []Role  `tfsdk:"assume_role"`           // at most one
	AssumeRoleWithOIDC    []OIDC  `tfsdk:"assume_role_with_oidc"` // at most one
}

// Role is a role to assume with the keys of another source.
type Role struct {
	ARN         *string `tfsdk:"role_arn"`     // empty: the profile's, or none
	SessionName *string `tfsdk:"session_name"` // default "terraform"
	Policy      *string `tfsdk:"policy"`
	ExternalID  *string `tfsdk:"external_id"`
	// SessionExpiration is in seconds, 900 to 43200; 0 or less means 3600.
	SessionExpiration *int64 `tfsdk:"session_expiration"`
}

// OIDC is a role to assume with a token of an identity provider. Without token
// and file, the token is that of HCP Terraform's workload identity.
type OIDC struct {
	ProviderARN       *string `tfsdk:"oidc_provider_arn"`
	Token             *string `tfsdk:"oidc_token"`
	TokenFile         *string `tfsdk:"oidc_token_file"`
	ARN               *string `tfsdk:"role_arn"`
	SessionName       *string `tfsdk:"role_session_name"`
	Policy            *string `tfsdk:"policy"`
	SessionExpiration *int64  `tfsdk:"session_expiration"` // as that of Role
}

// Config is what says who signs.
type Config struct {
	Block
	// STSEndpoint is the host, or host:port, of STS, checked by the caller; empty
	// means the region's own.
	STSEndpoint string
	// Region is the region of block or environment; empty means the profile's.
	Region string
	// Client makes the calls to STS and the requests to other services.
	Client *rpc.Client
	// Getenv reads the environment, as os.Getenv does.
	Getenv func(string) string
}

// lease are keys and the time at which they end; the zero time means that they
// do not, as far as their source says.
type lease struct {
	rpc.Keys
	end time.Time
}

// fetch gets keys from one source. It returns when its context ends. The error is
// a *SourceError, or that of the context.
type fetch func(context.Context) (lease, error)

// Source hands out keys. It is safe for concurrent use.
type Source struct {
	fetch   fetch
	problem error // why fetch would not do
	region  string

	mu     sync.Mutex
	flight *flight   // the renewal that is under way
	last   lease     // the last good keys, if they have an ID
	pause  time.Time // no renewal before that
}

// New reads what is configured, the profile file included, and returns the
// source of keys. It calls no one and runs nothing. The error is a *ConfigError.
// That no one signs is not an error yet, since refresh and destroy need no keys:
// see Missing.
func New(cfg Config) (*Source, error) {
	r := &resolver{Config: cfg}
	p, absent := r.loadProfile(r.pick(r.SharedCredentialsFile, fileVariables...), r.pick(r.Profile, profileVariables...))
	if r.Region = strings.TrimSpace(r.Region); r.Region == "" && p != nil {
		r.Region = p.region("region_id")
	}
	base, top := r.base(p)
	if p.has("ramrolearn") { // whoever assumes it
		top = p.role()
	}
	top = r.role(top)
	source := &Source{region: r.Region, fetch: r.assumeRole(base, top)}
	switch {
	case r.err != nil:
		return nil, r.err
	case base != nil:
	case absent != nil:
		return nil, absent
	case top != nil:
		source.problem = mistake("assume_role", value{origin: top.origin}, "a role is to be assumed, but nothing says with which keys",
			"Configure a key pair, ecs_role_name, assume_role_with_oidc, credentials_uri or profile as well.")
	case r.env(cliProfileVariable) != "":
		source.problem = fmt.Errorf("%w. %s is set, but only the aliyun CLI reads it: set %s",
			ErrNone, cliProfileVariable, strings.Join(profileVariables, " or "))
	case (r.AccessKey != nil || r.SecretKey != nil) && r.environmentKey() != nil:
		source.problem = fmt.Errorf("%w. There is an access key in the environment, but it is not used while access_key or secret_key "+
			"in the provider block is empty: leave them out, or set them to null", ErrNone)
	default:
		source.problem = ErrNone
	}
	return source, nil
}

// Missing returns nil if something is configured that signs, and otherwise the
// error of Keys: ErrNone, or a *ConfigError that says what is missing.
func (s *Source) Missing() error { return s.problem }

// Region returns the region of block or environment, or else of the profile; it
// may be empty.
func (s *Source) Region() string { return s.region }

// Keys returns keys for one call. All callers share one renewal, which ends when
// the last of them has left because its context ended. When a renewal fails
// while the keys are still good, they are returned. The error is that of
// Missing, a *SourceError or that of the context.
func (s *Source) Keys(ctx context.Context) (rpc.Keys, error) {
	if err := cmp.Or(s.problem, ctx.Err()); err != nil {
		return rpc.Keys{}, err
	}
	s.mu.Lock()
	if s.fresh() {
		defer s.mu.Unlock()
		return s.last.Keys, nil
	}
	if s.flight == nil {
		s.flight = s.renew(ctx)
	}
	f := s.flight
	f.waiting++
	s.mu.Unlock()

	select {
	case <-f.done:
		return f.keys, f.err
	case <-ctx.Done():
		s.leave(f)
		return rpc.Keys{}, ctx.Err()
	}
}

// fresh reports whether the keys are good for a call as they are.
func (s *Source) fresh() bool {
	// The wall clock: keys also age while the machine sleeps.
	now := time.Now().Round(0)
	return s.last.AccessKeyID != "" &&
		(s.last.end.IsZero() || now.Before(s.last.end.Add(-renewalLead)) || now.Before(s.pause) && now.Before(s.last.end))
}

// flight is one renewal.
type flight struct {
	cancel  context.CancelFunc
	waiting int
	done    chan struct{} // closed when keys and err are set
	keys    rpc.Keys
	err     error
}

// renew starts a renewal, which outlives the caller.
func (s *Source) renew(ctx context.Context) *flight {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(f.done)
		defer cancel()
		fetched, err := s.fetch(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.flight == f {
			s.flight = nil
		}
		now := time.Now().Round(0)
		switch {
		case err == nil:
			s.last = fetched
		case now.Before(s.last.end):
			s.pause, err = now.Add(renewalPause), nil
		}
		f.keys, f.err = s.last.Keys, err
	}()
	return f
}

// leave takes a caller off a renewal. After the last one it ends, and leave
// returns when nothing of it is left: the provider may exit right after.
func (s *Source) leave(f *flight) {
	s.mu.Lock()
	f.waiting--
	last := f.waiting == 0
	if last && s.flight == f {
		s.flight = nil
	}
	s.mu.Unlock()
	if last {
		f.cancel()
		<-f.done
	}
}

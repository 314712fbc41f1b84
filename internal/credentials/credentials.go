// Package credentials finds out who calls the API and hands out the keys for one call at a time.
//
// What the provider block says beats the environment, and that beats a profile of the aliyun CLI.
// The sources themselves are credentials-go's, put together here behind one lock; what it lacks,
// or does in a way that loses or shows a secret, is done here.
package credentials

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aliyun/credentials-go/credentials/providers"
	"golang.org/x/sync/singleflight"
)

const (
	// renewalLead is how long before a token's end credentials-go renews it, so how long
	// a token is good at least when it comes without having been renewed.
	renewalLead = 180 * time.Second
	// renewalPause is how long a failed renewal is not repeated while the token is good.
	renewalPause = 10 * time.Second
)

// Config is what the provider block says about who calls. Empty means that the block does not say.
type Config struct {
	AccessKey             string
	SecretKey             string
	SecurityToken         string
	ECSRoleName           string
	CredentialsURI        string
	Profile               string
	SharedCredentialsFile string
	AssumeRole            *AssumeRole
	AssumeRoleWithOIDC    *AssumeRoleWithOIDC

	// STSEndpoint is the host, or host:port, of STS; empty means the region's own.
	STSEndpoint string
	// Region is the region of block or environment; empty asks the profile.
	Region string
	// Getenv reads the environment; nil means os.Getenv.
	Getenv func(string) string
}

// AssumeRole is the block assume_role: a role to take on with the keys of another source.
type AssumeRole struct {
	RoleARN           string
	SessionName       string // default "terraform"
	Policy            string
	ExternalID        string
	SessionExpiration int64 // seconds, 900 to 43200; 0 means 3600
}

// AssumeRoleWithOIDC is the block assume_role_with_oidc: a role to take on with a token of an identity provider.
// Without Token and TokenFile the environment is asked, HCP Terraform's workload identity last.
type AssumeRoleWithOIDC struct {
	ProviderARN       string
	Token             string
	TokenFile         string
	RoleARN           string
	SessionName       string // default "terraform"
	Policy            string
	SessionExpiration int64 // seconds, 900 to 43200; 0 means 3600
}

// Snapshot is one consistent set of keys. SecurityToken is empty for a long-lived access key.
type Snapshot struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string
}

// Format keeps the keys out of whatever prints a Snapshot.
func (Snapshot) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, "credentials.Snapshot{hidden}")
}

// New checks what is configured and returns the source of keys. It may read the profile file, but asks
// no one and runs nothing. Its error is a *ConfigError. That keys are missing is no error here,
// since refresh and destroy need none: it is the error of Snapshot.
func New(cfg Config) (*Source, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	return resolve(cfg)
}

// Source hands out keys. It is safe for concurrent use.
type Source struct {
	head     providers.CredentialsProvider // nil if nothing is configured
	problem  error                         // what is missing, if something is configured
	lifetime time.Duration                 // of the tokens of head, if known
	region   string

	// What follows belongs to the one flight that is under way.
	flight    singleflight.Group
	last      Snapshot
	goodUntil time.Time
	pause     time.Time
}

// Missing is nil if it is configured who calls. If not, it is what Snapshot fails with: ErrNone, or a
// *ConfigError that says what is missing besides.
func (s *Source) Missing() error {
	switch {
	case s.head != nil:
		return nil
	case s.problem != nil:
		return s.problem
	}
	return ErrNone
}

// Region is the region of block or environment, or else of the profile in use; it may be empty.
func (s *Source) Region() string {
	return s.region
}

// Snapshot returns keys for one call. Any number of callers share one renewal, which goes on when a caller
// leaves because ctx is done. When a renewal fails while the last token is still good, that one is returned.
// The error is Missing's, a *SourceError or that of ctx.
func (s *Source) Snapshot(ctx context.Context) (Snapshot, error) {
	if err := s.Missing(); err != nil {
		return Snapshot{}, err
	}
	if err := ctx.Err(); err != nil {
		return Snapshot{}, err
	}
	done := s.flight.DoChan("", func() (any, error) { return s.current() })
	select {
	case <-ctx.Done():
		return Snapshot{}, ctx.Err()
	case result := <-done:
		keys, _ := result.Val.(Snapshot)
		return keys, result.Err
	}
}

// current asks head, which keeps its token until shortly before the end.
func (s *Source) current() (Snapshot, error) {
	// Wall clock alone: a token also ages while the machine sleeps.
	now := time.Now().Round(0)
	if now.Before(s.pause) && now.Before(s.goodUntil) {
		return s.last, nil
	}
	keys, err := s.head.GetCredentials()
	if err != nil {
		failed := time.Now().Round(0)
		if failed.Before(s.goodUntil) {
			s.pause = failed.Add(renewalPause)
			return s.last, nil
		}
		return Snapshot{}, err
	}
	fresh := Snapshot{
		AccessKeyID:     keys.AccessKeyId,
		AccessKeySecret: keys.AccessKeySecret,
		SecurityToken:   keys.SecurityToken,
	}
	switch {
	case s.lifetime == 0:
		s.goodUntil = now.Add(renewalLead)
	case fresh != s.last:
		s.goodUntil = now.Add(s.lifetime)
	}
	s.last = fresh
	return fresh, nil
}

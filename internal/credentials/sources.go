package credentials

import (
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/aliyun/credentials-go/credentials/providers"
)

// metadataTimeout bounds connecting to the metadata service, and then its answer. It is two requests
// at least, and a host that is no ECS instance often swallows them.
const metadataTimeout = 500 * time.Millisecond

// Every value that credentials-go would else take from the environment is given to its builders:
// the environment is read in resolve alone, so that no half of a pair comes from elsewhere.

func staticKey(id, secret, token, origin string) *method {
	return &method{kind: kindKey, link: func(stsHost) *link {
		return &link{
			source: "the access key",
			origin: origin,
			open: func() (providers.CredentialsProvider, error) {
				if token == "" {
					return providers.NewStaticAKCredentialsProviderBuilder().
						WithAccessKeyId(id).WithAccessKeySecret(secret).Build()
				}
				return providers.NewStaticSTSCredentialsProviderBuilder().
					WithAccessKeyId(id).WithAccessKeySecret(secret).WithSecurityToken(token).Build()
			},
		}
	}}
}

// ecsRole asks the metadata service; without a name, for the one role that the instance has.
func ecsRole(name, origin string) *link {
	return &link{
		source: "the ECS metadata service",
		origin: origin,
		remedy: "An ECS role works on an ECS instance that has this RAM role attached, and without a proxy before 100.100.100.200 (NO_PROXY).",
		open: func() (providers.CredentialsProvider, error) {
			timeout := int(metadataTimeout / time.Millisecond)
			return providers.NewECSRAMRoleCredentialsProviderBuilder().WithRoleName(name).
				WithHttpOptions(&providers.HttpOptions{ConnectTimeout: timeout, ReadTimeout: timeout}).Build()
		},
	}
}

func credentialsURI(uri value) (*method, error) {
	u, err := url.Parse(uri.text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, &ConfigError{
			Argument: "credentials_uri",
			Origin:   uri.origin,
			Reason:   "it is no http or https URL",
			Remedy:   `Write it like "http://localhost:8080/credentials".`,
		}
	}
	return &method{kind: kindURI, link: func(stsHost) *link {
		return &link{
			source: "the credentials URI at " + u.Host,
			origin: uri.origin,
			remedy: "It must answer 200 with a JSON object of AccessKeyId, AccessKeySecret, SecurityToken and Expiration.",
			open: func() (providers.CredentialsProvider, error) {
				return providers.NewURLCredentialsProviderBuilder().WithUrl(uri.text).Build()
			},
		}
	}}, nil
}

func oidcMethod(o AssumeRoleWithOIDC, origin string, own stsHost) *method {
	return &method{
		kind:     kindOIDC,
		lifetime: time.Duration(o.SessionExpiration) * time.Second,
		link: func(sts stsHost) *link {
			l := &link{
				source: "STS AssumeRoleWithOIDC for the role " + o.RoleARN,
				origin: origin,
				remedy: "Check role, OIDC provider and token, and that STS can be reached from here.",
				sts:    true,
			}
			l.open = func() (providers.CredentialsProvider, error) {
				return &oidcProvider{AssumeRoleWithOIDC: o, sts: own.or(sts), fail: l.fail}, nil
			}
			return l
		},
	}
}

// oidcProvider reads the token file itself whenever it is asked: credentials-go would prefer
// ALIBABA_CLOUD_OIDC_TOKEN to a file that is configured, and files are rotated.
type oidcProvider struct {
	AssumeRoleWithOIDC
	sts  stsHost
	fail func(reason string, temporary bool) *SourceError

	used  string // token that inner was built with
	inner *providers.OIDCCredentialsProvider
}

func (o *oidcProvider) GetProviderName() string {
	return "oidc_role_arn"
}

func (o *oidcProvider) GetCredentials() (*providers.Credentials, error) {
	token := o.Token
	if token == "" {
		content, err := readSmallFile(o.TokenFile)
		if err != nil {
			return nil, o.fail("the token file "+fileName(o.TokenFile)+" "+fileFailure(err), false)
		}
		if token = strings.TrimSpace(string(content)); token == "" {
			return nil, o.fail("the token file "+o.TokenFile+" is empty", false)
		}
	}
	if o.inner == nil || token != o.used {
		inner, err := providers.NewOIDCCredentialsProviderBuilder().
			WithOIDCProviderARN(o.ProviderARN).
			WithOIDCToken(token).
			WithRoleArn(o.RoleARN).
			WithRoleSessionName(o.SessionName).
			WithPolicy(o.Policy).
			WithDurationSeconds(int(o.SessionExpiration)).
			WithSTSEndpoint(o.sts.host()).
			Build()
		if err != nil {
			return nil, err
		}
		o.inner, o.used = inner, token
	}
	return o.inner.GetCredentials()
}

// assumeRole takes on the role with the keys of base.
func assumeRole(base providers.CredentialsProvider, r *role, sts stsHost) *link {
	return &link{
		source: "STS AssumeRole for the role " + r.RoleARN,
		origin: r.origin,
		remedy: "Check role and caller, and that STS can be reached from here.",
		sts:    true,
		open: func() (providers.CredentialsProvider, error) {
			return providers.NewRAMRoleARNCredentialsProviderBuilder().
				WithCredentialsProvider(base).
				WithRoleArn(r.RoleARN).
				WithRoleSessionName(r.SessionName).
				WithPolicy(r.Policy).
				WithExternalId(r.ExternalID).
				WithDurationSeconds(int(r.SessionExpiration)).
				WithStsEndpoint(sts.host()).
				Build()
		},
	}
}

// cloudSSO exchanges the access token of a sign-in by the CLI, which alone can renew it.
func cloudSSO(p *profile) *link {
	signIn, account, configuration, token :=
		p.required("cloud_sso_sign_in_url"), p.required("cloud_sso_account_id"), p.required("cloud_sso_access_config"), p.required("access_token")
	expires := p.number("cloud_sso_access_token_expire")
	host := p.httpHost("cloud_sso_sign_in_url", signIn)
	l := &link{
		source: "CloudSSO at " + host,
		origin: p.origin(),
		remedy: `Sign in again: "aliyun configure --mode CloudSSO --profile ` + p.name + `".`,
	}
	l.open = func() (providers.CredentialsProvider, error) {
		if time.Now().Unix() >= expires {
			return nil, l.fail("the sign-in has expired", false)
		}
		return providers.NewCloudSSOCredentialsProviderBuilder().
			WithSignInUrl(signIn).WithAccountId(account).WithAccessConfig(configuration).
			WithAccessToken(token).WithAccessTokenExpire(expires).Build()
	}
	return l
}

// fileName is the name of a token's file, unless it is the token itself, in its place by mistake.
func fileName(name string) string {
	if strings.HasPrefix(name, "eyJ") { // a JSON object in base64, as each JWT begins
		return "(a token, not a file name)"
	}
	return name
}

// fileFailure says why a file could not be read, without its content.
func fileFailure(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read"
	case errors.Is(err, errNotSmall):
		return "is no regular file of at most 1 MiB"
	case errors.As(err, &path):
		return "cannot be read: " + path.Err.Error()
	}
	return "cannot be read"
}
